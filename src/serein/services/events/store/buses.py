"""The rows of buses."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.events.buses import DEFAULT, Bus
from serein.services.events.errors import bus_not_found

_COLUMNS = "name, definition, tags, created_at, modified_at, revision"


def find_bus(tx: Transaction, scope: Scope, name: str) -> Bus | None:
    """The bus; the default one always is there."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM events_buses WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    if row is not None:
        return _bus(scope, *row)
    return Bus(scope, DEFAULT, {}, {}, 0.0, 0.0, "") if name == DEFAULT else None


def require_bus(tx: Transaction, scope: Scope, name: str) -> Bus:
    """Raises ResourceNotFoundException."""
    found = find_bus(tx, scope, name)
    if found is None:
        raise bus_not_found(name)
    return found


def find_revision(tx: Transaction, scope: Scope, name: str) -> str | None:
    """The revision of a bus that has or had something to route by."""
    row = tx.one(
        "SELECT revision FROM events_buses WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else row[0]


def list_buses(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[Bus]:
    """In the order of names; not the default one when it has no row."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM events_buses WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
    )
    return [_bus(scope, *row) for row in rows]


def count_buses(tx: Transaction, scope: Scope) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM events_buses WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return row[0] if row else 0


def put_bus(tx: Transaction, scope: Scope, name: str, definition: dict[str, Any], tags: dict[str, str]) -> None:
    """Make a bus, or change it."""
    tx.run(
        f"INSERT INTO events_buses (account, region, {_COLUMNS})"
        " VALUES (:account, :region, :name, :definition, :tags, :now, :now, :revision)"
        " ON CONFLICT (account, region, name) DO UPDATE SET definition = excluded.definition, tags = excluded.tags,"
        " modified_at = excluded.modified_at, revision = excluded.revision",
        account=scope.account,
        region=scope.region,
        name=name,
        definition=json.dumps(definition),
        tags=json.dumps(tags),
        now=tx.now,
        revision=new_uuid(),
    )


def revise(tx: Transaction, scope: Scope, name: str) -> None:
    """Say that something has changed that routing depends on."""
    tx.run(
        f"INSERT INTO events_buses (account, region, {_COLUMNS})"
        " VALUES (:account, :region, :name, '{}', '{}', :now, :now, :revision)"
        " ON CONFLICT (account, region, name) DO UPDATE SET revision = excluded.revision",
        account=scope.account,
        region=scope.region,
        name=name,
        now=tx.now,
        revision=new_uuid(),
    )


def delete_bus(tx: Transaction, scope: Scope, name: str) -> None:
    """Delete a bus with its rules."""
    for statement in (
        "DELETE FROM events_rules WHERE account = :account AND region = :region AND bus = :name",
        "DELETE FROM events_buses WHERE account = :account AND region = :region AND name = :name",
    ):
        tx.run(statement, account=scope.account, region=scope.region, name=name)


def _bus(
    scope: Scope, name: str, definition: str, tags: str, created_at: float, modified_at: float, revision: str
) -> Bus:
    return Bus(scope, name, json.loads(definition), json.loads(tags), created_at, modified_at, revision)
