"""What a receiver may do with its receipts: delete the messages, or change when they are visible again."""

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.sqs.batches import Refusals
from serein.services.sqs.errors import InvalidParameterValue, invalid_value
from serein.services.sqs.queues import Queue
from serein.services.sqs.receipts import Receipt, find_receipt, not_a_receipt
from serein.services.sqs.store import groups, messages, queues

MOST_VISIBILITY_SECONDS = 43_200


def delete(tx: Transaction, queue: Queue, handles: list[str]) -> Refusals:
    """Delete the messages of receipt handles.

    AWS: a standard queue accepts every handle it gave out for the message, and deleting twice is no error; a FIFO
    queue refuses a handle whose visibility timeout is over.
    """
    receipts, refusals = _parse(tx, queue, handles)
    if not receipts:
        return refusals
    if not queue.is_fifo:
        messages.delete_messages(tx, queue.id, list({receipt.message_key for receipt in receipts.values()}))
        return refusals
    states = messages.states_of(tx, queue, [receipt.message_key for receipt in receipts.values()])
    gone: dict[int, str] = {}
    for place, receipt in receipts.items():
        state = states.get(receipt.message_key)
        if state is None:
            continue
        if _is_stale(tx, receipt, state):
            refusals[place] = invalid_value(receipt.handle, "ReceiptHandle", "The receipt handle has expired.")
        else:
            gone[receipt.message_key] = state.group_id
    if gone:
        messages.delete_messages(tx, queue.id, list(gone))
        groups.refresh_groups(tx, queue, gone.values())
        tx.wake(queue.topic)
    return refusals


def change_visibility(tx: Transaction, queue: Queue, handles: list[str], seconds: list[int | None]) -> Refusals:
    """Make received messages visible again, each in so many seconds from now."""
    receipts, refusals = _parse(tx, queue, handles)
    states = messages.states_of(tx, queue, [receipt.message_key for receipt in receipts.values()]) if receipts else {}
    changed: list[str] = []
    for place, receipt in receipts.items():
        state = states.get(receipt.message_key)
        try:
            wanted = require_visibility(seconds[place])
            _require_changeable(tx, queue, receipt, state, wanted)
        except AwsError as error:
            refusals[place] = error
            continue
        messages.set_visible_at(tx, [receipt.message_key], tx.now + wanted)
        if state is not None:
            states[receipt.message_key] = state._replace(visible_at=tx.now + wanted)
            changed.append(state.group_id)
    if changed:
        if queue.is_fifo:
            groups.refresh_groups(tx, queue, changed)
        tx.wake(queue.topic)
    return refusals


def apply_to_one(refusals: Refusals) -> None:
    """Raise what is wrong with the only receipt."""
    for error in refusals.values():
        raise error


def require_visibility(seconds: int | None) -> int:
    """The timeout that ChangeMessageVisibility is given. Raises InvalidParameterValue."""
    if seconds is None or not 0 <= seconds <= MOST_VISIBILITY_SECONDS:
        raise InvalidParameterValue(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: "
            f"VisibilityTimeout must be an integer between 0 and {MOST_VISIBILITY_SECONDS}."
        )
    return seconds


def _parse(tx: Transaction, queue: Queue, handles: list[str]) -> tuple[dict[int, Receipt], Refusals]:
    """The receipts by their place, and what is wrong with the others. A purge leaves receipts without messages."""
    receipts: dict[int, Receipt] = {}
    refusals: Refusals = {}
    for place, handle in enumerate(handles):
        receipt = find_receipt(handle)
        if receipt is None or (receipt.queue_id != queue.id and not queues.was_id_of(tx, queue, receipt.queue_id)):
            refusals[place] = not_a_receipt(handle)
        else:
            receipts[place] = receipt
    return receipts, refusals


def _require_changeable(
    tx: Transaction, queue: Queue, receipt: Receipt, state: messages.State | None, seconds: int
) -> None:
    if state is None or (queue.is_fifo and _is_stale(tx, receipt, state)):
        raise invalid_value(
            receipt.handle,
            "ReceiptHandle",
            "Message does not exist or is not available for visibility timeout change.",
        )
    if tx.now + seconds - state.received_at > MOST_VISIBILITY_SECONDS:
        reason = f"Total VisibilityTimeout for the message is beyond the limit [{MOST_VISIBILITY_SECONDS} seconds]"
        raise invalid_value(seconds, "VisibilityTimeout", reason)


def _is_stale(tx: Transaction, receipt: Receipt, state: messages.State) -> bool:
    return state.receive_count != receipt.receive_count or state.visible_at <= tx.now
