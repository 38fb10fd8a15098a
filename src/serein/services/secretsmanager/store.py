"""All of Secrets Manager's SQL."""

import json
from typing import Any, NamedTuple

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.database import Row, Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.secretsmanager.errors import ResourceNotFoundException
from serein.services.secretsmanager.secrets import Secret, Version, arn_in_region, require_name

TOPIC = "secretsmanager:due"
"""Woken when a deletion or a rotation may be due earlier than others were."""
_decode = msgspec.json.Decoder(Secret).decode
_COLUMNS = "n.account, n.region, n.name, n.arn, n.secret_id, n.is_primary, n.own, s.record, s.deleted_at, s.rotates_at"
_FROM = "FROM secretsmanager_names n JOIN secretsmanager_secrets s ON s.secret_id = n.secret_id"
_VERSION = "version_id, number, created_at, accessed_on, stages, kind, value"


class Found(NamedTuple):
    """A secret as one region has it."""

    scope: Scope
    name: str
    arn: str
    secret_id: str
    is_primary: bool
    own: dict[str, Any]
    """What this region's secret has of its own: KmsKeyId, IsReplicated."""
    secret: Secret
    deleted_at: float | None
    rotates_at: float | None


def _found(row: Row) -> Found:
    account, region, name, arn, secret_id, is_primary, own, record, deleted_at, rotates_at = row
    scope = Scope(account, region)
    return Found(
        scope, name, arn, secret_id, bool(is_primary), json.loads(own), _decode(record), deleted_at, rotates_at
    )


def find_secret(tx: Transaction, scope: Scope, secret_id: str) -> Found | None:
    """The secret of a name, an ARN, or an ARN without its random end; None when there is none."""
    arn = find_arn(secret_id)
    if arn is None:
        return _find_by_name(tx, scope, secret_id)
    row = tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE n.arn = :arn", arn=secret_id)
    if row is not None:
        return _found(row)
    found = _find_by_name(tx, arn.scope, arn.resource.removeprefix("secret:"))
    # Why compare: a whole ARN of a secret that is gone must not find another one.
    return found if found is not None and found.arn.startswith(f"{secret_id}-") else None


def _find_by_name(tx: Transaction, scope: Scope, name: str) -> Found | None:
    row = tx.one(
        f"SELECT {_COLUMNS} {_FROM} WHERE n.account = :account AND n.region = :region AND n.name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else _found(row)


def require_secret(tx: Transaction, scope: Scope, secret_id: str) -> Found:
    """Raises ResourceNotFoundException, and ValidationException when that can't be a secret's name nor its ARN."""
    found = find_secret(tx, scope, secret_id)
    if found is None:
        if not secret_id.startswith("arn:"):
            require_name(secret_id)
        raise ResourceNotFoundException
    return found


def find_by_secret(tx: Transaction, secret_id: str) -> Found | None:
    """The primary of a secret, by the platform's own id."""
    row = tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE n.secret_id = :id AND n.is_primary = 1", id=secret_id)
    return None if row is None else _found(row)


def list_secrets(tx: Transaction, scope: Scope) -> list[Found]:
    """All secrets of an account in a region, by name."""
    rows = tx.all(
        f"SELECT {_COLUMNS} {_FROM} WHERE n.account = :account AND n.region = :region ORDER BY n.name",
        account=scope.account,
        region=scope.region,
    )
    return [_found(row) for row in rows]


def names_of(tx: Transaction, secret_id: str) -> list[Found]:
    """The primary and the replicas of a secret, by region."""
    rows = tx.all(f"SELECT {_COLUMNS} {_FROM} WHERE n.secret_id = :id ORDER BY n.region", id=secret_id)
    return [_found(row) for row in rows]


def append_secret(tx: Transaction, scope: Scope, name: str, arn: str, secret: Secret, own: dict[str, Any]) -> Found:
    """Add a secret without any version."""
    secret_id = new_uuid()
    tx.run(
        "INSERT INTO secretsmanager_secrets (secret_id, record) VALUES (:id, :record)",
        id=secret_id,
        record=msgspec.json.encode(secret).decode(),
    )
    _append_name(tx, scope, name, arn, secret_id, own, is_primary=True)
    return Found(scope, name, arn, secret_id, True, own, secret, None, None)


def append_replica(tx: Transaction, primary: Found, region: str, own: dict[str, Any]) -> None:
    """Give a secret a name in another region."""
    scope = Scope(primary.scope.account, region)
    arn = arn_in_region(primary.arn, region)
    _append_name(tx, scope, primary.name, arn, primary.secret_id, own, is_primary=False)


def _append_name(
    tx: Transaction, scope: Scope, name: str, arn: str, secret_id: str, own: dict[str, Any], *, is_primary: bool
) -> None:
    tx.run(
        "INSERT INTO secretsmanager_names (account, region, name, arn, secret_id, is_primary, own) "
        "VALUES (:account, :region, :name, :arn, :id, :is_primary, :own)",
        account=scope.account,
        region=scope.region,
        name=name,
        arn=arn,
        id=secret_id,
        is_primary=int(is_primary),
        own=json.dumps(own),
    )


def replace_own(tx: Transaction, found: Found, own: dict[str, Any]) -> None:
    tx.run("UPDATE secretsmanager_names SET own = :own WHERE arn = :arn", own=json.dumps(own), arn=found.arn)


def remove_name(tx: Transaction, found: Found) -> None:
    tx.run("DELETE FROM secretsmanager_names WHERE arn = :arn", arn=found.arn)


def update_secret(tx: Transaction, secret_id: str, secret: Secret) -> None:
    tx.run(
        "UPDATE secretsmanager_secrets SET record = :record WHERE secret_id = :id",
        id=secret_id,
        record=msgspec.json.encode(secret).decode(),
    )


def schedule_deletion(tx: Transaction, secret_id: str, when: float | None) -> None:
    tx.run("UPDATE secretsmanager_secrets SET deleted_at = :at WHERE secret_id = :id", id=secret_id, at=when)
    tx.wake(TOPIC)


def schedule_rotation(tx: Transaction, secret_id: str, when: float | None) -> None:
    tx.run("UPDATE secretsmanager_secrets SET rotates_at = :at WHERE secret_id = :id", id=secret_id, at=when)
    tx.wake(TOPIC)


def remove_secret(tx: Transaction, secret_id: str) -> None:
    """Delete a secret, its versions and its replicas for good."""
    for table in ("names", "secrets", "versions"):
        tx.run(f"DELETE FROM secretsmanager_{table} WHERE secret_id = :id", id=secret_id)


def copy_versions(tx: Transaction, source: str, target: str) -> None:
    tx.run(
        f"INSERT INTO secretsmanager_versions (secret_id, {_VERSION}) "
        f"SELECT :target, {_VERSION} FROM secretsmanager_versions WHERE secret_id = :source",
        source=source,
        target=target,
    )


def move_name(tx: Transaction, found: Found, secret_id: str) -> None:
    """Make a replica the primary of another secret."""
    tx.run(
        "UPDATE secretsmanager_names SET secret_id = :id, is_primary = 1, own = :own WHERE arn = :arn",
        id=secret_id,
        arn=found.arn,
        own=json.dumps({key: value for key, value in found.own.items() if key != "IsReplicated"}),
    )


def add_record(tx: Transaction, secret: Secret) -> str:
    """Store a secret's record alone; its new id."""
    secret_id = new_uuid()
    tx.run(
        "INSERT INTO secretsmanager_secrets (secret_id, record) VALUES (:id, :record)",
        id=secret_id,
        record=msgspec.json.encode(secret).decode(),
    )
    return secret_id


def versions_of(tx: Transaction, secret_id: str) -> list[Version]:
    """A secret's versions, the newest first."""
    rows = tx.all(
        f"SELECT {_VERSION} FROM secretsmanager_versions WHERE secret_id = :id ORDER BY number DESC", id=secret_id
    )
    return [_version(row) for row in rows]


def _version(row: Row) -> Version:
    version_id, number, created_at, accessed_on, stages, kind, value = row
    return Version(version_id, int(number), created_at, accessed_on, json.loads(stages), kind, bytes(value))


def find_version(tx: Transaction, secret_id: str, version_id: str) -> Version | None:
    row = tx.one(
        f"SELECT {_VERSION} FROM secretsmanager_versions WHERE secret_id = :id AND version_id = :version",
        id=secret_id,
        version=version_id,
    )
    return None if row is None else _version(row)


def find_stage(tx: Transaction, secret_id: str, stage: str) -> Version | None:
    """The version that a staging label is attached to, or None."""
    return next((version for version in versions_of(tx, secret_id) if stage in version.stages), None)


def put_version(tx: Transaction, secret_id: str, version: Version) -> None:
    """Add a version, or replace what is kept of it."""
    tx.run(
        f"INSERT INTO secretsmanager_versions (secret_id, {_VERSION}) "
        "VALUES (:id, :version_id, :number, :created_at, :accessed_on, :stages, :kind, :value) "
        "ON CONFLICT (secret_id, version_id) DO UPDATE SET accessed_on = excluded.accessed_on, "
        "stages = excluded.stages, kind = excluded.kind, value = excluded.value",
        id=secret_id,
        version_id=version.version_id,
        number=version.number,
        created_at=version.created_at,
        accessed_on=version.accessed_on,
        stages=json.dumps(version.stages),
        kind=version.kind,
        value=version.value,
    )


def remove_version(tx: Transaction, secret_id: str, version_id: str) -> None:
    tx.run(
        "DELETE FROM secretsmanager_versions WHERE secret_id = :id AND version_id = :version",
        id=secret_id,
        version=version_id,
    )


def next_due(tx: Transaction) -> float | None:
    """When the next deletion or rotation is due, or None."""
    row = tx.one(
        "SELECT (SELECT min(deleted_at) FROM secretsmanager_secrets WHERE deleted_at IS NOT NULL), "
        "(SELECT min(rotates_at) FROM secretsmanager_secrets WHERE rotates_at IS NOT NULL)"
    )
    due = [float(moment) for moment in row or () if moment is not None]
    return min(due, default=None)


def remove_expired(tx: Transaction) -> None:
    """Delete the secrets whose recovery window has ended."""
    rows = tx.all("SELECT secret_id FROM secretsmanager_secrets WHERE deleted_at <= :now", now=tx.now)
    for (secret_id,) in rows:
        remove_secret(tx, secret_id)


def due_rotations(tx: Transaction) -> list[str]:
    """The ids of secrets whose rotation is due."""
    rows = tx.all("SELECT secret_id FROM secretsmanager_secrets WHERE rotates_at <= :now", now=tx.now)
    return [secret_id for (secret_id,) in rows]
