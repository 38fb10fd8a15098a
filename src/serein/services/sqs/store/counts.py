"""How many messages queues hold: exact, and as cheap in a queue of a million as in an empty one."""

from functools import lru_cache

from serein.kernel.database import Transaction
from serein.services.sqs.queues import Queue

_PARTS = 16
_MORE = "ON CONFLICT (queue_id, part) DO UPDATE SET messages = sqs_counts.messages + excluded.messages"
_ALL, _EXPIRED, _EXPIRED_BATCHES, _DELAYED, _IN_FLIGHT = range(5)
_COUNT = (
    f"SELECT {_ALL}, SUM(messages) FROM sqs_counts WHERE queue_id = :queue_id"
    f" UNION ALL SELECT {_EXPIRED}, COUNT(*) FROM sqs_messages WHERE queue_id = :queue_id AND sent_at <= :cutoff"
    f" UNION ALL SELECT {_EXPIRED_BATCHES}, SUM(messages) FROM sqs_unopened"
    " WHERE queue_id = :queue_id AND sent_at <= :cutoff"
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
    expired = found[_EXPIRED] + found[_EXPIRED_BATCHES]
    return max(0, found[_ALL] - expired - in_flight - delayed), in_flight, delayed


def count_in_flight(tx: Transaction, queue: Queue) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM sqs_messages WHERE queue_id = :queue_id AND visible_at > :now AND receive_count > 0",
        queue_id=queue.id,
        now=tx.now,
    )
    return 0 if row is None else int(row[0])


def oldest_sent_at(tx: Transaction, queue: Queue) -> float | None:
    """When the oldest message was sent that is there; None when there are none."""
    firsts = [
        tx.one(f"SELECT sent_at FROM {table} WHERE queue_id = :queue_id ORDER BY sent_at LIMIT 1", queue_id=queue.id)
        for table in ("sqs_messages", "sqs_unopened")
    ]
    return min((float(first[0]) for first in firsts if first is not None), default=None)


def delete_counts(tx: Transaction, queue_id: int) -> None:
    tx.run("DELETE FROM sqs_counts WHERE queue_id = :queue_id", queue_id=queue_id)
