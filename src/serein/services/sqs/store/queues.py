"""The rows of queues."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sqs.errors import QueueDoesNotExist
from serein.services.sqs.queues import ORDER_BITS, Address, Queue, new_order, queue_of
from serein.services.sqs.store import shared

DISCARDED = "sqs:discarded"
REUSE_SECONDS = 60
_HANDLES_LAST_SECONDS = 86_400
_COLUMNS = "id, account, region, name, attributes, created_at, modified_at"
_FIND = f"SELECT {_COLUMNS} FROM sqs_queues WHERE account = :account AND region = :region AND name = :name"


def find_queue(tx: Transaction, address: Address) -> Queue | None:
    """Return the queue, or None."""
    queue: Queue | None = tx.memo.get(address)
    if queue is None:
        row = tx.one(_FIND, account=address.account, region=address.region, name=address.name)
        if row is None:
            return None
        queue = tx.memo[address] = queue_of(*row)
    return queue


def require_queue(tx: Transaction, address: Address) -> Queue:
    """The queue. Raises QueueDoesNotExist."""
    queue = find_queue(tx, address)
    if queue is None:
        raise QueueDoesNotExist
    return queue


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
        sequence=new_order() >> ORDER_BITS,
    )
    tx.memo.clear()


def update_attributes(tx: Transaction, queue: Queue, attributes: dict[str, str]) -> None:
    tx.run(
        "UPDATE sqs_queues SET attributes = :attributes, modified_at = :now WHERE id = :id",
        attributes=json.dumps(attributes),
        now=tx.now,
        id=queue.id,
    )
    shared.retire_lists(tx, queue)


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


def discard_messages(tx: Transaction, queue: Queue) -> None:
    """Let a queue have no messages from now on, however many it had (PurgeQueue).

    Why a new id: deleting a million rows takes seconds. They stay behind under the old id and are deleted later.
    """
    tx.run(
        "UPDATE sqs_queues SET id = :new_id, purged_at = :now WHERE id = :id",
        new_id=new_order(),
        now=tx.now,
        id=queue.id,
    )
    _discard(tx, queue)


def _discard(tx: Transaction, queue: Queue) -> None:
    shared.forget_queue(tx, queue)
    tx.run(
        "INSERT INTO sqs_discarded (queue_id, arn, is_empty, discarded_at) VALUES (:id, :arn, 0, :now)",
        id=queue.id,
        arn=queue.arn,
        now=tx.now,
    )
    tx.wake(DISCARDED)


def was_id_of(tx: Transaction, queue: Queue, queue_id: int) -> bool:
    """Whether the queue had this id before it was purged."""
    row = tx.one("SELECT arn FROM sqs_discarded WHERE queue_id = :queue_id", queue_id=queue_id)
    return row is not None and row[0] == queue.arn


def discarded_ids(tx: Transaction) -> list[int]:
    """Ids under which there are still rows to delete."""
    return [row[0] for row in tx.all("SELECT queue_id FROM sqs_discarded WHERE is_empty = 0")]


def forget_discarded(tx: Transaction, queue_id: int) -> None:
    """Say that no rows are left under an id, and forget the ids that no receipt handle can name any more."""
    tx.run("UPDATE sqs_discarded SET is_empty = 1 WHERE queue_id = :queue_id", queue_id=queue_id)
    tx.run(
        "DELETE FROM sqs_discarded WHERE is_empty = 1 AND discarded_at < :limit", limit=tx.now - _HANDLES_LAST_SECONDS
    )


def next_sequences(tx: Transaction, queue: Queue, count: int) -> int:
    """The number of the first of `count` next messages of a FIFO queue."""
    row = tx.one(
        "UPDATE sqs_queues SET sequence = sequence + :count WHERE id = :id RETURNING sequence",
        count=count,
        id=queue.id,
    )
    if row is None:
        raise QueueDoesNotExist
    return int(row[0]) - count + 1


def delete_queue(tx: Transaction, queue: Queue) -> None:
    """Remove a queue, and its messages from sight; its name is remembered for those who ask when it was free."""
    tx.run("DELETE FROM sqs_queues WHERE id = :id", id=queue.id)
    scope = queue.scope
    tx.run(
        "INSERT INTO sqs_deleted_queues (account, region, name, deleted_at) VALUES (:account, :region, :name, :now)"
        " ON CONFLICT (account, region, name) DO UPDATE SET deleted_at = excluded.deleted_at",
        account=scope.account,
        region=scope.region,
        name=queue.name,
        now=tx.now,
    )
    tx.run("DELETE FROM sqs_deleted_queues WHERE deleted_at <= :limit", limit=tx.now - REUSE_SECONDS)
    _discard(tx, queue)


def was_deleted_recently(tx: Transaction, address: Address) -> bool:
    row = tx.one(
        "SELECT deleted_at FROM sqs_deleted_queues WHERE account = :account AND region = :region AND name = :name",
        account=address.account,
        region=address.region,
        name=address.name,
    )
    return row is not None and float(row[0]) > tx.now - REUSE_SECONDS


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
