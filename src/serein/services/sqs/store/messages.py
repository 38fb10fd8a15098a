"""The rows of messages."""

from functools import lru_cache

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.sqs.messages import Draft, Received, Sent
from serein.services.sqs.queues import Queue, new_order
from serein.services.sqs.receipts import Receipt

_INSERT = (
    "INSERT INTO sqs_messages (id, queue_id, visible_at, sent_at, received_at, first_received_at, receive_count,"
    " counted_from, sequence, group_id, deduplication_id, message_id, sender_id, trace_header, source_arn, attributes,"
    " body) VALUES (:id, :queue_id, :visible_at, :now, 0, 0, 0, 0, :sequence, :group_id, :deduplication_id,"
    " :message_id, :sender_id, :trace_header, '', :attributes, :body)"
)
_CANDIDATES = (
    "SELECT id, receive_count - counted_from, sent_at, group_id, sequence FROM sqs_messages"
    " WHERE queue_id = :queue_id AND visible_at <= :now ORDER BY visible_at, id LIMIT :limit"
)
_RECEIVED = (
    "id, message_id, body, attributes, receive_count, sent_at, first_received_at, sender_id, trace_header,"
    " source_arn, group_id, deduplication_id, sequence"
)

Candidate = tuple[int, int, float, str, int]
"""Of a message that may be received: id, receipts in this queue, when sent, group, sequence."""


def insert_message(tx: Transaction, queue: Queue, draft: Draft, sender_id: str) -> Sent:
    """Add a message to a standard queue."""
    delay = queue.delay_seconds if draft.delay_seconds is None else draft.delay_seconds
    message_id = new_uuid()
    tx.run(
        _INSERT,
        id=new_order(),
        queue_id=queue.id,
        visible_at=tx.now + delay,
        now=tx.now,
        sequence=0,
        group_id=draft.group_id or "",
        deduplication_id="",
        message_id=message_id,
        sender_id=sender_id,
        trace_header=draft.trace_header,
        attributes=draft.attributes,
        body=draft.body,
    )
    return Sent(message_id, 0)


def insert_fifo_message(
    tx: Transaction, queue: Queue, draft: Draft, sender_id: str, deduplication_id: str, sequence: int
) -> Sent:
    """Add a message to a FIFO queue; its group has to be told (`groups.append_to_group`)."""
    message_id = new_uuid()
    tx.run(
        _INSERT,
        id=new_order(),
        queue_id=queue.id,
        visible_at=tx.now + queue.delay_seconds,
        now=tx.now,
        sequence=sequence,
        group_id=draft.group_id,
        deduplication_id=deduplication_id,
        message_id=message_id,
        sender_id=sender_id,
        trace_header=draft.trace_header,
        attributes=draft.attributes,
        body=draft.body,
    )
    return Sent(message_id, sequence)


def visible_messages(tx: Transaction, queue: Queue, limit: int) -> list[Candidate]:
    """Messages that can be received now, those longest visible first."""
    return tx.all(_CANDIDATES, queue_id=queue.id, now=tx.now, limit=limit)


def has_visible(tx: Transaction, queue: Queue) -> bool:
    sql = "SELECT id FROM sqs_messages WHERE queue_id = :queue_id AND visible_at <= :now LIMIT 1"
    return tx.one(sql, queue_id=queue.id, now=tx.now) is not None


def next_visible_at(tx: Transaction, queue: Queue) -> float | None:
    """When the next message of a standard queue is visible, past or to come; None when there are none."""
    sql = "SELECT visible_at FROM sqs_messages WHERE queue_id = :queue_id ORDER BY visible_at LIMIT 1"
    row = tx.one(sql, queue_id=queue.id)
    return None if row is None else float(row[0])


def claim_messages(tx: Transaction, ids: list[int], visible_at: float) -> list[Received]:
    """Hide messages until `visible_at`, count the receipt, and return them in their order of arrival.

    Why the second condition: on an engine with concurrent writers another receiver may have been faster.
    """
    places, values = _places(ids)
    rows = tx.all(
        "UPDATE sqs_messages SET visible_at = :visible_at, receive_count = receive_count + 1, received_at = :now,"
        " first_received_at = CASE WHEN first_received_at = 0 THEN :now ELSE first_received_at END"
        f" WHERE id IN ({places}) AND visible_at <= :now RETURNING {_RECEIVED}",
        visible_at=visible_at,
        now=tx.now,
        **values,
    )
    return sorted((Received(*row) for row in rows), key=_arrival)


def delete_message(tx: Transaction, queue: Queue, message_key: int) -> None:
    """Delete a message, whatever its state; not an error when it is gone."""
    tx.run("DELETE FROM sqs_messages WHERE id = :id AND queue_id = :queue_id", id=message_key, queue_id=queue.id)


def delete_messages(tx: Transaction, ids: list[int]) -> None:
    places, values = _places(ids)
    tx.run(f"DELETE FROM sqs_messages WHERE id IN ({places})", **values)


def find_state(tx: Transaction, queue: Queue, receipt: Receipt) -> tuple[float, float, int, str] | None:
    """Return when the message is visible, when it was last received, its receive count and group; None: gone."""
    return tx.one(
        "SELECT visible_at, received_at, receive_count, group_id FROM sqs_messages"
        " WHERE id = :id AND queue_id = :queue_id",
        id=receipt.message_key,
        queue_id=queue.id,
    )


def set_visible_at(tx: Transaction, message_key: int, visible_at: float) -> None:
    tx.run("UPDATE sqs_messages SET visible_at = :visible_at WHERE id = :id", visible_at=visible_at, id=message_key)


def move_messages(tx: Transaction, ids: list[int], queue: Queue, source_arn: str) -> None:
    """Put messages into another standard queue, visible at once.

    AWS: a standard queue's message keeps its id, its receive count and the time it was sent, so its retention runs on.
    """
    places, values = _places(ids)
    tx.run(
        "UPDATE sqs_messages SET queue_id = :queue_id, visible_at = :now, counted_from = receive_count,"
        f" source_arn = :source_arn WHERE id IN ({places})",
        queue_id=queue.id,
        now=tx.now,
        source_arn=source_arn,
        **values,
    )


def move_fifo_message(tx: Transaction, message_key: int, queue: Queue, source_arn: str, sequence: int) -> None:
    """Put a message into another FIFO queue, as its last. AWS: the time it was sent starts anew."""
    tx.run(
        "UPDATE sqs_messages SET queue_id = :queue_id, visible_at = :now, sent_at = :now,"
        " counted_from = receive_count, source_arn = :source_arn, sequence = :sequence WHERE id = :id",
        queue_id=queue.id,
        now=tx.now,
        source_arn=source_arn,
        sequence=sequence,
        id=message_key,
    )


def movable_messages(tx: Transaction, queue: Queue, limit: int) -> list[tuple[int, str, str]]:
    """Visible messages of a queue as (id, group, ARN of the queue they came from), those longest visible first."""
    return tx.all(
        "SELECT id, group_id, source_arn FROM sqs_messages WHERE queue_id = :queue_id AND visible_at <= :now"
        " ORDER BY visible_at, sequence, id LIMIT :limit",
        queue_id=queue.id,
        now=tx.now,
        limit=limit,
    )


def count_messages(tx: Transaction, queue: Queue) -> tuple[int, int, int]:
    """How many messages are visible, in flight and delayed; those past their retention don't count."""
    values = {"queue_id": queue.id, "now": tx.now, "cutoff": tx.now - queue.retention_seconds}
    visible = tx.one(
        "SELECT COUNT(*) FROM sqs_messages WHERE queue_id = :queue_id AND visible_at <= :now AND sent_at > :cutoff",
        **values,
    )
    hidden = tx.all(
        "SELECT CASE WHEN receive_count > 0 THEN 1 ELSE 0 END, COUNT(*) FROM sqs_messages"
        " WHERE queue_id = :queue_id AND visible_at > :now AND sent_at > :cutoff GROUP BY 1",
        **values,
    )
    counts: dict[int, int] = dict(hidden)
    return (int(visible[0]) if visible else 0), counts.get(1, 0), counts.get(0, 0)


def delete_expired(tx: Transaction, queue: Queue, limit: int) -> int:
    """Delete up to `limit` messages past their retention and return how many there were."""
    return tx.run(
        "DELETE FROM sqs_messages WHERE id IN (SELECT id FROM sqs_messages WHERE queue_id = :queue_id"
        " AND visible_at <= :now AND sent_at <= :cutoff ORDER BY visible_at LIMIT :limit)",
        queue_id=queue.id,
        now=tx.now,
        cutoff=tx.now - queue.retention_seconds,
        limit=limit,
    )


def delete_all(tx: Transaction, queue: Queue) -> None:
    tx.run("DELETE FROM sqs_messages WHERE queue_id = :queue_id", queue_id=queue.id)


def apply_delay(tx: Transaction, queue: Queue, delay_seconds: int) -> None:
    """Give the messages that are still delayed the queue's new delay (FIFO queues)."""
    tx.run(
        "UPDATE sqs_messages SET visible_at = sent_at + :delay"
        " WHERE queue_id = :queue_id AND visible_at > :now AND receive_count = 0",
        delay=delay_seconds,
        queue_id=queue.id,
        now=tx.now,
    )


def _arrival(message: Received) -> tuple[int, int]:
    return message.sequence, message.id


def _places(ids: list[int]) -> tuple[str, dict[str, int]]:
    """The placeholders of an IN list and their values."""
    names = _names(len(ids))
    return _list(len(ids)), dict(zip(names, ids, strict=True))


@lru_cache(maxsize=64)
def _names(count: int) -> tuple[str, ...]:
    return tuple(f"id{index}" for index in range(count))


@lru_cache(maxsize=64)
def _list(count: int) -> str:
    return ", ".join(f":{name}" for name in _names(count))
