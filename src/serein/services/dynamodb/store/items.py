"""Rows of items and of index entries."""

from typing import Any

from serein.kernel.database import Row, Transaction
from serein.services.dynamodb.keys import Key

_FIND = "SELECT body, size FROM dynamodb_items WHERE table_id = :table AND pk = :pk AND sk = :sk"
_PUT = (
    "INSERT INTO dynamodb_items (table_id, pk, sk, body, size) VALUES (:table, :pk, :sk, :body, :size) "
    "ON CONFLICT (table_id, pk, sk) DO UPDATE SET body = excluded.body, size = excluded.size"
)
_DELETE = "DELETE FROM dynamodb_items WHERE table_id = :table AND pk = :pk AND sk = :sk"
_PUT_ENTRY = (
    "INSERT INTO dynamodb_index_entries (index_id, pk, sk, item_pk, item_sk) "
    "VALUES (:index, :pk, :sk, :item_pk, :item_sk) ON CONFLICT (index_id, pk, sk, item_pk, item_sk) DO NOTHING"
)
_DELETE_ENTRY = (
    "DELETE FROM dynamodb_index_entries "
    "WHERE index_id = :index AND pk = :pk AND sk = :sk AND item_pk = :item_pk AND item_sk = :item_sk"
)


def find_item(tx: Transaction, table_id: int, key: Key) -> tuple[bytes, int] | None:
    """Return an item's JSON text and size, or None."""
    row: Any = tx.one(_FIND, table=table_id, pk=key.pk, sk=key.sk)
    return row  # type: ignore[no-any-return]


def put_item(tx: Transaction, table_id: int, key: Key, body: bytes, size: int) -> None:
    """Store an item in place of the one that has its key."""
    tx.run(_PUT, table=table_id, pk=key.pk, sk=key.sk, body=body, size=size)


def delete_item(tx: Transaction, table_id: int, key: Key) -> None:
    """Remove an item; not an error when there is none."""
    tx.run(_DELETE, table=table_id, pk=key.pk, sk=key.sk)


def put_entry(tx: Transaction, index_id: int, entry: Key, key: Key) -> None:
    """Add an item to an index."""
    tx.run(_PUT_ENTRY, index=index_id, pk=entry.pk, sk=entry.sk, item_pk=key.pk, item_sk=key.sk)


def delete_entry(tx: Transaction, index_id: int, entry: Key, key: Key) -> None:
    """Take an item out of an index."""
    tx.run(_DELETE_ENTRY, index=index_id, pk=entry.pk, sk=entry.sk, item_pk=key.pk, item_sk=key.sk)


def item_sizes(
    tx: Transaction, table_id: int, after: tuple[bytes, ...], limit: int
) -> tuple[list[int], tuple[bytes, ...]]:
    """Sizes of the items that follow a key, and the last one's key."""
    rows = tx.all(
        "SELECT pk, sk, size FROM dynamodb_items WHERE table_id = :table AND (pk, sk) > (:pk, :sk) "
        "ORDER BY pk, sk LIMIT :limit",
        table=table_id,
        pk=after[0],
        sk=after[1],
        limit=limit,
    )
    return [row[2] for row in rows], rows[-1][:2] if rows else after


def entry_sizes(
    tx: Transaction, table_id: int, index_id: int, after: tuple[bytes, ...], limit: int
) -> tuple[list[int], tuple[bytes, ...]]:
    """Sizes of the items whose entries follow one in an index, and the last entry's place."""
    rows = tx.all(
        "SELECT e.pk, e.sk, e.item_pk, e.item_sk, i.size FROM dynamodb_index_entries AS e JOIN dynamodb_items AS i "
        "ON i.table_id = :table AND i.pk = e.item_pk AND i.sk = e.item_sk WHERE e.index_id = :index "
        "AND (e.pk, e.sk, e.item_pk, e.item_sk) > (:pk, :sk, :item_pk, :item_sk) "
        "ORDER BY e.pk, e.sk, e.item_pk, e.item_sk LIMIT :limit",
        table=table_id,
        index=index_id,
        pk=after[0],
        sk=after[1],
        item_pk=after[2],
        item_sk=after[3],
        limit=limit,
    )
    return [row[4] for row in rows], rows[-1][:4] if rows else after


def items_after(tx: Transaction, table_id: int, after: Key, limit: int) -> list[tuple[bytes, bytes, bytes]]:
    """(pk, sk, body) of the items that follow a key, for filling an index."""
    rows: Any = tx.all(
        "SELECT pk, sk, body FROM dynamodb_items WHERE table_id = :table AND (pk, sk) > (:pk, :sk) "
        "ORDER BY pk, sk LIMIT :limit",
        table=table_id,
        pk=after.pk,
        sk=after.sk,
        limit=limit,
    )
    return rows  # type: ignore[no-any-return]


def keys_of(tx: Transaction, table_id: int, limit: int) -> list[Key]:
    """Keys of some of a table's items."""
    rows = tx.all("SELECT pk, sk FROM dynamodb_items WHERE table_id = :table LIMIT :limit", table=table_id, limit=limit)
    return [Key(*row) for row in rows]


def entries_of(tx: Transaction, index_id: int, limit: int) -> list[Row]:
    """(pk, sk, item_pk, item_sk) of some of an index's entries."""
    return tx.all(
        "SELECT pk, sk, item_pk, item_sk FROM dynamodb_index_entries WHERE index_id = :index LIMIT :limit",
        index=index_id,
        limit=limit,
    )
