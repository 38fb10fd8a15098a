"""Rows of deployments."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.codedeploy.deployments import Deployment, Record
from serein.services.codedeploy.errors import DeploymentDoesNotExistException
from serein.services.codedeploy.store.dues import TOPIC

_KEY = "account = :account AND region = :region"
_GROUP = f"{_KEY} AND application = :application AND group_name = :group"
_COLUMNS = "id, account, region, application, group_name, status, created_at, record, token"
_ENDED = "('Succeeded', 'Failed', 'Stopped')"


class Wanted(NamedTuple):
    """Which deployments are to be listed."""

    scope: Scope
    application: str | None
    group: str | None
    statuses: tuple[str, ...]
    start: float
    end: float
    offset: int
    limit: int


def _key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def _deployment(row: Row) -> Deployment:
    id, account, region, application, group, status, created_at, record, token = row
    return Deployment(
        id, Scope(account, region), application, group, status, created_at, Record(**json.loads(record)), token
    )


def append_deployment(tx: Transaction, deployment: Deployment) -> None:
    """Store a new deployment that is due at once."""
    last = tx.one(f"SELECT MAX(sequence) FROM codedeploy_deployments WHERE {_KEY}", **_key(deployment.scope))
    tx.run(
        "INSERT INTO codedeploy_deployments"
        " (id, account, region, application, group_name, status, created_at, sequence, token, record, due_at)"
        " VALUES (:id, :account, :region, :application, :group, :status, :now, :sequence, :token, :record, :now)",
        id=deployment.id,
        application=deployment.application,
        group=deployment.group,
        status=deployment.status,
        now=deployment.created_at,
        sequence=(last[0] if last is not None and last[0] is not None else 0) + 1,
        token=deployment.token,
        record=json.dumps(asdict(deployment.record)),
        **_key(deployment.scope),
    )
    tx.wake(TOPIC)


def save(tx: Transaction, deployment: Deployment) -> None:
    """Store how far a deployment is; when it goes on stays."""
    deployment.record.updated_at = tx.now
    tx.run(
        "UPDATE codedeploy_deployments SET status = :status, record = :record WHERE id = :id",
        id=deployment.id,
        status=deployment.status,
        record=json.dumps(asdict(deployment.record)),
    )


def set_due(tx: Transaction, id: str, due_at: float | None) -> None:
    tx.run("UPDATE codedeploy_deployments SET due_at = :due_at WHERE id = :id", id=id, due_at=due_at)
    tx.wake(TOPIC)


def want_stop(tx: Transaction, deployment: Deployment, *, rolls_back: bool | None) -> None:
    """Have a deployment stopped, and taken back or not; None leaves that to its group."""
    deployment.record.stop_wanted = True
    deployment.record.rolls_back_when_stopped = rolls_back
    save(tx, deployment)
    set_due(tx, deployment.id, tx.now)


def claim_due(tx: Transaction, lease_seconds: float) -> Deployment | None:
    """Take a deployment that is due; another server takes it when this one doesn't come back in time."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM codedeploy_deployments WHERE due_at <= :now ORDER BY due_at LIMIT 1", now=tx.now
    )
    if row is None:
        return None
    found = _deployment(row)
    tx.run(
        "UPDATE codedeploy_deployments SET due_at = :due_at WHERE id = :id", id=found.id, due_at=tx.now + lease_seconds
    )
    return found


def under_way(tx: Transaction) -> list[Deployment]:
    """All deployments that haven't ended."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM codedeploy_deployments WHERE due_at IS NOT NULL ORDER BY created_at")
    return [_deployment(row) for row in rows]


def find_deployment(tx: Transaction, scope: Scope, id: str) -> Deployment | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM codedeploy_deployments WHERE id = :id AND {_KEY}", id=id, **_key(scope))
    return None if row is None else _deployment(row)


def require_deployment(tx: Transaction, scope: Scope, id: str) -> Deployment:
    """Raises DeploymentDoesNotExistException."""
    found = find_deployment(tx, scope, id)
    if found is None:
        raise DeploymentDoesNotExistException(f"The deployment {id} could not be found")
    return found


def find_by_token(tx: Transaction, scope: Scope, token: str) -> Deployment | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM codedeploy_deployments WHERE {_KEY} AND token = :token", token=token, **_key(scope)
    )
    return None if row is None else _deployment(row)


def find_active(tx: Transaction, scope: Scope, application: str, group: str) -> str | None:
    """The id of a group's deployment that hasn't ended."""
    row = tx.one(
        f"SELECT id FROM codedeploy_deployments WHERE {_GROUP} AND status NOT IN {_ENDED} LIMIT 1",
        application=application,
        group=group,
        **_key(scope),
    )
    return None if row is None else row[0]


def find_last(
    tx: Transaction, scope: Scope, application: str, group: str, *, is_successful: bool = False
) -> Deployment | None:
    """A group's last deployment, or its last successful one."""
    successful = " AND status = 'Succeeded'" if is_successful else ""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM codedeploy_deployments WHERE {_GROUP}{successful}"
        " ORDER BY created_at DESC, sequence DESC LIMIT 1",
        application=application,
        group=group,
        **_key(scope),
    )
    return None if row is None else _deployment(row)


def list_ids(tx: Transaction, wanted: Wanted) -> list[str]:
    """The ids of deployments, the newest first."""
    values: dict[str, Any] = {**_key(wanted.scope), "start": wanted.start, "end": wanted.end}
    where = f"{_KEY} AND created_at >= :start AND created_at <= :end"
    for column, value in (("application", wanted.application), ("group_name", wanted.group)):
        if value is not None:
            where += f" AND {column} = :{column}"
            values[column] = value
    if wanted.statuses:
        where += f" AND status IN ({_places(wanted.statuses, values)})"
    rows = tx.all(
        f"SELECT id FROM codedeploy_deployments WHERE {where}"
        " ORDER BY created_at DESC, sequence DESC LIMIT :limit OFFSET :offset",
        limit=wanted.limit,
        offset=wanted.offset,
        **values,
    )
    return [row[0] for row in rows]


def _places(given: Iterable[str], values: dict[str, Any]) -> str:
    names = []
    for number, value in enumerate(given):
        values[f"value{number}"] = value
        names.append(f":value{number}")
    return ", ".join(names)


def rename(tx: Transaction, scope: Scope, application: str, after: str, group: str | None = None) -> None:
    """Have deployments follow the new name of their application, or of their group."""
    column = "application" if group is None else "group_name"
    where = f"{_KEY} AND application = :application" if group is None else _GROUP
    tx.run(
        f"UPDATE codedeploy_deployments SET {column} = :after WHERE {where}",
        application=application,
        after=after,
        **({} if group is None else {"group": group}),
        **_key(scope),
    )
