"""What a receiver may do with its receipt: delete the message, or change when it is visible again."""

from serein.kernel.database import Transaction
from serein.services.sqs.errors import InvalidParameterValue, invalid_value
from serein.services.sqs.queues import Queue
from serein.services.sqs.receipts import Receipt, require_receipt
from serein.services.sqs.store import groups, messages

MOST_VISIBILITY_SECONDS = 43_200


def delete(tx: Transaction, queue: Queue, handle: str) -> None:
    """Delete the message of a receipt handle.

    AWS: a standard queue accepts every handle it gave out for the message, and deleting twice is no error; a FIFO
    queue refuses a handle whose visibility timeout is over.
    """
    receipt = require_receipt(queue, handle)
    if not queue.is_fifo:
        messages.delete_message(tx, queue, receipt.message_key)
        return
    state = messages.find_state(tx, queue, receipt)
    if state is None:
        return
    visible_at, _, receive_count, group_id = state
    if receive_count != receipt.receive_count or visible_at <= tx.now:
        raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
    messages.delete_message(tx, queue, receipt.message_key)
    groups.refresh_group(tx, queue, group_id)
    tx.wake(queue.topic)


def change_visibility(tx: Transaction, queue: Queue, handle: str, seconds: int) -> None:
    """Make a received message visible again in `seconds` from now."""
    receipt = require_receipt(queue, handle)
    state = messages.find_state(tx, queue, receipt)
    if state is None or (queue.is_fifo and _is_stale(tx, receipt, state)):
        raise invalid_value(
            handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
        )
    _, received_at, _, group_id = state
    if tx.now + seconds - received_at > MOST_VISIBILITY_SECONDS:
        reason = f"Total VisibilityTimeout for the message is beyond the limit [{MOST_VISIBILITY_SECONDS} seconds]"
        raise invalid_value(seconds, "VisibilityTimeout", reason)
    messages.set_visible_at(tx, receipt.message_key, tx.now + seconds)
    if queue.is_fifo:
        groups.refresh_group(tx, queue, group_id)
    tx.wake(queue.topic)


def require_visibility(seconds: int | None) -> int:
    """The timeout that ChangeMessageVisibility is given. Raises InvalidParameterValue."""
    if seconds is None or not 0 <= seconds <= MOST_VISIBILITY_SECONDS:
        raise InvalidParameterValue(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: "
            f"VisibilityTimeout must be an integer between 0 and {MOST_VISIBILITY_SECONDS}."
        )
    return seconds


def _is_stale(tx: Transaction, receipt: Receipt, state: tuple[float, float, int, str]) -> bool:
    return state[2] != receipt.receive_count or state[0] <= tx.now
