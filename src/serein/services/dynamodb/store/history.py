"""Rows of what items were before they were changed."""

from typing import NamedTuple

from serein.kernel.database import Row, Transaction
from serein.services.dynamodb.keys import Key

TOPIC = "dynamodb:history"
"""Woken when a table begins or ceases to need its history."""
# Why a subquery of one row: MAX over all changes of a key would make each change dearer than the one before. Time
# doesn't go back within a key, so its changes are in the same order by number and by time.
_APPEND = (
    "INSERT INTO dynamodb_history (table_id, pk, sk, seq, epoch, changed_at, size, body) "
    "SELECT :table, :pk, :sk, COALESCE(MAX(seq), 0) + 1, :epoch, "
    "CASE WHEN MAX(changed_at) > :now THEN MAX(changed_at) ELSE :now END, :size, :body FROM ("
    "SELECT seq, changed_at FROM dynamodb_history WHERE table_id = :table AND pk = :pk AND sk = :sk "
    "ORDER BY seq DESC LIMIT 1) AS latest"
)


class Version(NamedTuple):
    """A change of an item: when it was made, and how large the item was before."""

    pk: bytes
    sk: bytes
    seq: int
    epoch: int
    changed_at: float
    size: int


def append_version(tx: Transaction, table_id: int, key: Key, epoch: int, size: int, body: bytes) -> None:
    """Note what an item was before the change that is being made; an empty body means that there was none."""
    tx.run(_APPEND, table=table_id, pk=key.pk, sk=key.sk, epoch=epoch, now=tx.now, size=size, body=body)


def versions_after(tx: Transaction, table_id: int, after: Key, up_to: Key | None, limit: int) -> list[Version]:
    """Changes of the keys after one, up to and including another, by key and number."""
    bound, values = _up_to(up_to)
    rows = tx.all(
        "SELECT pk, sk, seq, epoch, changed_at, size FROM dynamodb_history "
        f"WHERE table_id = :table AND (pk, sk) > (:pk, :sk){bound} ORDER BY pk, sk, seq LIMIT :limit",
        table=table_id,
        pk=after.pk,
        sk=after.sk,
        limit=limit,
        **values,
    )
    return [Version(*row) for row in rows]


def find_version(tx: Transaction, table_id: int, key: Key, seq: int) -> Version | None:
    """Return one change of an item, or None."""
    row = tx.one(
        "SELECT pk, sk, seq, epoch, changed_at, size FROM dynamodb_history "
        "WHERE table_id = :table AND pk = :pk AND sk = :sk AND seq = :seq",
        table=table_id,
        pk=key.pk,
        sk=key.sk,
        seq=seq,
    )
    return None if row is None else Version(*row)


def last_seq(tx: Transaction, table_id: int, key: Key) -> int:
    """The number of an item's latest change; 0 when it has none."""
    row = tx.one(
        "SELECT seq FROM dynamodb_history WHERE table_id = :table AND pk = :pk AND sk = :sk ORDER BY seq DESC LIMIT 1",
        table=table_id,
        pk=key.pk,
        sk=key.sk,
    )
    return 0 if row is None else int(row[0])


def body_before(tx: Transaction, table_id: int, key: Key, seq: int) -> bytes:
    """What an item was before one of its changes; empty when there was none."""
    row = tx.one(
        "SELECT body FROM dynamodb_history WHERE table_id = :table AND pk = :pk AND sk = :sk AND seq = :seq",
        table=table_id,
        pk=key.pk,
        sk=key.sk,
        seq=seq,
    )
    return b"" if row is None else row[0]


def oldest_versions(tx: Transaction, table_id: int, up_to: float, limit: int) -> list[tuple[bytes, bytes, int]]:
    """(pk, sk, seq) of a table's oldest changes that were made up to a time."""
    rows = tx.all(
        "SELECT pk, sk, seq FROM dynamodb_history WHERE table_id = :table AND changed_at <= :up_to "
        "ORDER BY changed_at LIMIT :limit",
        table=table_id,
        up_to=up_to,
        limit=limit,
    )
    return [(pk, sk, seq) for pk, sk, seq in rows]


def find_oldest_change(tx: Transaction, table_id: int) -> float | None:
    """When the oldest change that is still known was made, or None."""
    row = tx.one(
        "SELECT changed_at FROM dynamodb_history WHERE table_id = :table ORDER BY changed_at LIMIT 1", table=table_id
    )
    return None if row is None else row[0]


def delete_version(tx: Transaction, table_id: int, key: Key, seq: int) -> None:
    """Forget a change."""
    tx.run(
        "DELETE FROM dynamodb_history WHERE table_id = :table AND pk = :pk AND sk = :sk AND seq = :seq",
        table=table_id,
        pk=key.pk,
        sk=key.sk,
        seq=seq,
    )


def put_history(tx: Transaction, table_id: int) -> None:
    """Note that a table has history."""
    tx.run(
        "INSERT INTO dynamodb_histories (table_id) VALUES (:table) ON CONFLICT (table_id) DO NOTHING", table=table_id
    )
    tx.wake(TOPIC)


def delete_history(tx: Transaction, table_id: int) -> None:
    """Note that a table has no history left."""
    tx.run("DELETE FROM dynamodb_histories WHERE table_id = :table", table=table_id)


def histories(tx: Transaction) -> list[int]:
    """The tables that have history."""
    return [row[0] for row in tx.all("SELECT table_id FROM dynamodb_histories")]


def sizes_after(tx: Transaction, table_id: int, after: Key, limit: int) -> list[Row]:
    """(pk, sk, size) of the items that follow a key."""
    return tx.all(
        "SELECT pk, sk, size FROM dynamodb_items WHERE table_id = :table AND (pk, sk) > (:pk, :sk) "
        "ORDER BY pk, sk LIMIT :limit",
        table=table_id,
        pk=after.pk,
        sk=after.sk,
        limit=limit,
    )


def bodies_between(tx: Transaction, table_id: int, after: Key, up_to: Key | None) -> list[Row]:
    """(pk, sk, body, size) of the items after a key, up to and including another."""
    bound, values = _up_to(up_to)
    return tx.all(
        "SELECT pk, sk, body, size FROM dynamodb_items "
        f"WHERE table_id = :table AND (pk, sk) > (:pk, :sk){bound} ORDER BY pk, sk",
        table=table_id,
        pk=after.pk,
        sk=after.sk,
        **values,
    )


def _up_to(key: Key | None) -> tuple[str, dict[str, bytes]]:
    if key is None:
        return "", {}
    return " AND (pk, sk) <= (:last_pk, :last_sk)", {"last_pk": key.pk, "last_sk": key.sk}
