"""The SQL of the versions and aliases of state machines."""

import json

from serein.kernel.database import Row, Transaction
from serein.services.stepfunctions.machines import Alias, Version

_VERSION = "SELECT machine_id, number, revision, description, created_at FROM stepfunctions_versions"
_ALIAS = "SELECT machine_id, name, description, routing, created_at, updated_at FROM stepfunctions_aliases"
_MEMO = "stepfunctions.versions"


def find_version(tx: Transaction, machine_id: str, number: int) -> Version | None:
    key = (_MEMO, machine_id, number)
    if key not in tx.memo:
        row = tx.one(f"{_VERSION} WHERE machine_id = :machine_id AND number = :number",
                     machine_id=machine_id, number=number)  # fmt: skip
        tx.memo[key] = None if row is None else Version(*row)
    found: Version | None = tx.memo[key]
    return found


def find_version_of(tx: Transaction, machine_id: str, revision_id: str) -> Version | None:
    """The latest version that was published of a revision."""
    row = tx.one(f"{_VERSION} WHERE machine_id = :machine_id AND revision = :revision ORDER BY number DESC LIMIT 1",
                 machine_id=machine_id, revision=revision_id)  # fmt: skip
    return None if row is None else Version(*row)


def append_version(tx: Transaction, version: Version) -> None:
    tx.run(
        "INSERT INTO stepfunctions_versions (machine_id, number, revision, description, created_at)"
        " VALUES (:machine_id, :number, :revision, :description, :created_at)",
        machine_id=version.machine_id,
        number=version.number,
        revision=version.revision_id,
        description=version.description,
        created_at=version.created_at,
    )
    tx.memo.clear()


def delete_version(tx: Transaction, machine_id: str, number: int) -> None:
    tx.run("DELETE FROM stepfunctions_versions WHERE machine_id = :machine_id AND number = :number",
           machine_id=machine_id, number=number)  # fmt: skip
    tx.memo.clear()


def list_versions(tx: Transaction, machine_id: str, before: int, limit: int) -> list[Version]:
    """Versions with a number below `before`, the newest first."""
    rows = tx.all(
        f"{_VERSION} WHERE machine_id = :machine_id AND number < :before ORDER BY number DESC LIMIT :limit",
        machine_id=machine_id,
        before=before,
        limit=limit,
    )
    return [Version(*row) for row in rows]


def count_versions(tx: Transaction, machine_id: str) -> int:
    row = tx.one("SELECT count(*) FROM stepfunctions_versions WHERE machine_id = :machine_id", machine_id=machine_id)
    return int(row[0]) if row else 0


def find_alias(tx: Transaction, machine_id: str, name: str) -> Alias | None:
    key = (_MEMO, machine_id, name)
    if key not in tx.memo:
        row = tx.one(f"{_ALIAS} WHERE machine_id = :machine_id AND name = :name", machine_id=machine_id, name=name)
        tx.memo[key] = None if row is None else _alias(row)
    found: Alias | None = tx.memo[key]
    return found


def put_alias(tx: Transaction, alias: Alias) -> None:
    """Store an alias, new or changed."""
    tx.run(
        "INSERT INTO stepfunctions_aliases (machine_id, name, description, routing, created_at, updated_at)"
        " VALUES (:machine_id, :name, :description, :routing, :created_at, :updated_at)"
        " ON CONFLICT (machine_id, name) DO UPDATE SET description = :description, routing = :routing,"
        " updated_at = :updated_at",
        machine_id=alias.machine_id,
        name=alias.name,
        description=alias.description,
        routing=json.dumps(alias.routing),
        created_at=alias.created_at,
        updated_at=alias.updated_at,
    )
    tx.memo.clear()


def delete_alias(tx: Transaction, machine_id: str, name: str) -> None:
    tx.run("DELETE FROM stepfunctions_aliases WHERE machine_id = :machine_id AND name = :name",
           machine_id=machine_id, name=name)  # fmt: skip
    tx.memo.clear()


def aliases_of(tx: Transaction, machine_id: str) -> list[Alias]:
    """All aliases of a machine: there are a hundred at most."""
    rows = tx.all(f"{_ALIAS} WHERE machine_id = :machine_id ORDER BY name", machine_id=machine_id)
    return [_alias(row) for row in rows]


def _alias(row: Row) -> Alias:
    machine_id, name, description, routing, created_at, updated_at = row
    routes = tuple((number, weight) for number, weight in json.loads(routing))
    return Alias(machine_id, name, description, routes, created_at, updated_at)
