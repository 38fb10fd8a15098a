"""Rows of applications, their groups and revisions, and of deployment configurations."""

import json
from typing import Any, NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.codedeploy.errors import ApplicationDoesNotExistException, DeploymentGroupDoesNotExistException

_KEY = "account = :account AND region = :region"
_APPLICATION = f"{_KEY} AND application = :application"


class Application(NamedTuple):
    """An application."""

    name: str
    id: str
    created_at: float
    tags: dict[str, str]


class Group(NamedTuple):
    """A deployment group; `definition` has what was put, by CodeDeploy's names."""

    application: str
    name: str
    id: str
    definition: dict[str, Any]
    tags: dict[str, str]


class KnownRevision(NamedTuple):
    """A revision of an application, and when it was used."""

    key: str
    revision: dict[str, Any]
    description: str
    registered_at: float
    first_used_at: float | None
    last_used_at: float | None
    groups: list[str]


def _key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def find_application(tx: Transaction, scope: Scope, name: str) -> Application | None:
    row = tx.one(
        f"SELECT name, id, created_at, tags FROM codedeploy_applications WHERE {_KEY} AND name = :name",
        name=name,
        **_key(scope),
    )
    return None if row is None else Application(row[0], row[1], row[2], json.loads(row[3]))


def require_application(tx: Transaction, scope: Scope, name: str) -> Application:
    """Raises ApplicationDoesNotExistException."""
    found = find_application(tx, scope, name)
    if found is None:
        raise ApplicationDoesNotExistException(f"No application found for name: {name}")
    return found


def list_applications(tx: Transaction, scope: Scope, after: str, limit: int) -> list[str]:
    rows = tx.all(
        f"SELECT name FROM codedeploy_applications WHERE {_KEY} AND name > :after ORDER BY name LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope),
    )
    return [row[0] for row in rows]


def put_application(tx: Transaction, scope: Scope, application: Application) -> None:
    tx.run(
        "INSERT INTO codedeploy_applications (account, region, name, id, created_at, tags)"
        " VALUES (:account, :region, :name, :id, :created_at, :tags)"
        " ON CONFLICT (account, region, name) DO UPDATE SET tags = :tags",
        name=application.name,
        id=application.id,
        created_at=application.created_at,
        tags=json.dumps(application.tags),
        **_key(scope),
    )


def rename_application(tx: Transaction, scope: Scope, before: str, after: str) -> None:
    for table, column in (("applications", "name"), ("groups", "application"), ("revisions", "application")):
        tx.run(
            f"UPDATE codedeploy_{table} SET {column} = :after WHERE {_KEY} AND {column} = :before",
            before=before,
            after=after,
            **_key(scope),
        )


def delete_application(tx: Transaction, scope: Scope, name: str) -> None:
    """Remove an application with its groups and revisions; not an error when there is none."""
    tx.run(f"DELETE FROM codedeploy_applications WHERE {_KEY} AND name = :name", name=name, **_key(scope))
    for table in ("groups", "revisions"):
        tx.run(f"DELETE FROM codedeploy_{table} WHERE {_APPLICATION}", application=name, **_key(scope))


def _group(row: Row) -> Group:
    return Group(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]))


def find_group(tx: Transaction, scope: Scope, application: str, name: str) -> Group | None:
    row = tx.one(
        f"SELECT application, name, id, definition, tags FROM codedeploy_groups WHERE {_APPLICATION} AND name = :name",
        application=application,
        name=name,
        **_key(scope),
    )
    return None if row is None else _group(row)


def require_group(tx: Transaction, scope: Scope, application: str, name: str) -> Group:
    """Raises ApplicationDoesNotExistException and DeploymentGroupDoesNotExistException."""
    require_application(tx, scope, application)
    found = find_group(tx, scope, application, name)
    if found is None:
        raise DeploymentGroupDoesNotExistException(f"No Deployment Group found for name: {name}")
    return found


def list_groups(tx: Transaction, scope: Scope, application: str, after: str, limit: int) -> list[str]:
    rows = tx.all(
        f"SELECT name FROM codedeploy_groups WHERE {_APPLICATION} AND name > :after ORDER BY name LIMIT :limit",
        application=application,
        after=after,
        limit=limit,
        **_key(scope),
    )
    return [row[0] for row in rows]


def groups_with_config(tx: Transaction, scope: Scope, config: str) -> list[str]:
    """The names of groups whose deployments go by a configuration."""
    rows = tx.all(f"SELECT name, definition FROM codedeploy_groups WHERE {_KEY}", **_key(scope))
    return [name for name, definition in rows if json.loads(definition)["deploymentConfigName"] == config]


def put_group(tx: Transaction, scope: Scope, group: Group) -> None:
    tx.run(
        "INSERT INTO codedeploy_groups (account, region, application, name, id, definition, tags)"
        " VALUES (:account, :region, :application, :name, :id, :definition, :tags)"
        " ON CONFLICT (account, region, application, name) DO UPDATE SET definition = :definition, tags = :tags",
        application=group.application,
        name=group.name,
        id=group.id,
        definition=json.dumps(group.definition),
        tags=json.dumps(group.tags),
        **_key(scope),
    )


def delete_group(tx: Transaction, scope: Scope, application: str, name: str) -> None:
    tx.run(
        f"DELETE FROM codedeploy_groups WHERE {_APPLICATION} AND name = :name",
        application=application,
        name=name,
        **_key(scope),
    )


def find_config(tx: Transaction, scope: Scope, name: str) -> dict[str, Any] | None:
    """A configuration that was made here."""
    row = tx.one(f"SELECT definition FROM codedeploy_configs WHERE {_KEY} AND name = :name", name=name, **_key(scope))
    if row is None:
        return None
    definition: dict[str, Any] = json.loads(row[0])
    return definition


def list_configs(tx: Transaction, scope: Scope) -> list[str]:
    rows = tx.all(f"SELECT name FROM codedeploy_configs WHERE {_KEY} ORDER BY name", **_key(scope))
    return [row[0] for row in rows]


def put_config(tx: Transaction, scope: Scope, name: str, definition: dict[str, Any]) -> None:
    tx.run(
        "INSERT INTO codedeploy_configs (account, region, name, definition)"
        " VALUES (:account, :region, :name, :definition)",
        name=name,
        definition=json.dumps(definition),
        **_key(scope),
    )


def delete_config(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(f"DELETE FROM codedeploy_configs WHERE {_KEY} AND name = :name", name=name, **_key(scope))


_REVISION = "key, revision, description, registered_at, first_used_at, last_used_at, groups"


def _revision(row: Row) -> KnownRevision:
    return KnownRevision(row[0], json.loads(row[1]), row[2], row[3], row[4], row[5], json.loads(row[6]))


def find_revision(tx: Transaction, scope: Scope, application: str, key: str) -> KnownRevision | None:
    row = tx.one(
        f"SELECT {_REVISION} FROM codedeploy_revisions WHERE {_APPLICATION} AND key = :key",
        application=application,
        key=key,
        **_key(scope),
    )
    return None if row is None else _revision(row)


def list_revisions(tx: Transaction, scope: Scope, application: str) -> list[KnownRevision]:
    rows = tx.all(
        f"SELECT {_REVISION} FROM codedeploy_revisions WHERE {_APPLICATION} ORDER BY registered_at, key",
        application=application,
        **_key(scope),
    )
    return [_revision(row) for row in rows]


def put_revision(tx: Transaction, scope: Scope, application: str, known: KnownRevision) -> None:
    tx.run(
        "INSERT INTO codedeploy_revisions (account, region, application, key, revision, description, registered_at,"
        " first_used_at, last_used_at, groups) VALUES (:account, :region, :application, :key, :revision, :description,"
        " :registered_at, :first_used_at, :last_used_at, :groups)"
        " ON CONFLICT (account, region, application, key) DO UPDATE SET description = :description,"
        " first_used_at = :first_used_at, last_used_at = :last_used_at, groups = :groups",
        application=application,
        key=known.key,
        revision=json.dumps(known.revision),
        description=known.description,
        registered_at=known.registered_at,
        first_used_at=known.first_used_at,
        last_used_at=known.last_used_at,
        groups=json.dumps(known.groups),
        **_key(scope),
    )
