"""How messages are claimed: what is visible, minus what is past its retention or belongs into the dead-letter queue."""

from collections.abc import Sequence

from serein.kernel.database import Transaction
from serein.services.sqs import fairness, opening
from serein.services.sqs.messages import Received
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import counts, groups, messages, queues

_CHUNK = 500
Candidate = messages.Candidate | groups.Member


def claim(tx: Transaction, queue: Queue, limit: int, visibility_seconds: int) -> list[Received]:
    """Take up to `limit` messages out of sight. The dead-letter queue gets its own in the same transaction."""
    visible_at = tx.now + visibility_seconds
    if queue.is_fifo:
        return _claim_from_groups(tx, queue, limit, visible_at)
    candidates = messages.visible_messages(tx, queue, limit)
    waiting = opening.turns(tx, queue, limit)
    if not waiting:
        return _claim_opened(tx, queue, candidates, limit, visible_at)
    if any(candidate[3] for candidate in candidates):
        opening.open_first(tx, queue, limit)
        return _claim_opened(tx, queue, messages.visible_messages(tx, queue, limit), limit, visible_at)
    earlier = opening.count_before(waiting, candidates, limit)
    parcels = opening.take(tx, queue, limit - earlier, waiting)
    # Why before the others have rows: with a visibility timeout of 0 these could be claimed a second time.
    most = limit - min(len(parcels), limit - earlier)
    claimed = _claim_opened(tx, queue, candidates[:most], most, visible_at)
    parcels += opening.take(tx, queue, limit - len(claimed) - len(parcels))
    claimed += messages.insert_opened(tx, queue, parcels, limit - len(claimed), visible_at)
    return sorted(claimed, key=_id_of)


def _id_of(message: Received) -> int:
    return message.id


def _claim_opened(
    tx: Transaction, queue: Queue, candidates: list[messages.Candidate], limit: int, visible_at: float
) -> list[Received]:
    """Claim messages that have rows; `candidates` are those longest visible."""
    while candidates:
        if any(candidate[3] for candidate in candidates):
            candidates = fairness.choose(tx, queue, candidates, limit)
        living = _sort_out(tx, queue, candidates)
        if len(living) == len(candidates):
            return messages.claim_messages(tx, sorted(living), visible_at)
        if not living:
            messages.delete_expired(tx, queue, _CHUNK)
        candidates = messages.visible_messages(tx, queue, limit)
    return []


def next_visible_at(tx: Transaction, queue: Queue) -> float | None:
    """When a message can next be received, past or to come; None when the queue is empty.

    Of those in the past it may not be the first: who asks wants to know whether there are any.
    """
    if queue.is_fifo:
        times = groups.available_times(tx, queue, 1)
        return times[0] if times else None
    times = messages.visible_times(tx, queue, 1)
    if times and times[0] <= tx.now:
        return times[0]
    unopened = opening.first_visible_at(tx, queue)
    return unopened if unopened is not None or not times else times[0]


def oldest_sent_at(tx: Transaction, queue: Queue) -> float | None:
    """When the oldest message was sent that is there; None when there are none."""
    sent = [counts.oldest_sent_at(tx, queue), *opening.visible_times(tx, queue, 1)]
    return min((time for time in sent if time is not None), default=None)


def visible_times(tx: Transaction, queue: Queue, limit: int) -> list[float]:
    """When the next messages (of a FIFO queue: those of different groups) can be received, the first one first."""
    if queue.is_fifo:
        return groups.available_times(tx, queue, limit)
    times = messages.visible_times(tx, queue, limit)
    unopened = opening.visible_times(tx, queue, limit)
    return sorted(times + unopened)[:limit] if unopened else times


def _claim_from_groups(tx: Transaction, queue: Queue, limit: int, visible_at: float) -> list[Received]:
    living: list[int] = []
    touched: list[str] = []
    while group_ids := groups.available_groups(tx, queue, limit):
        emptied: list[str] = []
        for group_id in group_ids:
            found = _first_living(tx, queue, group_id, limit - len(living))
            (touched if found else emptied).append(group_id)
            living += found
            if len(living) >= limit:
                break
        groups.refresh_groups(tx, queue, emptied)
        if living:
            break
    claimed = messages.claim_messages(tx, living, visible_at) if living else []
    if len(claimed) < len(living):
        groups.refresh_groups(tx, queue, touched)
    else:
        groups.hide_groups(tx, queue, touched, visible_at)
    return claimed


def _first_living(tx: Transaction, queue: Queue, group_id: str, limit: int) -> list[int]:
    """The group's first messages up to one that isn't visible. Those that are worn or too old make way."""
    while True:
        due: list[groups.Member] = []
        for member in groups.first_members(tx, queue, group_id, limit):
            if member[5] > tx.now:
                break
            due.append(member)
        living = _sort_out(tx, queue, due)
        if len(living) == len(due):
            return living


def _sort_out(tx: Transaction, queue: Queue, candidates: Sequence[Candidate]) -> list[int]:
    """Delete candidates past their retention, move those received too often, and return the ids of the others."""
    cutoff = tx.now - queue.retention_seconds
    redrive = queue.redrive
    most = redrive.maximum_receives if redrive is not None else 0
    living: list[int] = []
    expired: list[int] = []
    worn: list[Candidate] = []
    for candidate in candidates:
        if candidate[2] <= cutoff:
            expired.append(candidate[0])
        elif most and candidate[1] >= most:
            worn.append(candidate)
        else:
            living.append(candidate[0])
    if expired:
        messages.delete_messages(tx, queue.id, expired)
    if worn and not _move_to_dead_letters(tx, queue, worn):
        living = [candidate[0] for candidate in candidates if candidate[0] not in set(expired)]
    return living


def _move_to_dead_letters(tx: Transaction, queue: Queue, worn: list[Candidate]) -> bool:
    """Move messages to the dead-letter queue; False when it is gone: they stay, as on AWS."""
    target = queues.find_queue(tx, queue.redrive.dead_letter) if queue.redrive is not None else None
    if target is None or target.is_fifo != queue.is_fifo:
        return False
    if target.is_fifo:
        for candidate in worn:
            move_to_group(tx, candidate[0], candidate[3], queue, target, queue.arn)
    else:
        messages.move_messages(tx, [candidate[0] for candidate in worn], queue, target, queue.arn)
    tx.wake(target.topic)
    return True


def move_to_group(
    tx: Transaction, message_key: int, group_id: str, source: Queue, target: Queue, source_arn: str
) -> None:
    """Put a message at the end of its group in another FIFO queue."""
    sequence = queues.next_sequences(tx, target, 1)
    messages.move_fifo_message(tx, message_key, source, target, source_arn, sequence)
    groups.append_to_group(tx, target, group_id, sequence, tx.now)
