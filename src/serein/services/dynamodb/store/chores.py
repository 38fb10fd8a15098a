"""Rows of what the housekeeper has to do, and of answered transactions."""

from typing import NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.keys import Key

TOPIC = "dynamodb:chores"
"""Woken when there is something to do."""


def append_chore(tx: Transaction, kind: str, id: int, table_id: int) -> None:
    """Owe some housekeeping: see housekeeping.py for the kinds."""
    tx.run(
        "INSERT INTO dynamodb_chores (kind, id, table_id, pk, sk) VALUES (:kind, :id, :table, :pk, :sk) "
        "ON CONFLICT (kind, id) DO NOTHING",
        kind=kind,
        id=id,
        table=table_id,
        pk=b"",
        sk=b"",
    )
    tx.wake(TOPIC)


class Chore(NamedTuple):
    """Something to do; `key` is how far it has got."""

    kind: str
    id: int
    table_id: int
    key: Key


def find_chore(tx: Transaction) -> Chore | None:
    """Return something to do, or None; what fills comes before what sweeps."""
    row = tx.one("SELECT kind, id, table_id, pk, sk FROM dynamodb_chores ORDER BY kind, id LIMIT 1")
    return None if row is None else Chore(row[0], row[1], row[2], Key(row[3], row[4]))


def advance_chore(tx: Transaction, chore: Chore, key: Key) -> None:
    """Note how far a chore has got."""
    tx.run(
        "UPDATE dynamodb_chores SET pk = :pk, sk = :sk WHERE kind = :kind AND id = :id",
        pk=key.pk,
        sk=key.sk,
        kind=chore.kind,
        id=chore.id,
    )


def remove_chore(tx: Transaction, chore: Chore) -> None:
    """A chore is done."""
    tx.run("DELETE FROM dynamodb_chores WHERE kind = :kind AND id = :id", kind=chore.kind, id=chore.id)


def find_transaction(tx: Transaction, scope: Scope, token: str, since: float) -> Row | None:
    """Return (fingerprint, reply) of a transaction answered since then, or None."""
    return tx.one(
        "SELECT fingerprint, reply FROM dynamodb_transactions "
        "WHERE account = :account AND region = :region AND token = :token AND created_at > :since",
        account=scope.account,
        region=scope.region,
        token=token,
        since=since,
    )


def put_transaction(tx: Transaction, scope: Scope, token: str, fingerprint: str, reply: str, since: float) -> None:
    """Remember an answered transaction, and forget those from before `since`."""
    tx.run("DELETE FROM dynamodb_transactions WHERE created_at <= :since", since=since)
    tx.run(
        "INSERT INTO dynamodb_transactions (account, region, token, fingerprint, reply, created_at) "
        "VALUES (:account, :region, :token, :fingerprint, :reply, :now)",
        account=scope.account,
        region=scope.region,
        token=token,
        fingerprint=fingerprint,
        reply=reply,
        now=tx.now,
    )
