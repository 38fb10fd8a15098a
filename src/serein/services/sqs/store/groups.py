"""The rows of FIFO queues' message groups, and what they remember of duplicates."""

from collections.abc import Iterable

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Sent
from serein.services.sqs.queues import Queue

DEDUPLICATION_SECONDS = 300
_FORGET_EVERY = 64

Member = tuple[int, int, float, str, int, float]
"""Of a message in a group: id, receipts in this queue, when sent, group, sequence, when visible."""


def append_to_group(tx: Transaction, queue: Queue, group_id: str, sequence: int, visible_at: float) -> None:
    """Tell a group of its last message."""
    tx.run(
        "INSERT INTO sqs_groups (queue_id, group_id, available_at, head)"
        " VALUES (:queue_id, :group_id, :available_at, :head) ON CONFLICT (queue_id, group_id) DO NOTHING",
        queue_id=queue.id,
        group_id=group_id,
        available_at=visible_at,
        head=sequence,
    )


def available_groups(tx: Transaction, queue: Queue, limit: int) -> list[str]:
    """Groups of which a message can be received now, those longest available first."""
    rows = tx.all(
        "SELECT group_id FROM sqs_groups WHERE queue_id = :queue_id AND available_at <= :now"
        " ORDER BY available_at, head LIMIT :limit",
        queue_id=queue.id,
        now=tx.now,
        limit=limit,
    )
    return [row[0] for row in rows]


def first_members(tx: Transaction, queue: Queue, group_id: str, limit: int) -> list[Member]:
    """The first messages of a group, in order."""
    return tx.all(
        "SELECT id, receive_count - counted_from, sent_at, group_id, sequence, visible_at FROM sqs_messages"
        " WHERE queue_id = :queue_id AND group_id = :group_id AND sequence > 0 ORDER BY sequence LIMIT :limit",
        queue_id=queue.id,
        group_id=group_id,
        limit=limit,
    )


def available_times(tx: Transaction, queue: Queue, limit: int) -> list[float]:
    """When the next groups' messages can be received, past or to come, the first one first."""
    sql = "SELECT available_at FROM sqs_groups WHERE queue_id = :queue_id ORDER BY available_at LIMIT :limit"
    return [row[0] for row in tx.all(sql, queue_id=queue.id, limit=limit)]


def hide_groups(tx: Transaction, queue: Queue, group_ids: Iterable[str], available_at: float) -> None:
    """Say of groups that their first messages were received and are visible again at `available_at`."""
    for group_id in dict.fromkeys(group_ids):
        tx.run(
            "UPDATE sqs_groups SET available_at = :available_at WHERE queue_id = :queue_id AND group_id = :group_id",
            available_at=available_at,
            queue_id=queue.id,
            group_id=group_id,
        )


def refresh_groups(tx: Transaction, queue: Queue, group_ids: Iterable[str]) -> None:
    """Work out anew when groups' next messages can be received; an empty group is forgotten.

    Invariant: a group is available when its first message is visible. A message in flight keeps those after it back.
    """
    for group_id in dict.fromkeys(group_ids):
        first = tx.one(
            "SELECT visible_at, sequence FROM sqs_messages WHERE queue_id = :queue_id AND group_id = :group_id"
            " AND sequence > 0 ORDER BY sequence LIMIT 1",
            queue_id=queue.id,
            group_id=group_id,
        )
        if first is None:
            tx.run(
                "DELETE FROM sqs_groups WHERE queue_id = :queue_id AND group_id = :group_id",
                queue_id=queue.id,
                group_id=group_id,
            )
            continue
        tx.run(
            "UPDATE sqs_groups SET available_at = :available_at, head = :head"
            " WHERE queue_id = :queue_id AND group_id = :group_id",
            available_at=first[0],
            head=first[1],
            queue_id=queue.id,
            group_id=group_id,
        )


def count_locked_groups(tx: Transaction, queue: Queue) -> int:
    """How many groups wait for their first message: in flight, or delayed."""
    row = tx.one(
        "SELECT COUNT(*) FROM sqs_groups WHERE queue_id = :queue_id AND available_at > :now",
        queue_id=queue.id,
        now=tx.now,
    )
    return 0 if row is None else int(row[0])


def group_ids(tx: Transaction, queue: Queue) -> list[str]:
    rows = tx.all("SELECT group_id FROM sqs_groups WHERE queue_id = :queue_id", queue_id=queue.id)
    return [row[0] for row in rows]


def delete_groups(tx: Transaction, queue_id: int) -> None:
    """Forget the groups and the duplicates of a queue."""
    tx.run("DELETE FROM sqs_groups WHERE queue_id = :queue_id", queue_id=queue_id)
    tx.run("DELETE FROM sqs_deduplications WHERE queue_id = :queue_id", queue_id=queue_id)
    tx.run("DELETE FROM sqs_attempts WHERE queue_id = :queue_id", queue_id=queue_id)


def find_duplicate(tx: Transaction, queue: Queue, deduplication_key: str) -> Sent | None:
    """Return the message that was sent with this key in the last five minutes, or None."""
    row = tx.one(
        "SELECT message_id, sequence FROM sqs_deduplications"
        " WHERE queue_id = :queue_id AND deduplication_key = :key AND expires_at > :now",
        queue_id=queue.id,
        key=deduplication_key,
        now=tx.now,
    )
    return None if row is None else Sent(row[0], row[1])


def remember_duplicate(tx: Transaction, queue: Queue, deduplication_key: str, sent: Sent) -> None:
    tx.run(
        "INSERT INTO sqs_deduplications (queue_id, deduplication_key, message_id, sequence, expires_at)"
        " VALUES (:queue_id, :key, :message_id, :sequence, :expires_at) ON CONFLICT (queue_id, deduplication_key)"
        " DO UPDATE SET message_id = excluded.message_id, sequence = excluded.sequence,"
        " expires_at = excluded.expires_at",
        queue_id=queue.id,
        key=deduplication_key,
        message_id=sent.message_id,
        sequence=sent.sequence,
        expires_at=tx.now + DEDUPLICATION_SECONDS,
    )


def forget_old_duplicates(tx: Transaction, queue: Queue, sequence: int) -> None:
    """Now and then, as the queue's sequence goes, delete what is older than five minutes."""
    if not sequence % _FORGET_EVERY:
        delete_expired_duplicates(tx, queue)


def delete_expired_duplicates(tx: Transaction, queue: Queue) -> None:
    tx.run(
        "DELETE FROM sqs_deduplications WHERE queue_id = :queue_id AND expires_at <= :now",
        queue_id=queue.id,
        now=tx.now,
    )
