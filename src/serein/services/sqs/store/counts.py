"""How many messages queues hold: exact, and as cheap in a queue of a million as in an empty one."""

from functools import lru_cache

from serein.kernel.database import Transaction
from serein.services.sqs.queues import Queue

_PARTS = 16
_MORE = "ON CONFLICT (queue_id, part) DO UPDATE SET messages = sqs_counts.messages + excluded.messages"
_ALL, _SHARED, _EXPIRED, _EXPIRED_BATCHES, _EXPIRED_SHARED, _DELAYED, _IN_FLIGHT = range(7)
_COUNT = (
    f"SELECT {_ALL}, SUM(messages) FROM sqs_counts WHERE queue_id = :queue_id"
    f" UNION ALL SELECT {_SHARED}, SUM(l.last_sequence - m.read_sequence) FROM sqs_list_members m JOIN sqs_lists l"
    " ON l.id = m.list_id WHERE m.queue_id = :queue_id"
    f" UNION ALL SELECT {_EXPIRED}, COUNT(*) FROM sqs_messages WHERE queue_id = :queue_id AND sent_at <= :cutoff"
    f" UNION ALL SELECT {_EXPIRED_BATCHES}, SUM(messages) FROM sqs_unopened"
    " WHERE queue_id = :queue_id AND sent_at <= :cutoff"
    f" UNION ALL SELECT {_EXPIRED_SHARED}, COUNT(*) FROM sqs_list_members m JOIN sqs_shared s ON s.list_id = m.list_id"
    " WHERE m.queue_id = :queue_id AND s.sent_at <= :cutoff AND +s.sequence > m.read_sequence"
    f" UNION ALL SELECT CASE WHEN receive_count > 0 THEN {_IN_FLIGHT} ELSE {_DELAYED} END, COUNT(*) FROM sqs_messages"
    " WHERE queue_id = :queue_id AND visible_at > :now AND sent_at > :cutoff GROUP BY 1"
)


def add(tx: Transaction, queue_id: int, order: int, messages: int) -> None:
    """Count messages that came (or, below 0, went). `order` is a message's id: it spreads writers over the parts."""
    tx.run(
        f"INSERT INTO sqs_counts (queue_id, part, messages) VALUES (:queue_id, :part, :messages) {_MORE}",
        queue_id=queue_id,
        part=order % _PARTS,
        messages=messages,
    )


def add_to_each(tx: Transaction, queue_ids: list[int], order: int) -> None:
    """Count a message that came to each of several queues."""
    tx.run(_one_each(len(queue_ids)), part=order % _PARTS, **{f"queue_id{n}": id for n, id in enumerate(queue_ids)})


@lru_cache(maxsize=64)
def _one_each(count: int) -> str:
    values = ", ".join(f"(:queue_id{n}, :part, 1)" for n in range(count))
    return f"INSERT INTO sqs_counts (queue_id, part, messages) VALUES {values} {_MORE}"


def count_messages(tx: Transaction, queue: Queue) -> tuple[int, int, int]:
    """How many messages are visible, in flight and delayed; those past their retention don't count.

    Costs as much as there are messages in flight, delayed, or past their retention and not deleted yet.
    """
    rows = tx.all(_COUNT, queue_id=queue.id, now=tx.now, cutoff=tx.now - queue.retention_seconds)
    found = {kind: int(count or 0) for kind, count in rows}
    in_flight, delayed = found.get(_IN_FLIGHT, 0), found.get(_DELAYED, 0)
    there = found[_ALL] + found[_SHARED] - found[_EXPIRED] - found[_EXPIRED_BATCHES] - found[_EXPIRED_SHARED]
    return max(0, there - in_flight - delayed), in_flight, delayed


def count_in_flight(tx: Transaction, queue: Queue) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM sqs_messages WHERE queue_id = :queue_id AND visible_at > :now AND receive_count > 0",
        queue_id=queue.id,
        now=tx.now,
    )
    return 0 if row is None else int(row[0])


def oldest_sent_at(tx: Transaction, queue: Queue) -> float | None:
    """When the oldest message was sent that has a row of its own; None when none has."""
    row = tx.one(
        "SELECT sent_at FROM sqs_messages WHERE queue_id = :queue_id ORDER BY sent_at LIMIT 1", queue_id=queue.id
    )
    return None if row is None else float(row[0])


def delete_counts(tx: Transaction, queue_id: int) -> None:
    tx.run("DELETE FROM sqs_counts WHERE queue_id = :queue_id", queue_id=queue_id)
