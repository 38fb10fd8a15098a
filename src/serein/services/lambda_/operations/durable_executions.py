"""What people ask of durable executions: Get-, List-, Stop- and DeleteDurableExecution, and their history."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.lambda_.durable import executions
from serein.services.lambda_.durable.advancing import end_execution
from serein.services.lambda_.durable.events import Happening, shown
from serein.services.lambda_.durable.executions import PAUSED, PAUSING, Execution, scope_of
from serein.services.lambda_.durable.limits import PAGE_BYTES
from serein.services.lambda_.errors import ResourceConflictException, function_not_found, invalid
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.store import aliases, durable, functions

_DEFAULT_ITEMS = 100
_CHUNK = 64


@operation("GetDurableExecution")
async def get_durable_execution(call: Call, request: Request) -> Reply:
    arn, with_data = request["DurableExecutionArn"], request.get("IncludeExecutionData", True)
    scope_of(arn)
    return await call.read(lambda tx: _description(tx, durable.require_execution(tx, arn), with_data=with_data))


def _description(tx: Transaction, execution: Execution, *, with_data: bool) -> Reply:
    origin = execution.origin
    config: dict[str, Any] = {
        "ExecutionTimeout": origin.timeout_seconds,
        "RetentionPeriodInDays": origin.retention_days,
    }
    reply = _summary(execution) | {
        "Version": execution.version,
        "ExecutionDataIncluded": with_data,
        "DurableConfig": config,
    }
    if origin.kms_key_arn:
        config["KMSKeyArn"] = origin.kms_key_arn
        del reply["KMSKeyArn"]
    if origin.trace_id:
        reply["TraceHeader"] = {"XAmznTraceId": origin.trace_id}
    if not execution.is_ended:
        reply["ExpectedExecutionTimeoutTimestamp"] = execution.times_out_at
    pause = execution.progress.pause
    if pause is not None and execution.status in (PAUSED, PAUSING):
        reply["PauseDetails"] = {
            "PauseRequestTimestamp": pause.requested_at,
            "ExecutionTimeoutPaused": pause.is_timeout_paused,
        }
        if pause.reason and with_data:
            reply["PauseDetails"]["Reason"] = pause.reason
    if with_data:
        reply["InputPayload"] = durable.find_input(tx, execution.arn).decode("utf-8", "replace")
        result, error = durable.find_outcome(tx, execution.arn)
        if result is not None:
            reply["Result"] = result
        if error is not None:
            reply["Error"] = error
    return reply


def _summary(execution: Execution) -> dict[str, Any]:
    summary = {
        "DurableExecutionArn": execution.arn,
        "DurableExecutionName": execution.name,
        "FunctionArn": execution.origin.function_arn,
        "Status": execution.status,
        "StartTimestamp": execution.started_at,
    }
    if execution.is_ended:
        summary["EndTimestamp"] = execution.progress.ended_at
    if execution.origin.kms_key_arn:
        summary["KMSKeyArn"] = execution.origin.kms_key_arn
    return summary


@operation("GetDurableExecutionHistory")
async def get_durable_execution_history(call: Call, request: Request) -> Reply:
    arn, limit = request["DurableExecutionArn"], request.get("MaxItems") or _DEFAULT_ITEMS
    scope_of(arn)
    after = _place(request.get("Marker", ""), 0)
    if not isinstance(after, int):
        raise invalid("Invalid pagination token")
    is_reversed, with_data = request.get("ReverseOrder", False), request.get("IncludeExecutionData", False)

    def read(tx: Transaction) -> Reply:
        durable.require_execution(tx, arn)
        events, is_last = _events(tx, arn, after, limit, is_reversed=is_reversed)
        reply: Reply = {"Events": [shown(event, with_data=with_data) for event in events]}
        if not is_last:
            reply["NextMarker"] = page_token(events[-1]["EventId"])
        return reply

    return await call.read(read)


def _events(tx: Transaction, arn: str, after: int, limit: int, *, is_reversed: bool) -> tuple[list[Happening], bool]:
    """Up to `limit` events, fewer when they are large, and whether there are no more."""
    events: list[Happening] = []
    left = PAGE_BYTES
    while True:
        chunk = durable.list_events(tx, arn, after, _CHUNK, is_reversed=is_reversed)
        for event, size_bytes in chunk:
            left -= size_bytes
            if len(events) >= limit or (left < 0 and events):
                return events, False
            events.append(event)
        if len(chunk) < _CHUNK:
            return events, True
        after = events[-1]["EventId"]


@operation("ListDurableExecutionsByFunction")
async def list_durable_executions(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    limit = request.get("MaxItems") or _DEFAULT_ITEMS
    place = _place(request.get("Marker", ""), None)
    if place is not None and not (isinstance(place, list) and len(place) == 2):
        raise invalid("Invalid pagination token")
    filters: dict[str, Any] = {
        "is_ascending": request.get("ReverseOrder", False),
        "limit": limit + 1,
        "name": request.get("DurableExecutionName"),
        "started_after": request.get("StartedAfter"),
        "started_before": request.get("StartedBefore"),
        "statuses": request.get("Statuses"),
        "place": place,
    }

    def read(tx: Transaction) -> Reply:
        functions.require_function(tx, reference)
        filters["version"] = _version(tx, reference)
        found = durable.list_executions(tx, reference.scope, reference.name, filters)
        reply: Reply = {"DurableExecutions": [_summary(execution) for execution in found[:limit]]}
        if len(found) > limit:
            reply["NextMarker"] = page_token([found[limit - 1].started_at, found[limit - 1].arn])
        return reply

    return await call.read(read)


def _version(tx: Transaction, reference: FunctionReference) -> str | None:
    """The version that a qualifier means; None for all. Raises ResourceNotFoundException."""
    qualifier = reference.qualifier
    if not qualifier or qualifier.isdigit() or qualifier.startswith("$"):
        return qualifier or None
    alias = aliases.find_alias(tx, reference.scope, reference.name, qualifier)
    if alias is None:
        raise function_not_found(reference.arn)
    return alias.version


def _place(marker: str, first: Any) -> Any:
    """Where a page starts. Raises InvalidParameterValueException."""
    if not marker:
        return first
    position = find_position(marker)
    if position is None:
        raise invalid("Invalid pagination token")
    return position


@operation("StopDurableExecution")
async def stop_durable_execution(call: Call, request: Request) -> Reply:
    """AWS: stopping what has ended already changes nothing, and returns when it ended."""
    arn = request["DurableExecutionArn"]
    scope_of(arn)
    error = request.get("Error") or {"ErrorMessage": "Execution stopped by user request"}

    def write(tx: Transaction) -> Reply:
        execution = durable.require_execution(tx, arn)
        if not execution.is_ended:
            end_execution(tx, call.platform, execution, executions.STOPPED, None, error)
        return {"StopTimestamp": execution.progress.ended_at}

    return await call.write(write)


@operation("DeleteDurableExecution")
async def delete_durable_execution(call: Call, request: Request) -> Reply:
    """Only what has ended is deleted, and at once: it is never seen DELETING."""
    arn = request["DurableExecutionArn"]
    scope_of(arn)

    def write(tx: Transaction) -> Reply:
        execution = durable.require_execution(tx, arn)
        if not execution.is_ended:
            raise ResourceConflictException(
                f"Cannot delete a durable execution in {execution.status} status. Stop it first.", Type="User"
            )
        durable.remove_execution(tx, arn)
        return {"DeletionRequestTimestamp": tx.now}

    return await call.write(write)
