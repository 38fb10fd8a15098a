"""Rows that say when items expire."""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.dynamodb.keys import Key

TOPIC = "dynamodb:expiries"
"""Woken when an item that expires was written."""


class Expiry(NamedTuple):
    """An item that may expire: whether it does is for the item itself to say."""

    expires_at: float
    table_id: int
    key: Key


def put_expiry(tx: Transaction, expiry: Expiry) -> None:
    """Note when an item expires."""
    tx.run(
        "INSERT INTO dynamodb_expiries (expires_at, table_id, pk, sk) VALUES (:at, :table, :pk, :sk) "
        "ON CONFLICT (expires_at, table_id, pk, sk) DO NOTHING",
        at=expiry.expires_at,
        table=expiry.table_id,
        pk=expiry.key.pk,
        sk=expiry.key.sk,
    )


def delete_expiry(tx: Transaction, expiry: Expiry) -> None:
    """Forget when an item expires."""
    tx.run(
        "DELETE FROM dynamodb_expiries WHERE expires_at = :at AND table_id = :table AND pk = :pk AND sk = :sk",
        at=expiry.expires_at,
        table=expiry.table_id,
        pk=expiry.key.pk,
        sk=expiry.key.sk,
    )


def first_expiries(tx: Transaction, limit: int) -> list[Expiry]:
    """Those that are due first, whatever their tables."""
    rows = tx.all(
        "SELECT expires_at, table_id, pk, sk FROM dynamodb_expiries ORDER BY expires_at LIMIT :limit", limit=limit
    )
    return [Expiry(at, table_id, Key(pk, sk)) for at, table_id, pk, sk in rows]
