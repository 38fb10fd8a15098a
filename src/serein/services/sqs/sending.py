"""What becomes of a message that was accepted: into a standard queue, or into a group of a FIFO queue."""

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Draft, Sent, deduplication_id_of
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import groups, messages, queues


def append_message(tx: Transaction, queue: Queue, draft: Draft, sender_id: str) -> Sent:
    """Add a message, checked against its queue, and wake who waits for it. A duplicate is answered as the first was."""
    tx.wake(queue.topic)
    if not queue.is_fifo:
        return messages.insert_message(tx, queue, draft, sender_id)
    deduplication_id = deduplication_id_of(draft)
    key = _key(queue, draft.group_id or "", deduplication_id)
    duplicate = groups.find_duplicate(tx, queue, key)
    if duplicate is not None:
        return duplicate
    sequence = queues.next_sequence(tx, queue)
    sent = messages.insert_fifo_message(tx, queue, draft, sender_id, deduplication_id, sequence)
    groups.append_to_group(tx, queue, draft.group_id or "", sequence, tx.now + queue.delay_seconds)
    groups.delete_expired_duplicates(tx, queue)
    groups.remember_duplicate(tx, queue, key, sent)
    return sent


def _key(queue: Queue, group_id: str, deduplication_id: str) -> str:
    # Why a space: neither part can hold one.
    return f"{group_id} {deduplication_id}" if queue.deduplicates_by_group else deduplication_id
