"""Redrives: messages of a dead-letter queue moved back to where they came from, or elsewhere."""

from serein.kernel.database import Transaction
from serein.services.sqs import opening
from serein.services.sqs.queues import Queue, find_address
from serein.services.sqs.receiving import move_to_group
from serein.services.sqs.store import groups, messages, moves, queues

TOPIC = "sqs:moves"
_BATCH = 200
FASTEST = 500
"""Messages a second, AWS's limit."""


def advance(tx: Transaction, task: moves.MoveTask) -> None:
    """Move the next batch of a running task."""
    current = moves.find_task(tx, task.id)
    if current is None or current.status != "RUNNING":
        return
    address = find_address(task.source_arn)
    source = queues.find_queue(tx, address) if address is not None else None
    if source is None:
        moves.advance_task(tx, current, 0, "FAILED", tx.now, "AWS.SimpleQueueService.NonExistentQueue")
        return
    left = current.to_move - current.moved
    limit = min(current.rate or _BATCH, _BATCH, left)
    if not source.is_fifo:
        opening.open_first(tx, source, limit)
    movable = messages.movable_messages(tx, source, limit) if limit > 0 else []
    for moved, (message_key, group_id, origin_arn) in enumerate(movable):
        failure = _move(tx, source, message_key, group_id, task.destination_arn or origin_arn)
        if failure:
            moves.advance_task(tx, current, moved, "FAILED", tx.now, failure)
            return
    is_over = len(movable) < limit or len(movable) >= left
    pause = len(movable) / current.rate if current.rate else 0.0
    moves.advance_task(tx, current, len(movable), "COMPLETED" if is_over else "RUNNING", tx.now + pause)


def _move(tx: Transaction, source: Queue, message_key: int, group_id: str, target_arn: str) -> str:
    """Move one message; the answer is a failure's code, or empty."""
    if not target_arn:
        return "CouldNotDetermineMessageSource"
    address = find_address(target_arn)
    target = queues.find_queue(tx, address) if address is not None else None
    if target is None:
        return "AWS.SimpleQueueService.NonExistentQueue"
    if target.is_fifo:
        move_to_group(tx, message_key, group_id, source, target, "")
    else:
        messages.move_messages(tx, [message_key], source, target, "")
    if source.is_fifo:
        groups.refresh_groups(tx, source, [group_id])
    tx.wake(target.topic)
    return ""
