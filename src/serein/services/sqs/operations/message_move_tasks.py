"""StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks: redrives of dead-letter queues."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.sqs import dead_letters, moving
from serein.services.sqs.errors import (
    InvalidParameterValue,
    ResourceNotFoundException,
    UnsupportedOperation,
    invalid_value,
    missing_parameter,
)
from serein.services.sqs.queues import Queue, find_address
from serein.services.sqs.store import counts, moves, queues

_MOST_RESULTS = 10


@operation("StartMessageMoveTask")
async def start_message_move_task(call: Call, request: Request) -> Reply:
    source_arn = _require_source(request)
    destination_arn = request.get("DestinationArn") or ""
    rate = request.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= moving.FASTEST:
        reason = f"MaxNumberOfMessagesPerSecond must be an integer between 1 and {moving.FASTEST}."
        raise invalid_value(rate, "MaxNumberOfMessagesPerSecond", reason)

    def write(tx: Transaction) -> moves.MoveTask:
        source = _require_queue(tx, source_arn, "SourceArn")
        if destination_arn:
            target = _require_queue(tx, destination_arn, "DestinationArn")
            if target.is_fifo != source.is_fifo:
                raise InvalidParameterValue("Source queue and destination queue must be of the same type.")
        if not dead_letters.sources_of(tx, source):
            raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
        if any(task.status == "RUNNING" for task in moves.tasks_of(tx, call.scope, source_arn, 1)):
            raise UnsupportedOperation(
                "There is already a task running. Only one active task is allowed for a source queue arn at a "
                "given time."
            )
        to_move = counts.count_messages(tx, source)[0]
        tx.wake(moving.TOPIC)
        return moves.insert_task(tx, call.scope, source_arn, destination_arn, rate or 0, to_move)

    return {"TaskHandle": _handle(await call.write(write))}


@operation("CancelMessageMoveTask")
async def cancel_message_move_task(call: Call, request: Request) -> Reply:
    handle = request.get("TaskHandle")
    if not handle:
        raise missing_parameter("TaskHandle")
    position = find_position(handle)
    if not isinstance(position, dict) or not isinstance(position.get("taskId"), str):
        raise InvalidParameterValue("Value for parameter TaskHandle is invalid.")

    def write(tx: Transaction) -> int:
        task = moves.find_task(tx, position["taskId"])
        if task is None or (task.account, task.region) != (call.scope.account, call.scope.region):
            raise ResourceNotFoundException("Task does not exist.")
        if task.status != "RUNNING":
            raise UnsupportedOperation("Only active tasks can be cancelled.")
        moves.advance_task(tx, task, 0, "CANCELLED", tx.now)
        return task.moved

    return {"ApproximateNumberOfMessagesMoved": await call.write(write)}


@operation("ListMessageMoveTasks")
async def list_message_move_tasks(call: Call, request: Request) -> Reply:
    source_arn = _require_source(request)
    limit = request.get("MaxResults", 1)
    if not 1 <= limit <= _MOST_RESULTS:
        raise invalid_value(limit, "MaxResults", f"MaxResults must be an integer between 1 and {_MOST_RESULTS}.")

    def read(tx: Transaction) -> list[moves.MoveTask]:
        _require_queue(tx, source_arn, "SourceArn")
        return moves.tasks_of(tx, call.scope, source_arn, limit)

    tasks = await call.read(read)
    return {"Results": [_described(task) for task in tasks]} if tasks else {}


def _require_source(request: Request) -> str:
    arn = request.get("SourceArn")
    if not arn:
        raise missing_parameter("SourceArn")
    return str(arn)


def _require_queue(tx: Transaction, arn: str, member: str) -> Queue:
    address = find_address(arn)
    if address is None:
        raise InvalidParameterValue(
            f"You must use this format to specify the {member}: "
            "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
        )
    queue = queues.find_queue(tx, address)
    if queue is None:
        raise ResourceNotFoundException(f"The resource that you specified for the {member} parameter doesn't exist.")
    return queue


def _handle(task: moves.MoveTask) -> str:
    return page_token({"taskId": task.id, "sourceArn": task.source_arn})


def _described(task: moves.MoveTask) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    if task.status == "RUNNING":
        result["TaskHandle"] = _handle(task)
    if task.destination_arn:
        result["DestinationArn"] = task.destination_arn
    if task.rate:
        result["MaxNumberOfMessagesPerSecond"] = task.rate
    if task.failure:
        result["FailureReason"] = task.failure
    return result
