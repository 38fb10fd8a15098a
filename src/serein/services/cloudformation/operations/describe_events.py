"""DescribeEvents: what happened, grouped by operation, of a stack, an operation or a change set."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.shown import event_members
from serein.services.cloudformation.store import change_sets, events, stacks
from serein.services.cloudformation.store.change_sets import ChangeSet

_MOST = 10_000
_TYPES = {
    "CREATE": "CREATE_STACK",
    "UPDATE": "UPDATE_STACK",
    "DELETE": "DELETE_STACK",
    "ROLLBACK": "ROLLBACK",
    "REVIEW": "CREATE_CHANGESET",
}


@operation("DescribeEvents", partial="what a change set's validation found is told with its status, not on its own")
async def describe_events(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> list[Reply]:
        if "ChangeSetName" in request:
            name = request.get("StackName", "")
            found = change_sets.require_change_set(tx, call.scope, name, request["ChangeSetName"])
            return [_change_set_event(found)]
        if "StackName" in request:
            stack = stacks.require_stack(tx, call.scope, request["StackName"])
            rows = events.list_events(tx, stack.stack_id, 1 << 62, _MOST)
            wanted = request.get("OperationId")
            return _shown([row for row in rows if wanted in (None, row[10])])
        if "OperationId" not in request:
            raise ValidationError("One of ChangeSetName, OperationId or StackName must be specified")
        return _shown(events.events_of_operation(tx, call.scope, request["OperationId"], _MOST))

    shown = await call.read(read)
    if request.get("Filters", {}).get("FailedEvents"):
        shown = [it for it in shown if it["EventType"] == "PROVISIONING_ERROR"]
    return page_of("OperationEvents", shown, request)


def _shown(rows: list[tuple[Any, ...]]) -> list[Reply]:
    first: dict[str, tuple[Any, ...]] = {}
    for row in reversed(rows):
        if row[3] == row[11]:
            first.setdefault(row[10], row)
    return [_event(row, first.get(row[10])) for row in rows]


def _event(row: tuple[Any, ...], first: tuple[Any, ...] | None) -> Reply:
    physical_id, status, stack_id = row[3], row[5], row[11]
    is_stack = physical_id == stack_id
    shown = event_members(row) | {
        "StackId": stack_id,
        "EventType": "STACK_EVENT" if is_stack else "PROGRESS_EVENT",
        "PhysicalResourceId": physical_id,
    }
    if not is_stack and status.endswith("_FAILED"):
        shown["EventType"] = "PROVISIONING_ERROR"
    if first is not None:
        shown["OperationType"] = _TYPES.get(first[5].partition("_")[0])
        if is_stack:
            shown |= {"OperationStatus": _operation_status(status), "StartTime": first[9]}
            if not status.endswith("_IN_PROGRESS"):
                shown["EndTime"] = shown["Timestamp"]
    return {name: value for name, value in shown.items() if value not in ("", None)}


def _operation_status(status: str) -> str:
    if status.endswith("_IN_PROGRESS"):
        return "IN_PROGRESS"
    return "FAILED" if status.endswith("_FAILED") or "ROLLBACK" in status else "SUCCEEDED"


def _change_set_event(found: ChangeSet) -> Reply:
    is_failed = found.status == "FAILED"
    shown = {
        "EventId": found.change_set_id.rpartition("/")[2],
        "StackId": found.stack_id,
        "OperationId": found.change_set_id.rpartition("/")[2],
        "OperationType": "CREATE_CHANGESET",
        "OperationStatus": "FAILED" if is_failed else "SUCCEEDED",
        "EventType": "STACK_EVENT",
        "Timestamp": found.created_at,
        "StartTime": found.created_at,
        "EndTime": found.created_at,
    }
    return shown | ({"ResourceStatusReason": found.reason} if found.reason else {})
