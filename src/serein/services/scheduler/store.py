"""All of EventBridge Scheduler's SQL."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.scheduler.definitions import DEFAULT_GROUP, StoredSchedule, group_arn
from serein.services.scheduler.errors import ResourceNotFoundException

TOPIC = "scheduler:due"
"""Woken when a schedule may be due earlier than before."""
_COLUMNS = (
    "account, region, group_name, name, definition, created_at, modified_at, anchor, due_at, client_token"
    " FROM scheduler_schedules"
)
_KEY = "account = :account AND region = :region AND group_name = :group_name AND name = :name"


@dataclass(frozen=True, slots=True)
class Group:
    """A schedule group's row."""

    scope: Scope
    name: str
    created_at: float
    modified_at: float
    tags: dict[str, str]
    client_token: str = ""

    @property
    def arn(self) -> str:
        return group_arn(self.scope, self.name)


def find_group(tx: Transaction, scope: Scope, name: str) -> Group | None:
    """A group, or None. `default` is always there."""
    row = tx.one(
        "SELECT name, created_at, modified_at, tags, client_token FROM scheduler_groups"
        " WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    if row is None:
        return Group(scope, name, tx.now, tx.now, {}) if name == DEFAULT_GROUP else None
    return _group(scope, row)


def require_group(tx: Transaction, scope: Scope, name: str) -> Group:
    """Raises ResourceNotFoundException."""
    group = find_group(tx, scope, name)
    if group is None:
        raise ResourceNotFoundException(f"Schedule group {name} does not exist.")
    return group


def put_group(tx: Transaction, group: Group) -> None:
    """Store a group, new or changed."""
    tx.run(
        "INSERT INTO scheduler_groups (account, region, name, created_at, modified_at, tags, client_token)"
        " VALUES (:account, :region, :name, :created_at, :modified_at, :tags, :client_token)"
        " ON CONFLICT (account, region, name) DO UPDATE SET modified_at = :modified_at, tags = :tags",
        account=group.scope.account,
        region=group.scope.region,
        name=group.name,
        created_at=group.created_at,
        modified_at=group.modified_at,
        tags=json.dumps(group.tags),
        client_token=group.client_token,
    )


def delete_group(tx: Transaction, scope: Scope, name: str) -> None:
    """Remove a group with its schedules."""
    place = {"account": scope.account, "region": scope.region, "name": name}
    tx.run(
        "DELETE FROM scheduler_schedules WHERE account = :account AND region = :region AND group_name = :name", **place
    )
    tx.run("DELETE FROM scheduler_groups WHERE account = :account AND region = :region AND name = :name", **place)
    tx.wake(TOPIC)


def list_groups(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[Group]:
    """Groups by name, those after a name; `default` among them once it has a row."""
    rows = tx.all(
        "SELECT name, created_at, modified_at, tags, client_token FROM scheduler_groups WHERE account = :account"
        " AND region = :region AND name > :after AND name >= :prefix AND name < :end ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        end=_end_of(prefix),
        limit=limit,
    )
    return [_group(scope, row) for row in rows]


def find_schedule(tx: Transaction, scope: Scope, group: str, name: str) -> StoredSchedule | None:
    row = tx.one(
        f"SELECT {_COLUMNS} WHERE {_KEY}", account=scope.account, region=scope.region, group_name=group, name=name
    )
    return None if row is None else _schedule(row)


def require_schedule(tx: Transaction, scope: Scope, group: str, name: str) -> StoredSchedule:
    """Raises ResourceNotFoundException."""
    schedule = find_schedule(tx, scope, group, name)
    if schedule is None:
        raise ResourceNotFoundException(f"Schedule {name} does not exist.")
    return schedule


def put_schedule(tx: Transaction, schedule: StoredSchedule) -> None:
    """Store a schedule, new or changed."""
    tx.run(
        "INSERT INTO scheduler_schedules (account, region, group_name, name, definition, created_at, modified_at,"
        " anchor, due_at, client_token) VALUES (:account, :region, :group_name, :name, :definition, :created_at,"
        " :modified_at, :anchor, :due_at, :client_token)"
        " ON CONFLICT (account, region, group_name, name) DO UPDATE SET definition = :definition,"
        " modified_at = :modified_at, anchor = :anchor, due_at = :due_at, client_token = :client_token",
        account=schedule.scope.account,
        region=schedule.scope.region,
        group_name=schedule.group,
        name=schedule.name,
        definition=json.dumps(schedule.definition),
        created_at=schedule.created_at,
        modified_at=schedule.modified_at,
        anchor=schedule.anchor,
        due_at=schedule.due_at,
        client_token=schedule.client_token,
    )
    tx.wake(TOPIC)


def delete_schedule(tx: Transaction, schedule: StoredSchedule) -> None:
    tx.run(
        f"DELETE FROM scheduler_schedules WHERE {_KEY}",
        account=schedule.scope.account,
        region=schedule.scope.region,
        group_name=schedule.group,
        name=schedule.name,
    )
    tx.wake(TOPIC)


def list_schedules(
    tx: Transaction, scope: Scope, group: str | None, prefix: str, after: tuple[str, str], limit: int
) -> list[StoredSchedule]:
    """Schedules by group and name, those after a place."""
    of_group = "" if group is None else " AND group_name = :group_name"
    values: dict[str, Any] = {} if group is None else {"group_name": group}
    rows = tx.all(
        f"SELECT {_COLUMNS} WHERE account = :account AND region = :region{of_group}"
        " AND (group_name, name) > (:after_group, :after_name) AND name >= :prefix AND name < :end"
        " ORDER BY group_name, name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after_group=after[0],
        after_name=after[1],
        prefix=prefix,
        end=_end_of(prefix),
        limit=limit,
        **values,
    )
    return [_schedule(row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    """When the next schedule is due."""
    row = tx.one("SELECT due_at FROM scheduler_schedules WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    return None if row is None else float(row[0])


def due_schedules(tx: Transaction, now: float, limit: int) -> list[StoredSchedule]:
    """Schedules that are due, the earliest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} WHERE due_at <= :now ORDER BY due_at, account, region, group_name, name LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [_schedule(row) for row in rows]


def _end_of(prefix: str) -> str:
    """What comes after every name with a prefix: names have ASCII characters only."""
    return f"{prefix}\x7f"


def _group(scope: Scope, row: Row) -> Group:
    name, created_at, modified_at, tags, client_token = row
    return Group(scope, name, created_at, modified_at, json.loads(tags), client_token)


def _schedule(row: Row) -> StoredSchedule:
    account, region, group, name, definition, *rest = row
    return StoredSchedule(Scope(account, region), group, name, json.loads(definition), *rest)
