"""The rows of batches that nobody has received from yet.

Why one row a batch: what a message's own row costs, most of it for its indexes, is spent when a receiver comes to it,
and with the receipt in it. A message is written twice in its life either way.
"""

from typing import NamedTuple

import msgspec

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Draft, Parcel, Sent
from serein.services.sqs.queues import Queue, new_order
from serein.services.sqs.store import counts

FEWEST = 2
"""A single message has its own row."""
_FIRST = "SELECT sent_at, messages, id FROM sqs_unopened WHERE queue_id = :queue_id ORDER BY sent_at, id LIMIT :limit"
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(list[tuple[str, str, str, str]]).decode


class Batch(NamedTuple):
    """When it was sent, how many messages it has, and its id."""

    sent_at: float
    messages: int
    id: int


def insert_batch(tx: Transaction, queue: Queue, drafts: list[Draft], sender_id: str, new: list[Sent]) -> None:
    """Add messages of a standard queue that are visible at once and name no group, in their order."""
    contents = [
        (sent.message_id, draft.body, draft.attributes, draft.trace_header)
        for draft, sent in zip(drafts, new, strict=True)
    ]
    order = new_order()
    tx.run(
        "INSERT INTO sqs_unopened (id, queue_id, sent_at, messages, sender_id, contents)"
        " VALUES (:id, :queue_id, :now, :messages, :sender_id, :contents)",
        id=order,
        queue_id=queue.id,
        now=tx.now,
        messages=len(new),
        sender_id=sender_id,
        contents=_encode(contents).decode(),
    )
    counts.add(tx, queue.id, order, len(new))


def first_batches(tx: Transaction, queue: Queue, limit: int) -> list[Batch]:
    """A queue's batches, the oldest first."""
    return [Batch(*row) for row in tx.all(_FIRST, queue_id=queue.id, limit=limit)]


def take_batch(tx: Transaction, batch: Batch) -> list[Parcel]:
    """Take a batch's messages out of it; none when somebody else was faster."""
    row = tx.one("DELETE FROM sqs_unopened WHERE id = :id RETURNING sender_id, contents", id=batch.id)
    if row is None:
        return []
    sender_id, contents = row
    return [
        Parcel(id, *content, batch.sent_at, sender_id) for id, content in enumerate(_decode(contents), start=batch.id)
    ]


def delete_expired(tx: Transaction, queue: Queue, limit: int) -> int:
    """Delete up to `limit` batches past their retention and return how many there were."""
    rows = tx.all(
        "DELETE FROM sqs_unopened WHERE id IN (SELECT id FROM sqs_unopened WHERE queue_id = :queue_id"
        " AND sent_at <= :cutoff ORDER BY sent_at LIMIT :limit) RETURNING id, messages",
        queue_id=queue.id,
        cutoff=tx.now - queue.retention_seconds,
        limit=limit,
    )
    if rows:
        counts.add(tx, queue.id, rows[0][0], -sum(row[1] for row in rows))
    return len(rows)


def delete_some(tx: Transaction, queue_id: int, limit: int) -> int:
    """Delete up to `limit` batches of what was a queue and return how many there were."""
    return tx.run(
        "DELETE FROM sqs_unopened WHERE id IN (SELECT id FROM sqs_unopened WHERE queue_id = :queue_id"
        " ORDER BY sent_at LIMIT :limit)",
        queue_id=queue_id,
        limit=limit,
    )
