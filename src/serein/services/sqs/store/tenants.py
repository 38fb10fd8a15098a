"""The message groups of standard queues: tenants of fair queues."""

from serein.kernel.database import Transaction
from serein.services.sqs.queues import Queue
from serein.services.sqs.store.messages import Candidate

_OF_TENANTS = "queue_id = :queue_id AND sequence = 0 AND group_id > ''"


def count_hidden(tx: Transaction, queue: Queue, group_id: str) -> int:
    """How many messages of a group are in flight (or delayed). The group "" is of those that name none."""
    if not group_id:
        return 0
    row = tx.one(
        f"SELECT COUNT(*) FROM sqs_messages WHERE {_OF_TENANTS} AND group_id = :group_id AND visible_at > :now",
        queue_id=queue.id,
        group_id=group_id,
        now=tx.now,
    )
    return 0 if row is None else int(row[0])


def next_tenant(tx: Transaction, queue: Queue, after: str) -> str | None:
    """The next group by name that has a visible message, or None."""
    row = tx.one(
        f"SELECT group_id FROM sqs_messages WHERE {_OF_TENANTS} AND group_id > :after AND visible_at <= :now"
        " ORDER BY group_id LIMIT 1",
        queue_id=queue.id,
        after=after,
        now=tx.now,
    )
    return None if row is None else str(row[0])


def visible_messages(tx: Transaction, queue: Queue, group_id: str, limit: int) -> list[Candidate]:
    """A group's messages that can be received now, those longest visible first."""
    return tx.all(
        "SELECT id, receive_count - counted_from, sent_at, group_id, sequence, visible_at FROM sqs_messages"
        f" WHERE {_OF_TENANTS} AND group_id = :group_id AND visible_at <= :now ORDER BY visible_at, id LIMIT :limit",
        queue_id=queue.id,
        group_id=group_id,
        now=tx.now,
        limit=limit,
    )
