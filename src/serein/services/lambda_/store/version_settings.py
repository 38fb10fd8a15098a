"""Rows of those settings of functions and versions that have operations of their own."""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.names import FunctionReference

_KEY = "account = :account AND region = :region AND name = :name AND qualifier = :qualifier AND kind = :kind"


def _key(reference: FunctionReference, kind: str) -> dict[str, str]:
    return {
        "account": reference.scope.account,
        "region": reference.scope.region,
        "name": reference.name,
        "qualifier": reference.qualifier,
        "kind": kind,
    }


def find_setting(tx: Transaction, reference: FunctionReference, kind: str) -> str | None:
    row = tx.one(f"SELECT value FROM lambda_version_settings WHERE {_KEY}", **_key(reference, kind))
    return None if row is None else str(row[0])


def put_setting(tx: Transaction, reference: FunctionReference, kind: str, value: str) -> None:
    tx.run(
        "INSERT INTO lambda_version_settings (account, region, name, qualifier, kind, value)"
        " VALUES (:account, :region, :name, :qualifier, :kind, :value)"
        " ON CONFLICT (account, region, name, qualifier, kind) DO UPDATE SET value = excluded.value",
        value=value,
        **_key(reference, kind),
    )


def remove_setting(tx: Transaction, reference: FunctionReference, kind: str) -> None:
    tx.run(f"DELETE FROM lambda_version_settings WHERE {_KEY}", **_key(reference, kind))


def names_with(tx: Transaction, scope: Scope, kind: str, value: str, after: str, limit: int) -> list[str]:
    """The functions that have a setting of a value, by name."""
    rows = tx.all(
        "SELECT name FROM lambda_version_settings WHERE account = :account AND region = :region AND kind = :kind"
        " AND value = :value AND name > :after ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        kind=kind,
        value=value,
        after=after,
        limit=limit,
    )
    return [row[0] for row in rows]
