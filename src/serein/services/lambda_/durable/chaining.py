"""Chained invocations: a function invoked by a durable execution, which is suspended until that ends.

A durable target becomes an execution of its own; any other becomes a row beside those, which is run once.
"""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.lambda_.durable.advancing import begin_execution
from serein.services.lambda_.durable.events import happening
from serein.services.lambda_.durable.executions import (
    RUNNING,
    Error,
    Execution,
    Origin,
    Progress,
    execution_arn,
)
from serein.services.lambda_.durable.operations import FAILED, Operation, end_with
from serein.services.lambda_.durable.settings import find_settings
from serein.services.lambda_.errors import RecursiveInvocationException, ResourceNotFoundException, function_not_found
from serein.services.lambda_.lineage import MOST_INVOCATIONS, continued, mark_of
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.store import aliases, durable, functions

UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."


def chain(tx: Transaction, execution: Execution, operation: Operation, update: dict[str, Any]) -> None:
    """Begin what a CHAINED_INVOKE operation asks for; one that can't begin has failed at once."""
    options = update["ChainedInvokeOptions"]
    operation.detail()
    details = {"FunctionName": options["FunctionName"]}
    if "TenantId" in options:
        details["TenantId"] = options["TenantId"]
    try:
        child, error = _begin(tx, execution, operation, options, update.get("Payload", "{}"))
    except ResourceNotFoundException as missing:
        child, error = None, {"ErrorType": missing.code, "ErrorMessage": missing.message}
    if child is not None:
        details["ExecutedVersion"] = child.version
        if not child.is_plain:
            details["DurableExecutionArn"] = child.arn
        if "Payload" in update:
            details["Input"] = {"Payload": update["Payload"]}
    durable.append_event(tx, execution, happening("ChainedInvokeStarted", operation.record, tx.now, details))
    if error is not None:
        durable.append_event(tx, execution, end_with(operation, FAILED, tx.now, None, error))


def _begin(
    tx: Transaction, execution: Execution, operation: Operation, options: dict[str, Any], payload: str
) -> tuple[Execution | None, Error | None]:
    """The execution that was begun, or why none was. Raises ResourceNotFoundException."""
    reference = parse_reference(execution.scope, options["FunctionName"])
    configuration, version = _require_target(tx, reference)
    settings = find_settings(configuration)
    if settings is not None and not reference.qualifier:
        return None, {"ErrorType": "InvalidParameterValueException", "ErrorMessage": UNQUALIFIED}
    header, before = continued(
        options.get("XAmznTraceId") or execution.origin.trace_id, mark_of(reference.scope, reference.name), tx.now
    )
    if before >= MOST_INVOCATIONS and not _may_loop(tx, reference):
        stopped = RecursiveInvocationException()
        return None, {"ErrorType": stopped.code, "ErrorMessage": stopped.message}
    name = new_uuid()
    child = Execution(
        execution_arn(reference.scope, reference.name, version, name, new_uuid()),
        reference.scope,
        reference.name,
        version,
        name,
        RUNNING,
        tx.now,
        Origin(
            reference.arn,
            settings.timeout_seconds if settings else 0,
            settings.retention_days if settings else 0,
            settings.kms_key_arn if settings else "",
            header,
            options.get("TenantId", ""),
            parent_arn=execution.arn,
            parent_operation=operation.id,
        ),
        Progress(),
        is_plain=settings is None,
    )
    begin_execution(tx, child, payload.encode())
    return child, None


def _require_target(tx: Transaction, reference: FunctionReference) -> tuple[str, str]:
    """The record and the version that a target means. Raises ResourceNotFoundException."""
    row = functions.require_function(tx, reference)
    version = reference.qualifier or LATEST
    if version == LATEST:
        return row.configuration, version
    if not version.isdigit():
        alias = aliases.find_alias(tx, reference.scope, reference.name, version)
        if alias is None:
            raise function_not_found(reference.arn)
        version = alias.version
        if version == LATEST:
            return row.configuration, version
    found = functions.find_version(tx, reference.scope, reference.name, int(version))
    if found is None:
        raise function_not_found(reference.arn)
    return found, version


def _may_loop(tx: Transaction, reference: FunctionReference) -> bool:
    return functions.require_function(tx, reference).recursive_loop == "Allow"
