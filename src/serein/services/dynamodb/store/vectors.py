"""Rows of vector indexes' entries."""

from typing import Any

from serein.kernel.database import Row, Transaction
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.vectors.indexes import Entry

_PUT = (
    "INSERT INTO dynamodb_vectors (index_id, pk, item_pk, item_sk, size, filters, vector) "
    "VALUES (:index, :pk, :item_pk, :item_sk, :size, :filters, :vector) "
    "ON CONFLICT (index_id, pk, item_pk, item_sk) "
    "DO UPDATE SET size = excluded.size, filters = excluded.filters, vector = excluded.vector"
)
_DELETE = (
    "DELETE FROM dynamodb_vectors WHERE index_id = :index AND pk = :pk AND item_pk = :item_pk AND item_sk = :item_sk"
)


def put_vector(tx: Transaction, index_id: int, entry: Entry, key: Key) -> None:
    """Add an item to a vector index, or replace its entry in the same partition."""
    tx.run(
        _PUT,
        index=index_id,
        pk=entry.pk,
        item_pk=key.pk,
        item_sk=key.sk,
        size=entry.size,
        filters=entry.filters,
        vector=entry.vector,
    )


def delete_vector(tx: Transaction, index_id: int, pk: bytes, key: Key) -> None:
    """Take an item out of a partition of a vector index."""
    tx.run(_DELETE, index=index_id, pk=pk, item_pk=key.pk, item_sk=key.sk)


def find_vector_bytes(tx: Transaction, index_id: int, pk: bytes, key: Key) -> bytes | None:
    """The vector of an item in a partition of an index, or None when it isn't there."""
    row = tx.one(
        "SELECT vector FROM dynamodb_vectors "
        "WHERE index_id = :index AND pk = :pk AND item_pk = :item_pk AND item_sk = :item_sk",
        index=index_id,
        pk=pk,
        item_pk=key.pk,
        item_sk=key.sk,
    )
    return None if row is None else bytes(row[0])


def vectors_after(tx: Transaction, index_id: int, pk: bytes, after: Key, limit: int) -> list[Row]:
    """(item_pk, item_sk, filters, vector) of a partition's entries that follow an item's."""
    return tx.all(
        "SELECT item_pk, item_sk, filters, vector FROM dynamodb_vectors "
        "WHERE index_id = :index AND pk = :pk AND (item_pk, item_sk) > (:item_pk, :item_sk) "
        "ORDER BY item_pk, item_sk LIMIT :limit",
        index=index_id,
        pk=pk,
        item_pk=after.pk,
        item_sk=after.sk,
        limit=limit,
    )


def vector_sizes(
    tx: Transaction, index_id: int, after: tuple[bytes, ...], limit: int
) -> tuple[list[int], tuple[bytes, ...]]:
    """Sizes of the entries that follow one in a vector index, and the last one's place."""
    rows: list[Any] = tx.all(
        "SELECT pk, item_pk, item_sk, size FROM dynamodb_vectors "
        "WHERE index_id = :index AND (pk, item_pk, item_sk) > (:pk, :item_pk, :item_sk) "
        "ORDER BY pk, item_pk, item_sk LIMIT :limit",
        index=index_id,
        pk=after[0],
        item_pk=after[1],
        item_sk=after[2],
        limit=limit,
    )
    return [row[3] for row in rows], rows[-1][:3] if rows else after


def vector_places(tx: Transaction, index_id: int, limit: int) -> list[Row]:
    """(pk, item_pk, item_sk) of some of a vector index's entries."""
    return tx.all(
        "SELECT pk, item_pk, item_sk FROM dynamodb_vectors WHERE index_id = :index LIMIT :limit",
        index=index_id,
        limit=limit,
    )
