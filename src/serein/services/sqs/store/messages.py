"""The rows of messages."""

from functools import lru_cache
from typing import Any, NamedTuple

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Draft, Parcel, Received, Sent, deduplication_id_of
from serein.services.sqs.queues import ORDER_BITS, Queue, new_order
from serein.services.sqs.store import counts

_INSERT = (
    "INSERT INTO sqs_messages (id, queue_id, visible_at, sent_at, received_at, first_received_at, receive_count,"
    " counted_from, sequence, group_id, deduplication_id, message_id, sender_id, trace_header, source_arn, attributes,"
    " body) VALUES "
)
_VALUES = (
    "(:id{n}, :queue_id{n}, :visible_at{n}, :now, 0, 0, 0, 0, :sequence{n}, :group_id{n}, :deduplication_id{n},"
    " :message_id{n}, :sender_id, :trace_header{n}, '', :attributes{n}, :body{n})"
)
_OPENED_VALUES = (
    "(:id{n}, :queue_id, :visible_at{n}, :sent_at{n}, :received_at{n}, :received_at{n}, :receive_count{n}, 0, 0, '',"
    " '', :message_id{n}, :sender_id{n}, :trace_header{n}, '', :attributes{n}, :body{n})"
)
_OPENED_MEMBERS = (
    "visible_at",
    "received_at",
    "receive_count",
    "id",
    "message_id",
    "body",
    "attributes",
    "trace_header",
    "sent_at",
    "sender_id",
)
_MEMBERS = (
    "id",
    "queue_id",
    "visible_at",
    "sequence",
    "group_id",
    "deduplication_id",
    "message_id",
    "trace_header",
    "attributes",
    "body",
)
_ROWS = 50
"""Of one statement: the longer ones are, the longer they take to be compiled when they leave SQLite's cache."""
_CANDIDATES = (
    "SELECT id, receive_count - counted_from, sent_at, group_id, sequence, visible_at FROM sqs_messages"
    " WHERE queue_id = :queue_id AND visible_at <= :now ORDER BY visible_at, id LIMIT :limit"
)
_RECEIVED = (
    "id, message_id, body, attributes, receive_count, sent_at, first_received_at, sender_id, trace_header,"
    " source_arn, group_id, deduplication_id, sequence"
)

Candidate = tuple[int, int, float, str, int, float]
"""Of a message that may be received: id, receipts in this queue, when sent, group, sequence, when visible."""


class State(NamedTuple):
    """Of a message: when it is visible, when it was last received, how often, and its group."""

    visible_at: float
    received_at: float
    receive_count: int
    group_id: str


def insert_messages(tx: Transaction, queue: Queue, drafts: list[Draft], sender_id: str, new: list[Sent]) -> None:
    """Add messages, in their order. The groups of a FIFO queue have to be told (`groups.append_to_groups`)."""
    first = _insert_rows(tx, [queue] * len(new), drafts, sender_id, new)
    counts.add(tx, queue.id, first, len(new))


def insert_everywhere(
    tx: Transaction, standard_queues: list[Queue], drafts: list[Draft], sender_id: str, new: list[Sent]
) -> None:
    """Add a message to each of several queues."""
    for start in range(0, len(new), _ROWS):
        rows = slice(start, start + _ROWS)
        chosen = standard_queues[rows]
        first = _insert_rows(tx, chosen, drafts[rows], sender_id, new[rows])
        counts.add_to_each(tx, [queue.id for queue in chosen], first)


def _insert_rows(tx: Transaction, queues: list[Queue], drafts: list[Draft], sender_id: str, new: list[Sent]) -> int:
    """Add messages, and return the id of the first."""
    first, now = new_order(), tx.now
    row: list[Any] = []
    for n, (queue, draft, sent) in enumerate(zip(queues, drafts, new, strict=True)):
        delay, sequence = draft.delay_seconds, sent.sequence
        row += (
            first + (n << ORDER_BITS),
            queue.id,
            now + (queue.delay_seconds if delay is None or sequence else delay),
            sequence,
            draft.group_id or "",
            deduplication_id_of(draft) if sequence else "",
            sent.message_id,
            draft.trace_header,
            draft.attributes,
            draft.body,
        )
    statement, names = _insert(len(new), _VALUES, _MEMBERS)
    tx.run(statement, now=now, sender_id=sender_id, **dict(zip(names, row, strict=True)))
    return first


def insert_opened(
    tx: Transaction, queue: Queue, parcels: list[Parcel], claimed: int, visible_at: float
) -> list[Received]:
    """Give messages of a standard queue, which are counted already, rows of their own.

    The first `claimed` ones are received with that, hidden until `visible_at`, and returned.
    """
    received: list[Received] = []
    for start in range(0, len(parcels), _ROWS):
        chosen = parcels[start : start + _ROWS]
        if not _insert_parcels(tx, queue, chosen, claimed - start, visible_at):
            # Why: another message may have one of the ids, made by another node in the same microsecond.
            chosen = _with_other_ids(tx, chosen)
            assert _insert_parcels(tx, queue, chosen, claimed - start, visible_at), "the caller tries again"
        received += [
            Received(id, message_id, body, attributes, 1, sent_at, tx.now, sender_id, trace_header, "", "", "", 0)
            for id, message_id, body, attributes, trace_header, sent_at, sender_id in chosen[: max(0, claimed - start)]
        ]
    return received


def _insert_parcels(tx: Transaction, queue: Queue, parcels: list[Parcel], claimed: int, visible_at: float) -> bool:
    """Insert rows, the first `claimed` as received; False when some of the ids are taken."""
    row: list[Any] = []
    for n, parcel in enumerate(parcels):
        row += (visible_at, tx.now, 1, *parcel) if n < claimed else (parcel.sent_at, 0, 0, *parcel)
    statement, names = _insert(len(parcels), _OPENED_VALUES, _OPENED_MEMBERS)
    values = dict(zip(names, row, strict=True))
    return tx.run(f"{statement} ON CONFLICT (id) DO NOTHING", queue_id=queue.id, **values) == len(parcels)


def _with_other_ids(tx: Transaction, parcels: list[Parcel]) -> list[Parcel]:
    """Take the rows back that could be inserted, and give all of them new ids."""
    for parcel in parcels:
        tx.run(
            "DELETE FROM sqs_messages WHERE id = :id AND message_id = :message_id",
            id=parcel.id,
            message_id=parcel.message_id,
        )
    order = new_order()
    return [parcel._replace(id=order + (n << ORDER_BITS)) for n, parcel in enumerate(parcels)]


@lru_cache(maxsize=128)
def _insert(count: int, template: str, members: tuple[str, ...]) -> tuple[str, list[str]]:
    """The statement that adds as many rows, and the names of their values."""
    values = ", ".join(template.replace("{n}", str(n)) for n in range(count))
    return _INSERT + values, [f"{member}{n}" for n in range(count) for member in members]


def visible_messages(tx: Transaction, queue: Queue, limit: int) -> list[Candidate]:
    """Messages that can be received now, those longest visible first."""
    return tx.all(_CANDIDATES, queue_id=queue.id, now=tx.now, limit=limit)


def claim_messages(tx: Transaction, ids: list[int], visible_at: float) -> list[Received]:
    """Hide messages until `visible_at`, count the receipt, and return them in the order of `ids`.

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
    found = {row[0]: Received(*row) for row in rows}
    return [found[id] for id in ids if id in found]


def messages_in_flight(tx: Transaction, queue: Queue, ids: list[int]) -> list[tuple[Received, float]]:
    """Those of the messages that are there, with when they are visible again, in the order of `ids`."""
    places, values = _places(ids)
    rows = tx.all(
        f"SELECT {_RECEIVED}, visible_at FROM sqs_messages WHERE id IN ({places}) AND +queue_id = :queue_id",
        queue_id=queue.id,
        **values,
    )
    found = {row[0]: (Received(*row[:-1]), float(row[-1])) for row in rows}
    return [found[id] for id in ids if id in found]


def delete_messages(tx: Transaction, queue_id: int, ids: list[int]) -> int:
    """Delete messages, whatever their state, and return how many there were; not an error when they are gone."""
    places, values = _places(ids)
    deleted = tx.run(
        f"DELETE FROM sqs_messages WHERE id IN ({places}) AND +queue_id = :queue_id", queue_id=queue_id, **values
    )
    if deleted:
        counts.add(tx, queue_id, ids[0], -deleted)
    return deleted


def states_of(tx: Transaction, queue: Queue, ids: list[int]) -> dict[int, State]:
    """The state of each message that is there."""
    places, values = _places(ids)
    rows = tx.all(
        "SELECT id, visible_at, received_at, receive_count, group_id FROM sqs_messages"
        f" WHERE id IN ({places}) AND +queue_id = :queue_id",
        queue_id=queue.id,
        **values,
    )
    return {row[0]: State(*row[1:]) for row in rows}


def set_visible_at(tx: Transaction, ids: list[int], visible_at: float) -> None:
    places, values = _places(ids)
    tx.run(f"UPDATE sqs_messages SET visible_at = :visible_at WHERE id IN ({places})", visible_at=visible_at, **values)


def move_messages(tx: Transaction, ids: list[int], source: Queue, target: Queue, source_arn: str) -> None:
    """Put messages into another standard queue, visible at once.

    AWS: a standard queue's message keeps its id, its receive count and the time it was sent, so its retention runs on.
    """
    places, values = _places(ids)
    moved = tx.run(
        "UPDATE sqs_messages SET queue_id = :target_id, visible_at = :now, counted_from = receive_count,"
        f" source_arn = :source_arn WHERE id IN ({places}) AND +queue_id = :source_id",
        target_id=target.id,
        source_id=source.id,
        now=tx.now,
        source_arn=source_arn,
        **values,
    )
    counts.add(tx, source.id, ids[0], -moved)
    counts.add(tx, target.id, ids[0], moved)


def move_fifo_message(
    tx: Transaction, message_key: int, source: Queue, target: Queue, source_arn: str, sequence: int
) -> None:
    """Put a message into another FIFO queue, as its last. AWS: the time it was sent starts anew."""
    moved = tx.run(
        "UPDATE sqs_messages SET queue_id = :target_id, visible_at = :now, sent_at = :now,"
        " counted_from = receive_count, source_arn = :source_arn, sequence = :sequence"
        " WHERE id = :id AND queue_id = :source_id",
        target_id=target.id,
        source_id=source.id,
        now=tx.now,
        source_arn=source_arn,
        sequence=sequence,
        id=message_key,
    )
    counts.add(tx, source.id, message_key, -moved)
    counts.add(tx, target.id, message_key, moved)


def movable_messages(tx: Transaction, queue: Queue, limit: int) -> list[tuple[int, str, str]]:
    """Visible messages of a queue as (id, group, ARN of the queue they came from), those longest visible first."""
    return tx.all(
        "SELECT id, group_id, source_arn FROM sqs_messages WHERE queue_id = :queue_id AND visible_at <= :now"
        " ORDER BY visible_at, sequence, id LIMIT :limit",
        queue_id=queue.id,
        now=tx.now,
        limit=limit,
    )


def visible_times(tx: Transaction, queue: Queue, limit: int) -> list[float]:
    """When the next messages of a standard queue are visible, past or to come, the first one first."""
    sql = "SELECT visible_at FROM sqs_messages WHERE queue_id = :queue_id ORDER BY visible_at LIMIT :limit"
    return [row[0] for row in tx.all(sql, queue_id=queue.id, limit=limit)]


def delete_expired(tx: Transaction, queue: Queue, limit: int) -> list[str]:
    """Delete up to `limit` messages past their retention and return their groups ("" of a message without one).

    AWS: a message in flight is deleted too when its time is over.
    """
    rows = tx.all(
        "DELETE FROM sqs_messages WHERE id IN (SELECT id FROM sqs_messages WHERE queue_id = :queue_id"
        " AND sent_at <= :cutoff ORDER BY sent_at LIMIT :limit) RETURNING id, group_id",
        queue_id=queue.id,
        cutoff=tx.now - queue.retention_seconds,
        limit=limit,
    )
    if rows:
        counts.add(tx, queue.id, rows[0][0], -len(rows))
    return [row[1] for row in rows]


def delete_some(tx: Transaction, queue_id: int, limit: int) -> int:
    """Delete up to `limit` messages of what was a queue and return how many there were."""
    return tx.run(
        "DELETE FROM sqs_messages WHERE id IN (SELECT id FROM sqs_messages WHERE queue_id = :queue_id"
        " ORDER BY visible_at LIMIT :limit)",
        queue_id=queue_id,
        limit=limit,
    )


def apply_delay(tx: Transaction, queue: Queue, delay_seconds: int) -> None:
    """Give the messages that are still delayed the queue's new delay (FIFO queues)."""
    tx.run(
        "UPDATE sqs_messages SET visible_at = sent_at + :delay"
        " WHERE queue_id = :queue_id AND visible_at > :now AND receive_count = 0",
        delay=delay_seconds,
        queue_id=queue.id,
        now=tx.now,
    )


# Why a plus before queue_id: SQLite would else take an index of queues to find ten messages among a million.
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
