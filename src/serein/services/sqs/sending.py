"""What becomes of messages that were accepted: into a standard queue, or into groups of a FIFO queue."""

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuids
from serein.services.sqs.messages import Draft, Sent, deduplication_id_of
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import groups, messages, queues, unopened


def append_messages(tx: Transaction, queue: Queue, drafts: list[Draft], sender_id: str) -> list[Sent]:
    """Add messages, checked against their queue, and wake who waits for them.

    A duplicate is answered as the first of its kind was.
    """
    tx.wake(queue.topic)
    if queue.is_fifo:
        return _append_to_groups(tx, queue, drafts, sender_id)
    sent = [Sent(message_id, 0) for message_id in new_uuids(len(drafts))]
    if len(drafts) >= unopened.FEWEST and not _need_rows(queue, drafts):
        unopened.insert_batch(tx, queue, drafts, sender_id, sent)
    else:
        messages.insert_messages(tx, queue, drafts, sender_id, sent)
    return sent


def _need_rows(standard_queue: Queue, drafts: list[Draft]) -> bool:
    """Whether one isn't simply the next message: it comes later than it is sent, or takes turns with other groups."""
    if standard_queue.delay_seconds:
        return True
    return any(not draft.is_plain and (draft.delay_seconds or draft.group_id is not None) for draft in drafts)


def append_everywhere(tx: Transaction, places: list[tuple[Queue, Draft]], sender_id: str) -> None:
    """Add a message to each of several queues, as `append_messages` does."""
    standard: list[tuple[Queue, Draft]] = []
    for queue, draft in places:
        if queue.is_fifo:
            append_messages(tx, queue, [draft], sender_id)
        else:
            tx.wake(queue.topic)
            standard.append((queue, draft))
    # Why sorted: senders of several nodes then meet in one order.
    standard.sort(key=_queue_id)
    sent = [Sent(message_id, 0) for message_id in new_uuids(len(standard))]
    messages.insert_everywhere(tx, [queue for queue, _ in standard], [draft for _, draft in standard], sender_id, sent)


def _queue_id(place: tuple[Queue, Draft]) -> int:
    return place[0].id


def _append_to_groups(tx: Transaction, queue: Queue, drafts: list[Draft], sender_id: str) -> list[Sent]:
    keys = [_key(queue, draft) for draft in drafts]
    answers: dict[str, Sent] = {}
    fresh: dict[str, Draft] = {}
    for key, draft in zip(keys, drafts, strict=True):
        if key in fresh or key in answers:
            continue
        duplicate = groups.find_duplicate(tx, queue, key)
        if duplicate is None:
            fresh[key] = draft
        else:
            answers[key] = duplicate
    if fresh:
        first = queues.next_sequences(tx, queue, len(fresh))
        added = [Sent(message_id, first + n) for n, message_id in enumerate(new_uuids(len(fresh)))]
        new = list(fresh.values())
        messages.insert_messages(tx, queue, new, sender_id, added)
        for draft, sent in zip(new, added, strict=True):
            groups.append_to_group(tx, queue, draft.group_id or "", sent.sequence, tx.now + queue.delay_seconds)
        groups.forget_old_duplicates(tx, queue, first)
        for key, sent in zip(fresh, added, strict=True):
            groups.remember_duplicate(tx, queue, key, sent)
            answers[key] = sent
    return [answers[key] for key in keys]


def _key(queue: Queue, draft: Draft) -> str:
    deduplication_id = deduplication_id_of(draft)
    # Why a space: neither part can hold one.
    return f"{draft.group_id} {deduplication_id}" if queue.deduplicates_by_group else deduplication_id
