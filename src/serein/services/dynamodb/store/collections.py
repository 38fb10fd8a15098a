"""Rows of the sizes of item collections."""

from serein.kernel.database import Transaction

_ADD = (
    "INSERT INTO dynamodb_collections (table_id, pk, size) VALUES (:table, :pk, :size) "
    "ON CONFLICT (table_id, pk) DO UPDATE SET size = dynamodb_collections.size + excluded.size RETURNING size"
)


def add_size(tx: Transaction, table_id: int, pk: bytes, size_bytes: int) -> int:
    """Add to the size of a collection, or with a negative number take from it; return the new size."""
    row = tx.one(_ADD, table=table_id, pk=pk, size=size_bytes)
    return 0 if row is None else int(row[0])


def find_size(tx: Transaction, table_id: int, pk: bytes) -> int | None:
    """Return the size of a collection in bytes, or None when it was never written to."""
    row = tx.one("SELECT size FROM dynamodb_collections WHERE table_id = :table AND pk = :pk", table=table_id, pk=pk)
    return None if row is None else int(row[0])


def delete_collection(tx: Transaction, table_id: int, pk: bytes) -> None:
    """Forget the size of a collection that has no items."""
    tx.run("DELETE FROM dynamodb_collections WHERE table_id = :table AND pk = :pk", table=table_id, pk=pk)


def collections_of(tx: Transaction, table_id: int, limit: int) -> list[bytes]:
    """Some of the collections of a table."""
    rows = tx.all(
        "SELECT pk FROM dynamodb_collections WHERE table_id = :table LIMIT :limit", table=table_id, limit=limit
    )
    return [row[0] for row in rows]
