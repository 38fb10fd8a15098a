"""The SQL of state machines and their revisions, and what the ARN of a machine, version or alias leads to."""

import json
from functools import lru_cache
from typing import Any

from serein.kernel import ids
from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import StateMachineDeleting
from serein.services.stepfunctions.machines import (
    Machine,
    MachineArn,
    Revision,
    Target,
    does_not_exist,
    labeled,
    parse_machine_arn,
)
from serein.services.stepfunctions.store.versions import find_alias, find_version

_REVISION = "r.id, r.is_initial, r.definition, r.role_arn, r.settings, r.created_at"
_SELECT = (
    "SELECT m.id, m.account, m.region, m.name, m.type, m.status, m.last_version, m.tags, m.created_with, m.created_at,"
    f" {_REVISION} FROM stepfunctions_machines m JOIN stepfunctions_revisions r ON r.id = m.revision"
)
_MEMO = "stepfunctions.machines"


def find_machine(tx: Transaction, scope: Scope, name: str) -> Machine | None:
    key = (_MEMO, scope, name)
    if key not in tx.memo:
        row = tx.one(
            f"{_SELECT} WHERE m.account = :account AND m.region = :region AND m.name = :name",
            account=scope.account,
            region=scope.region,
            name=name,
        )
        tx.memo[key] = None if row is None else _machine(row)
    found: Machine | None = tx.memo[key]
    return found


def find_machine_by_id(tx: Transaction, machine_id: str) -> Machine | None:
    """The machine of that id, as long as it is there."""
    row = tx.one(f"{_SELECT} WHERE m.id = :id", id=machine_id)
    return None if row is None else _machine(row)


def require_machine(tx: Transaction, scope: Scope, arn: str) -> Machine:
    """The machine that a plain or qualified ARN names. Raises InvalidArn, StateMachineDoesNotExist."""
    parsed = parse_machine_arn(arn)
    machine = find_machine(tx, scope, parsed.name) if parsed.scope == scope else None
    if machine is None:
        raise does_not_exist(arn)
    return machine


def require_target(tx: Transaction, scope: Scope, arn: str) -> Target:
    """What an execution that is started by `arn` runs: of a machine its latest revision, of an alias one by weight.

    Raises InvalidArn, StateMachineDoesNotExist, StateMachineDeleting, and ValidationException for the ARN of a
    Distributed Map.
    """
    target = describe_target(tx, scope, arn)
    if target.machine.is_deleting:
        raise StateMachineDeleting(f"State Machine is deleting: '{target.machine.arn}'")
    return target


def describe_target(tx: Transaction, scope: Scope, arn: str) -> Target:
    """As `require_target`, of machines that are being deleted too."""
    parsed = parse_machine_arn(arn)
    if parsed.label:
        raise labeled(arn)
    machine = find_machine(tx, scope, parsed.name) if parsed.scope == scope else None
    if machine is None:
        raise does_not_exist(arn)
    if not parsed.is_qualified:
        return Target(machine, machine.revision)
    return _qualified(tx, machine, parsed, arn)


def _qualified(tx: Transaction, machine: Machine, parsed: MachineArn, arn: str) -> Target:
    number = parsed.version
    if number is None:
        alias = find_alias(tx, machine.id, parsed.alias)
        if alias is None:
            raise does_not_exist(arn)
        number = alias.version_for(ids.random_fraction())
    version = find_version(tx, machine.id, number)
    if version is None:
        raise does_not_exist(arn)
    return Target(machine, require_revision(tx, version.revision_id), number, parsed.alias)


def require_revision(tx: Transaction, revision_id: str) -> Revision:
    """The revision of an id that a version, an execution or a machine has."""
    key = (_MEMO, revision_id)
    if key not in tx.memo:
        row = tx.one(f"SELECT {_REVISION} FROM stepfunctions_revisions r WHERE r.id = :id", id=revision_id)
        if row is None:
            raise LookupError(f"there is no revision {revision_id}")
        tx.memo[key] = _revision(row)
    found: Revision = tx.memo[key]
    return found


def append_revision(tx: Transaction, machine_id: str, revision: Revision) -> None:
    tx.run(
        "INSERT INTO stepfunctions_revisions (id, machine_id, is_initial, definition, role_arn, settings, created_at)"
        " VALUES (:id, :machine_id, :is_initial, :definition, :role_arn, :settings, :created_at)",
        id=revision.id,
        machine_id=machine_id,
        is_initial=int(revision.is_initial),
        definition=revision.definition,
        role_arn=revision.role_arn,
        settings=json.dumps(revision.settings, separators=(",", ":")),
        created_at=revision.created_at,
    )


def put_machine(tx: Transaction, machine: Machine) -> None:
    """Store a machine, new or changed; its revision must be stored."""
    tx.run(
        "INSERT INTO stepfunctions_machines (id, account, region, name, type, status, revision, last_version, tags,"
        " created_with, created_at) VALUES (:id, :account, :region, :name, :type, :status, :revision, :last_version,"
        " :tags, :created_with, :created_at) ON CONFLICT (account, region, name) DO UPDATE SET status = :status,"
        " revision = :revision, last_version = :last_version, tags = :tags",
        id=machine.id,
        account=machine.scope.account,
        region=machine.scope.region,
        name=machine.name,
        type=machine.type,
        status=machine.status,
        revision=machine.revision.id,
        last_version=machine.last_version,
        tags=json.dumps(machine.tags),
        created_with=json.dumps(machine.created_with),
        created_at=machine.created_at,
    )
    tx.memo.clear()


def delete_machine(tx: Transaction, machine_id: str) -> None:
    """Remove a machine with its versions and aliases. Its revisions stay for who asks for its executions."""
    for table, column in (
        ("stepfunctions_aliases", "machine_id"),
        ("stepfunctions_versions", "machine_id"),
        ("stepfunctions_machines", "id"),
    ):
        tx.run(f"DELETE FROM {table} WHERE {column} = :id", id=machine_id)
    tx.memo.clear()


def list_machines(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Machine]:
    """Machines by name, those after a name."""
    rows = tx.all(
        f"{_SELECT} WHERE m.account = :account AND m.region = :region AND m.name > :after ORDER BY m.name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [_machine(row) for row in rows]


def count_machines(tx: Transaction, scope: Scope) -> int:
    row = tx.one("SELECT count(*) FROM stepfunctions_machines WHERE account = :account AND region = :region",
                 account=scope.account, region=scope.region)  # fmt: skip
    return int(row[0]) if row else 0


def has_running(tx: Transaction, arn: str, besides: str = "") -> bool:
    """Whether an execution of a machine runs that isn't of Express, `besides` the one of that ARN."""
    return (
        tx.one(
            "SELECT 1 FROM stepfunctions_executions WHERE machine_arn = :arn AND status = 'RUNNING' AND is_express = 0"
            " AND arn <> :besides LIMIT 1",
            arn=arn,
            besides=besides,
        )
        is not None
    )


def _machine(row: Row) -> Machine:
    machine_id, account, region, name, kind, status, last_version, tags, created_with, created_at, *revision = row
    return Machine(
        machine_id,
        Scope(account, region),
        name,
        kind,
        status,
        last_version,
        json.loads(tags),
        json.loads(created_with),
        created_at,
        _revision(tuple(revision)),
    )


def _revision(row: Row) -> Revision:
    revision_id, is_initial, definition, role_arn, settings, created_at = row
    return Revision(revision_id, bool(is_initial), definition, role_arn, _parsed(settings), created_at)


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    """Why kept: most machines have the same few settings."""
    settings: dict[str, Any] = json.loads(text)
    return settings
