"""The state of an execution as its function sees it: its operations, in pages, without what it need not replay."""

from collections.abc import Iterator
from typing import Any

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.paging import find_position, page_token
from serein.services.lambda_.durable.executions import Execution
from serein.services.lambda_.durable.limits import PAGE_BYTES
from serein.services.lambda_.durable.operations import FAILED, SUCCEEDED, Operation
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.store.durable import find_input
from serein.services.lambda_.store.durable_operations import find_operation, list_operations

_CHUNK = 32
_TIMES = ("StartTimestamp", "EndTimestamp")
_NESTED_TIMES = (("StepDetails", "NextAttemptTimestamp"), ("WaitDetails", "ScheduledEndTimestamp"))


def state_page(
    tx: Transaction, execution: Execution, marker: str, limit: int, *, may_be_empty: bool = False
) -> tuple[list[dict[str, Any]], str]:
    """Up to `limit` operations from a marker on, and the marker of the next page; it is empty at the end.

    A page that may be empty is for a place where nothing large may go. Raises InvalidParameterValueException.
    """
    page: list[dict[str, Any]] = []
    left = PAGE_BYTES
    for operation in _replayed(tx, execution, _start_of(marker)):
        record = wire_record(tx, execution, operation)
        left -= len(msgspec.json.encode(record))
        is_full = len(page) >= limit or left < 0
        if is_full and (page or may_be_empty):
            return page, page_token(operation.position)
        page.append(record)
    return page, ""


def _start_of(marker: str) -> int:
    if not marker:
        return 0
    position = find_position(marker)
    if not isinstance(position, int) or position < 0:
        raise invalid("Invalid pagination token")
    return position


def _replayed(tx: Transaction, execution: Execution, start: int) -> Iterator[Operation]:
    """The operations from a position on, but not those within contexts that have ended.

    AWS: a context that asks for it (ReplayChildren) is replayed with its children.
    """
    hidden: dict[str, bool] = {}
    while chunk := list_operations(tx, execution.arn, start, _CHUNK):
        for operation in chunk:
            if not _is_hidden(tx, execution.arn, operation, hidden):
                yield operation
        start = chunk[-1].position + 1


def _is_hidden(tx: Transaction, arn: str, operation: Operation, hidden: dict[str, bool]) -> bool:
    """Whether the operation is within something that is not replayed; `hidden` has what is known of contexts."""
    parent = operation.record.get("ParentId")
    if parent is None:
        return False
    if parent not in hidden:
        context = find_operation(tx, arn, parent)
        hidden[parent] = context is not None and (_hides_children(context) or _is_hidden(tx, arn, context, hidden))
    return hidden[parent]


def _hides_children(operation: Operation) -> bool:
    if operation.type != "CONTEXT" or operation.status not in (SUCCEEDED, FAILED):
        return False
    return not operation.record.get("ContextDetails", {}).get("ReplayChildren")


def wire_record(tx: Transaction, execution: Execution, operation: Operation) -> dict[str, Any]:
    """An operation in AWS's shape; the input of the execution is kept once, beside it."""
    if operation.type != "EXECUTION":
        return operation.record
    text = find_input(tx, execution.arn).decode("utf-8", "replace")
    return {**operation.record, "ExecutionDetails": {"InputPayload": text}}


def invocation_event(tx: Transaction, execution: Execution, updated: list[str]) -> bytes:
    """The event that an invocation of the function gets."""
    page, marker = state_page(tx, execution, "", 1 << 30, may_be_empty=True)
    event = {
        "DurableExecutionArn": execution.arn,
        "CheckpointToken": execution.checkpoint_token(),
        "InitialExecutionState": {"Operations": [_in_milliseconds(record) for record in page], "NextMarker": marker},
        "UpdatedOperationIds": updated,
    }
    return msgspec.json.encode(event)


def _in_milliseconds(record: dict[str, Any]) -> dict[str, Any]:
    """AWS: times in the event are whole milliseconds, unlike those of the API."""
    changed = {**record, **{key: int(record[key] * 1000) for key in _TIMES if key in record}}
    for member, key in _NESTED_TIMES:
        if key in record.get(member, {}):
            changed[member] = {**record[member], key: int(record[member][key] * 1000)}
    return changed
