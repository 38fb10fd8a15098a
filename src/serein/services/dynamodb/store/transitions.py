"""Rows of tables that are coming, changing or going."""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

TOPIC = "dynamodb:transitions"
"""Woken when a table begins to come, change or go."""


def put_transition(tx: Transaction, scope: Scope, table_id: int, due_at: float) -> None:
    """Note when a table will have come, changed or gone."""
    tx.run(
        "INSERT INTO dynamodb_transitions (table_id, account, region, due_at) "
        "VALUES (:table, :account, :region, :due) ON CONFLICT (table_id) DO UPDATE SET due_at = excluded.due_at",
        table=table_id,
        account=scope.account,
        region=scope.region,
        due=due_at,
    )
    tx.wake(TOPIC)


def remove_transition(tx: Transaction, table_id: int) -> None:
    """A table has come, changed or gone."""
    tx.run("DELETE FROM dynamodb_transitions WHERE table_id = :table", table=table_id)


def next_transition(tx: Transaction) -> float | None:
    """When the next table will be done, or None."""
    row = tx.one("SELECT due_at FROM dynamodb_transitions ORDER BY due_at LIMIT 1")
    return None if row is None else float(row[0])


def due_transitions(tx: Transaction, limit: int) -> list[tuple[int, Scope]]:
    """The tables whose time has come, and whose they are."""
    rows = tx.all(
        "SELECT table_id, account, region FROM dynamodb_transitions WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
        now=tx.now,
        limit=limit,
    )
    return [(table_id, Scope(account, region)) for table_id, account, region in rows]


def count_transitions(tx: Transaction, scope: Scope) -> int:
    """How many of an account's tables are coming, changing or going."""
    row = tx.one(
        "SELECT COUNT(*) FROM dynamodb_transitions WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return 0 if row is None else int(row[0])
