"""Rows of resource policies, and of what contributor insights were switched on for."""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope


class Policy(NamedTuple):
    """A resource policy: its text as it was given, and the number of its revision."""

    revision: str
    text: str


def find_policy(tx: Transaction, arn: str) -> Policy | None:
    """Return the policy of a table or stream, or None."""
    row = tx.one("SELECT revision, policy FROM dynamodb_policies WHERE arn = :arn", arn=arn)
    return None if row is None else Policy(row[0], row[1])


def put_policy(tx: Transaction, arn: str, policy: Policy) -> None:
    """Store a policy in place of the one that there was."""
    tx.run(
        "INSERT INTO dynamodb_policies (arn, revision, policy) VALUES (:arn, :revision, :policy) "
        "ON CONFLICT (arn) DO UPDATE SET revision = excluded.revision, policy = excluded.policy",
        arn=arn,
        revision=policy.revision,
        policy=policy.text,
    )


def delete_policy(tx: Transaction, arn: str) -> None:
    """Remove a policy; not an error when there is none."""
    tx.run("DELETE FROM dynamodb_policies WHERE arn = :arn", arn=arn)


class Insight(NamedTuple):
    """Whether contributor insights are on for a table or index, and since when."""

    is_enabled: bool
    mode: str
    updated_at: float


def find_insight(tx: Transaction, table_id: int, index_name: str) -> Insight | None:
    """Return what was last said of a table or index, or None."""
    row = tx.one(
        "SELECT is_enabled, mode, updated_at FROM dynamodb_insights WHERE table_id = :table AND index_name = :name",
        table=table_id,
        name=index_name,
    )
    return None if row is None else Insight(bool(row[0]), row[1], row[2])


def put_insight(tx: Transaction, table_id: int, index_name: str, insight: Insight) -> None:
    """Note what a request says of a table or index."""
    tx.run(
        "INSERT INTO dynamodb_insights (table_id, index_name, is_enabled, mode, updated_at) "
        "VALUES (:table, :name, :enabled, :mode, :at) ON CONFLICT (table_id, index_name) DO UPDATE "
        "SET is_enabled = excluded.is_enabled, mode = excluded.mode, updated_at = excluded.updated_at",
        table=table_id,
        name=index_name,
        enabled=int(insight.is_enabled),
        mode=insight.mode,
        at=insight.updated_at,
    )


def insights_after(
    tx: Transaction, scope: Scope, table_name: str, after: tuple[str, str], limit: int
) -> list[tuple[str, str, Insight]]:
    """(table name, index name, insight) in order of the names; of all tables when none is named."""
    of_table = "AND t.name = :table " if table_name else ""
    values = {"table": table_name} if table_name else {}
    rows = tx.all(
        "SELECT t.name, i.index_name, i.is_enabled, i.mode, i.updated_at FROM dynamodb_insights AS i "
        "JOIN dynamodb_tables AS t ON t.id = i.table_id WHERE t.account = :account AND t.region = :region "
        f"{of_table}AND (t.name, i.index_name) > (:after_name, :after_index) "
        "ORDER BY t.name, i.index_name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after_name=after[0],
        after_index=after[1],
        limit=limit,
        **values,
    )
    return [(row[0], row[1], Insight(bool(row[2]), row[3], row[4])) for row in rows]


def delete_insights(tx: Transaction, table_id: int) -> None:
    """Forget what was said of a table and its indexes."""
    tx.run("DELETE FROM dynamodb_insights WHERE table_id = :table", table=table_id)


def delete_insight(tx: Transaction, table_id: int, index_name: str) -> None:
    """Forget what was said of an index."""
    tx.run(
        "DELETE FROM dynamodb_insights WHERE table_id = :table AND index_name = :name", table=table_id, name=index_name
    )
