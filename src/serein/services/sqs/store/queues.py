"""The rows of queues."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sqs.errors import QueueDoesNotExist
from serein.services.sqs.queues import Address, Queue, new_order, queue_of

_COLUMNS = "id, account, region, name, attributes, created_at, modified_at"
_FIND = f"SELECT {_COLUMNS} FROM sqs_queues WHERE account = :account AND region = :region AND name = :name"


def find_queue(tx: Transaction, address: Address) -> Queue | None:
    """Return the queue, or None."""
    row = tx.one(_FIND, account=address.account, region=address.region, name=address.name)
    return None if row is None else queue_of(*row)


def require_queue(tx: Transaction, address: Address) -> Queue:
    """The queue. Raises QueueDoesNotExist."""
    row = tx.one(_FIND, account=address.account, region=address.region, name=address.name)
    if row is None:
        raise QueueDoesNotExist
    return queue_of(*row)


def insert_queue(tx: Transaction, address: Address, attributes: dict[str, str], tags: dict[str, str]) -> None:
    """Make a queue. Its sequence starts at the time in microseconds: a recreated queue goes on above the old one's."""
    tx.run(
        "INSERT INTO sqs_queues (id, account, region, name, attributes, tags, created_at, modified_at, purged_at,"
        " sequence) VALUES (:id, :account, :region, :name, :attributes, :tags, :now, :now, 0, :sequence)",
        id=new_order(),
        account=address.account,
        region=address.region,
        name=address.name,
        attributes=json.dumps(attributes),
        tags=json.dumps(tags),
        now=tx.now,
        sequence=new_order() >> 10,
    )


def update_attributes(tx: Transaction, queue: Queue, attributes: dict[str, str]) -> None:
    tx.run(
        "UPDATE sqs_queues SET attributes = :attributes, modified_at = :now WHERE id = :id",
        attributes=json.dumps(attributes),
        now=tx.now,
        id=queue.id,
    )


def tags_of(tx: Transaction, queue: Queue) -> dict[str, str]:
    row = tx.one("SELECT tags FROM sqs_queues WHERE id = :id", id=queue.id)
    tags: dict[str, str] = json.loads(row[0]) if row else {}
    return tags


def update_tags(tx: Transaction, queue: Queue, tags: dict[str, str]) -> None:
    tx.run("UPDATE sqs_queues SET tags = :tags WHERE id = :id", tags=json.dumps(tags), id=queue.id)


def purged_at(tx: Transaction, queue: Queue) -> float:
    """When the queue was last purged; 0 when it never was."""
    row = tx.one("SELECT purged_at FROM sqs_queues WHERE id = :id", id=queue.id)
    return float(row[0]) if row else 0.0


def mark_purged(tx: Transaction, queue: Queue) -> None:
    tx.run("UPDATE sqs_queues SET purged_at = :now WHERE id = :id", now=tx.now, id=queue.id)


def next_sequence(tx: Transaction, queue: Queue) -> int:
    """The number of the next message of a FIFO queue."""
    row = tx.one("UPDATE sqs_queues SET sequence = sequence + 1 WHERE id = :id RETURNING sequence", id=queue.id)
    if row is None:
        raise QueueDoesNotExist
    return int(row[0])


def delete_queue(tx: Transaction, queue: Queue) -> None:
    tx.run("DELETE FROM sqs_queues WHERE id = :id", id=queue.id)


def list_queues(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[str]:
    """Up to `limit` queue names with a prefix, after a name, in order."""
    rows = tx.all(
        "SELECT name FROM sqs_queues WHERE account = :account AND region = :region AND name > :after"
        " AND name >= :prefix AND name < :beyond ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        beyond=prefix + "\U0010ffff",
        limit=limit,
    )
    return [row[0] for row in rows]


def all_queues(tx: Transaction) -> list[Queue]:
    """Every queue of every account."""
    return [queue_of(*row) for row in tx.all(f"SELECT {_COLUMNS} FROM sqs_queues")]


def queues_of(tx: Transaction, scope: Scope) -> list[Queue]:
    """The queues of an account and a region, by name."""
    sql = f"SELECT {_COLUMNS} FROM sqs_queues WHERE account = :account AND region = :region ORDER BY name"
    return [queue_of(*row) for row in tx.all(sql, account=scope.account, region=scope.region)]
