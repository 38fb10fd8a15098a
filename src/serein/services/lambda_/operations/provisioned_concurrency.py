"""PutProvisionedConcurrencyConfig and its siblings: environments that are ready ahead of invocations."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.account_limits import CONCURRENT_EXECUTIONS, MINIMUM_UNRESERVED
from serein.services.lambda_.configuration import wire_time
from serein.services.lambda_.errors import (
    ProvisionedConcurrencyConfigNotFoundException,
    ResourceConflictException,
    alias_not_found,
    beyond_limit,
    invalid,
)
from serein.services.lambda_.invocation import find_main, traits_of
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.provisioning import status_of
from serein.services.lambda_.store import aliases, functions
from serein.services.lambda_.store import provisioned as store

_MAXIMUM = 50


@operation(
    "PutProvisionedConcurrencyConfig", partial="an alias with weights has the environments of its main version only"
)
async def put_provisioned_concurrency_config(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request["Qualifier"])
    if reference.qualifier == LATEST:
        raise _unpublished()
    requested = request["ProvisionedConcurrentExecutions"]

    def put(tx: Transaction) -> store.Provisioned:
        row = _require_row(tx, reference)
        executable = find_main(tx, reference)
        if executable.version == LATEST:
            raise _unpublished()
        if traits_of(executable.configuration).has_tenants:
            raise invalid("Provisioned concurrency is not supported for functions with tenancy configuration.")
        others = [
            each for each in store.list_provisioned(tx, reference.scope, reference.name) if each.reference != reference
        ]
        _check_conflicts(tx, reference, executable.version, others)
        _check_limits(tx, row, requested, sum(each.requested for each in others))
        return store.put_provisioned(tx, reference, requested)

    return _reply(call, await call.write(put))


def _check_conflicts(
    tx: Transaction, reference: FunctionReference, version: str, others: list[store.Provisioned]
) -> None:
    """AWS: a version has provisioned concurrency of its own or through one alias."""
    for other in others:
        qualifier = other.reference.qualifier
        if qualifier == version:
            raise ResourceConflictException(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
                Type="User",
            )
        alias = aliases.find_alias(tx, reference.scope, reference.name, qualifier)
        if alias is None or alias.version != version:
            continue
        if reference.qualifier == version:
            raise ResourceConflictException("Version is pointed by a Provisioned Concurrency alias", Type="User")
        raise ResourceConflictException(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
            Type="User",
        )


def _check_limits(tx: Transaction, row: functions.FunctionRow, requested: int, others: int) -> None:
    if row.reserved_concurrency >= 0:
        if requested + others > row.reserved_concurrency:
            raise beyond_limit(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                "function"
            )
        return
    reserved = functions.reserved_in_total(tx, row.scope, row.name)
    others_unreserved = store.unreserved_provisioned(tx, row.scope) - sum(
        each.requested for each in store.list_provisioned(tx, row.scope, row.name)
    )
    unreserved = CONCURRENT_EXECUTIONS - reserved - others_unreserved - others
    if requested > unreserved:
        raise beyond_limit(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
            f"[{unreserved}]."
        )
    if unreserved - requested < MINIMUM_UNRESERVED:
        raise beyond_limit(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
            f"minimum value of [{MINIMUM_UNRESERVED}]."
        )


@operation("GetProvisionedConcurrencyConfig")
async def get_provisioned_concurrency_config(call: Call, request: Request) -> Reply:
    reference = _published(call, request)

    def read(tx: Transaction) -> store.Provisioned:
        _require_row(tx, reference)
        functions.require_configuration(tx, reference)
        found = store.find_provisioned(tx, reference)
        if found is None:
            raise ProvisionedConcurrencyConfigNotFoundException(Type="User")
        return found

    return _reply(call, await call.read(read))


@operation("DeleteProvisionedConcurrencyConfig")
async def delete_provisioned_concurrency_config(call: Call, request: Request) -> Reply:
    reference = _published(call, request)

    def delete(tx: Transaction) -> None:
        _require_row(tx, reference)
        functions.require_configuration(tx, reference)
        store.remove_provisioned(tx, reference)

    await call.write(delete)
    return {}


@operation("ListProvisionedConcurrencyConfigs")
async def list_provisioned_concurrency_configs(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""

    def read(tx: Transaction) -> list[store.Provisioned]:
        functions.require_function(tx, named)
        return store.list_provisioned(tx, named.scope, named.name, after, limit + 1)

    rows = await call.read(read)
    reply: Reply = {
        "ProvisionedConcurrencyConfigs": [
            {
                "FunctionArn": function_arn(named.scope, named.name, row.reference.qualifier),
                **_reply(call, row),
            }
            for row in rows[:limit]
        ]
    }
    if len(rows) > limit:
        reply["NextMarker"] = place_token(rows[limit - 1].reference.qualifier)
    return reply


def _require_row(tx: Transaction, reference: FunctionReference) -> functions.FunctionRow:
    """The function. AWS: an alias that is missing is told as such, also when it is the function that is missing."""
    qualifier = reference.qualifier
    if not qualifier.isdigit() and aliases.find_alias(tx, reference.scope, reference.name, qualifier) is None:
        raise alias_not_found(reference.arn)
    return functions.require_function(tx, reference)


def _published(call: Call, request: Request) -> FunctionReference:
    reference = parse_reference(call.scope, request["FunctionName"], request["Qualifier"])
    if reference.qualifier == LATEST:
        raise invalid("The function resource provided must be an alias or a published version.")
    return reference


def _unpublished() -> Exception:
    return invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")


def _reply(call: Call, row: store.Provisioned) -> dict[str, Any]:
    return {**status_of(call.platform, row), "LastModified": wire_time(row.modified_at)}
