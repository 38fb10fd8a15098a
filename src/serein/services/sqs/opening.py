"""How messages that share a row get rows of their own: when their turn to be received has come."""

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Parcel
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import counts, messages, unopened

Turn = tuple[float, int]
"""When a message became visible, and its id: receivers get them in this order."""


def first_turn(tx: Transaction, queue: Queue) -> Turn | None:
    """When it is the turn of the first message without a row; None when there are none."""
    batches = unopened.first_batches(tx, queue, 1)
    return (batches[0].sent_at, batches[0].id) if batches else None


def visible_times(tx: Transaction, queue: Queue, limit: int) -> list[float]:
    """Since when the next messages without a row are visible."""
    times: list[float] = []
    for batch in unopened.first_batches(tx, queue, limit):
        times += [batch.sent_at] * batch.messages
    return times[:limit]


def open_first(tx: Transaction, queue: Queue, limit: int) -> None:
    """Give at least so many of the first messages their rows, if there are so many."""
    messages.insert_opened(tx, queue, take(tx, queue, limit), 0, 0.0)


def take(tx: Transaction, queue: Queue, limit: int) -> list[Parcel]:
    """Take at least `limit` messages, if there are so many, to give them rows.

    Those past their retention are deleted on the way.
    """
    cutoff = tx.now - queue.retention_seconds
    parcels: list[Parcel] = []
    while len(parcels) < limit and (batches := unopened.first_batches(tx, queue, limit - len(parcels))):
        for batch in batches:
            if len(parcels) >= limit:
                break
            taken = unopened.take_batch(tx, batch)
            if batch.sent_at > cutoff:
                parcels += taken
            else:
                counts.add(tx, queue.id, batch.id, -len(taken))
    return parcels
