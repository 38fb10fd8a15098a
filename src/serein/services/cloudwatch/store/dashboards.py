"""Rows of dashboards."""

import json
from typing import NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope

_KEY = "account = :account AND region = :region"
_COLUMNS = "name, body, tags, modified_at"


class Dashboard(NamedTuple):
    """A dashboard as it was put."""

    name: str
    body: str
    tags: dict[str, str]
    modified_at: float


def _key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def _dashboard(row: Row) -> Dashboard:
    return Dashboard(row[0], row[1], json.loads(row[2]), row[3])


def find_dashboard(tx: Transaction, scope: Scope, name: str) -> Dashboard | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM cloudwatch_dashboards WHERE {_KEY} AND name = :name", name=name, **_key(scope)
    )
    return None if row is None else _dashboard(row)


def list_dashboards(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[Dashboard]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudwatch_dashboards WHERE {_KEY} AND name > :after AND name >= :prefix"
        " AND SUBSTR(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
        **_key(scope),
    )
    return [_dashboard(row) for row in rows]


def put_dashboard(tx: Transaction, scope: Scope, dashboard: Dashboard) -> None:
    tx.run(
        "INSERT INTO cloudwatch_dashboards (account, region, name, body, tags, modified_at)"
        " VALUES (:account, :region, :name, :body, :tags, :now)"
        " ON CONFLICT (account, region, name) DO UPDATE SET body = :body, tags = :tags, modified_at = :now",
        name=dashboard.name,
        body=dashboard.body,
        tags=json.dumps(dashboard.tags),
        now=dashboard.modified_at,
        **_key(scope),
    )


def delete_dashboard(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(f"DELETE FROM cloudwatch_dashboards WHERE {_KEY} AND name = :name", name=name, **_key(scope))
