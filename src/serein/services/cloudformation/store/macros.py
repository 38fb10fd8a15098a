"""The SQL of macros."""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope


def put_macro(tx: Transaction, scope: Scope, name: str, function: str) -> None:
    tx.run(
        "INSERT INTO cloudformation_macros (account, region, name, function)"
        " VALUES (:account, :region, :name, :function)"
        " ON CONFLICT (account, region, name) DO UPDATE SET function = excluded.function",
        account=scope.account,
        region=scope.region,
        name=name,
        function=function,
    )


def find_function(tx: Transaction, scope: Scope, name: str) -> str | None:
    """The ARN of the function that is a macro, or None."""
    row = tx.one(
        "SELECT function FROM cloudformation_macros WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return row[0] if row else None


def delete_macro(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(
        "DELETE FROM cloudformation_macros WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
