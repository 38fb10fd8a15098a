"""How messages that share a row get rows of their own: when their turn to be received has come."""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Parcel
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import counts, messages, shared, unopened


class Turn(NamedTuple):
    """Messages without rows of their own: when they became visible, an id, and how many they are.

    Receivers get messages by the time, and then by id. `source` is a batch, or what a queue has from a list, with the
    sequence of the message there.
    """

    visible_at: float
    id: int
    messages: int
    source: unopened.Batch | tuple[shared.Unread, int]


def turns(tx: Transaction, queue: Queue, limit: int) -> list[Turn]:
    """The next of a queue's messages without rows, as they come; at least `limit` messages if there are so many."""
    most = (limit + unopened.FEWEST - 1) // unopened.FEWEST
    found = [Turn(batch.sent_at, batch.id, batch.messages, batch) for batch in unopened.first_batches(tx, queue, most)]
    for unread in shared.unread_by(tx, queue):
        found += [
            Turn(sent_at, id, 1, (unread, sequence)) for sent_at, id, sequence in shared.turns_in(tx, unread, limit)
        ]
    found.sort(key=_when)
    return found


def visible_times(tx: Transaction, queue: Queue, limit: int) -> list[float]:
    """Since when the next messages without a row are visible, in order."""
    return [turn.visible_at for turn in turns(tx, queue, limit) for _ in range(turn.messages)][:limit]


def first_visible_at(tx: Transaction, queue: Queue) -> float | None:
    """Since when the first message without a row is visible; None when there is none."""
    batches = unopened.first_batches(tx, queue, 1)
    times = [batches[0].sent_at] if batches else visible_times(tx, queue, 1)
    return times[0] if times else None


def count_before(waiting: list[Turn], candidates: list[messages.Candidate], limit: int) -> int:
    """How many of the next `limit` messages have rows, when `candidates` are the first of those that do."""
    if not candidates:
        return 0
    ordered = [(turn.visible_at, turn.id, 0) for turn in waiting for _ in range(turn.messages)]
    ordered += [(candidate[5], candidate[0], 1) for candidate in candidates]
    return sum(has_row for _, _, has_row in sorted(ordered)[:limit])


def open_first(tx: Transaction, queue: Queue, limit: int) -> None:
    """Give at least so many of the first messages their rows, if there are so many."""
    messages.insert_opened(tx, queue, take(tx, queue, limit), 0, 0.0)


def take(tx: Transaction, queue: Queue, limit: int, waiting: list[Turn] | None = None) -> list[Parcel]:
    """Take at least `limit` messages, if there are so many, to give them rows.

    `waiting` are the next of them, if they are known. Those past their retention are deleted on the way.
    """
    parcels: list[Parcel] = []
    while len(parcels) < limit:
        waiting = waiting or turns(tx, queue, limit - len(parcels))
        if not waiting:
            break
        parcels += _take(tx, queue, waiting, limit - len(parcels))
        waiting = None
    return parcels


def _take(tx: Transaction, queue: Queue, waiting: list[Turn], limit: int) -> list[Parcel]:
    """Take the first of what waits, up to `limit` messages or the end of a batch."""
    cutoff = tx.now - queue.retention_seconds
    parcels: list[Parcel] = []
    read: dict[shared.Unread, int] = {}
    found = 0
    for turn in waiting:
        if found >= limit:
            break
        found += turn.messages
        if not isinstance(turn.source, unopened.Batch):
            unread, sequence = turn.source
            read[unread] = max(read.get(unread, 0), sequence)
            continue
        taken = unopened.take_batch(tx, turn.source)
        if turn.visible_at > cutoff:
            parcels += taken
        else:
            counts.add(tx, queue.id, turn.id, -len(taken))
    for unread, last in read.items():
        fresh = [parcel for parcel in shared.take_messages(tx, queue, unread, last) if parcel.sent_at > cutoff]
        if fresh:
            counts.add(tx, queue.id, fresh[0].id, len(fresh))
        parcels += fresh
    return sorted(parcels)


def _when(turn: Turn) -> tuple[float, int]:
    return turn.visible_at, turn.id


def delete_expired(tx: Transaction, queue: Queue, limit: int) -> int:
    """Delete up to `limit` batches past their retention, and have the queue miss the shared messages that are."""
    for unread in shared.unread_by(tx, queue):
        last = shared.expired_in(tx, queue, unread)
        if last > unread.read:
            shared.take_messages(tx, queue, unread, last)
    return unopened.delete_expired(tx, queue, limit)
