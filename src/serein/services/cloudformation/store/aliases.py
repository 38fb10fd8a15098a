"""The SQL of stacks' aliases. A deleted stack's alias is free again."""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

_LIVE = "s.deleted_at IS NULL"


def find_stack_id(tx: Transaction, scope: Scope, alias: str) -> str | None:
    """The live stack that has the alias, or None."""
    row = tx.one(
        "SELECT a.stack_id FROM cloudformation_aliases a JOIN cloudformation_stacks s ON s.stack_id = a.stack_id"
        f" WHERE a.account = :account AND a.region = :region AND a.alias = :alias AND {_LIVE}",
        account=scope.account,
        region=scope.region,
        alias=alias,
    )
    return row[0] if row else None


def alias_of(tx: Transaction, stack_id: str) -> str:
    """A stack's alias; empty when it has none."""
    row = tx.one("SELECT alias FROM cloudformation_aliases WHERE stack_id = :id", id=stack_id)
    return row[0] if row else ""


def put_alias(tx: Transaction, scope: Scope, alias: str, stack_id: str) -> None:
    tx.run(
        "INSERT INTO cloudformation_aliases (account, region, alias, stack_id)"
        " VALUES (:account, :region, :alias, :id)"
        " ON CONFLICT (account, region, alias) DO UPDATE SET stack_id = excluded.stack_id",
        account=scope.account,
        region=scope.region,
        alias=alias,
        id=stack_id,
    )


def delete_alias(tx: Transaction, scope: Scope, alias: str) -> None:
    tx.run(
        "DELETE FROM cloudformation_aliases WHERE account = :account AND region = :region AND alias = :alias",
        account=scope.account,
        region=scope.region,
        alias=alias,
    )
