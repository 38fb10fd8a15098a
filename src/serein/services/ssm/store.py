"""All of Parameter Store's SQL."""

import json
from typing import NamedTuple

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.ssm.errors import ParameterNotFound, ParameterVersionNotFound
from serein.services.ssm.parameters import Record, Reference

TOPIC = "ssm:expiry"
"""Woken when a parameter may expire earlier than others did."""
_decode = msgspec.json.Decoder(Record).decode
_AT = "account = :account AND region = :region AND name = :name"


class Parameter(NamedTuple):
    """A parameter and the version that was asked for."""

    name: str
    record: Record
    selector: str = ""


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def find_latest(tx: Transaction, scope: Scope, name: str) -> Record | None:
    """The latest version of a parameter, or None."""
    row = tx.one(
        "SELECT v.record FROM ssm_parameters p JOIN ssm_versions v ON v.account = p.account AND v.region = p.region "
        "AND v.name = p.name AND v.version = p.version "
        "WHERE p.account = :account AND p.region = :region AND p.name = :name",
        **_key(scope, name),
    )
    return None if row is None else _decode(row[0])


def require_latest(tx: Transaction, scope: Scope, name: str) -> Record:
    """Raises ParameterNotFound."""
    record = find_latest(tx, scope, name)
    if record is None:
        raise ParameterNotFound
    return record


def require_parameter(tx: Transaction, scope: Scope, reference: Reference) -> Parameter:
    """What a reference means. Raises ParameterNotFound and ParameterVersionNotFound."""
    name, selector = reference
    latest = require_latest(tx, scope, name)
    if not selector:
        return Parameter(name, latest)
    number = int(selector) if selector.isdigit() else labels_of(tx, scope, name).get(selector)
    record = None if number is None else find_version(tx, scope, name, number)
    if record is None:
        kind = "version" if selector.isdigit() else "label"
        raise ParameterVersionNotFound(
            f"Systems Manager could not find {kind} {selector} of {name}. Verify the {kind} and try again."
        )
    return Parameter(name, record, selector)


def find_version(tx: Transaction, scope: Scope, name: str, version: int) -> Record | None:
    """One version, or None."""
    if version >= 2**63:
        return None
    row = tx.one(
        f"SELECT record FROM ssm_versions WHERE {_AT} AND version = :version", version=version, **_key(scope, name)
    )
    return None if row is None else _decode(row[0])


def versions_of(tx: Transaction, scope: Scope, name: str, after: int, limit: int) -> list[Record]:
    """Versions after a number, the oldest first."""
    rows = tx.all(
        f"SELECT record FROM ssm_versions WHERE {_AT} AND version > :after ORDER BY version LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope, name),
    )
    return [_decode(text) for (text,) in rows]


def append_version(tx: Transaction, scope: Scope, name: str, record: Record, expires_at: float | None) -> None:
    """Add a version, which is the latest from now on."""
    key, text = _key(scope, name), msgspec.json.encode(record).decode()
    tx.run(
        "INSERT INTO ssm_parameters (account, region, name, version, tags, expires_at) "
        "VALUES (:account, :region, :name, :version, '{}', :expires_at) "
        "ON CONFLICT (account, region, name) DO UPDATE "
        "SET version = excluded.version, expires_at = excluded.expires_at",
        version=record.Version,
        expires_at=expires_at,
        **key,
    )
    tx.run(
        "INSERT INTO ssm_versions (account, region, name, version, record) "
        "VALUES (:account, :region, :name, :version, :record)",
        version=record.Version,
        record=text,
        **key,
    )
    if expires_at is not None:
        tx.wake(TOPIC)


def oldest_version(tx: Transaction, scope: Scope, name: str) -> int:
    row = tx.one(f"SELECT min(version) FROM ssm_versions WHERE {_AT}", **_key(scope, name))
    return int(row[0]) if row is not None and row[0] is not None else 0


def remove_version(tx: Transaction, scope: Scope, name: str, version: int) -> None:
    tx.run(f"DELETE FROM ssm_versions WHERE {_AT} AND version = :version", version=version, **_key(scope, name))


def remove_parameter(tx: Transaction, scope: Scope, name: str) -> bool:
    """Whether there was one."""
    key = _key(scope, name)
    tx.run(f"DELETE FROM ssm_versions WHERE {_AT}", **key)
    tx.run(f"DELETE FROM ssm_labels WHERE {_AT}", **key)
    return tx.run(f"DELETE FROM ssm_parameters WHERE {_AT}", **key) > 0


def count_parameters(tx: Transaction, scope: Scope) -> int:
    row = tx.one(
        "SELECT count(*) FROM ssm_parameters WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return int(row[0]) if row is not None else 0


def parameters_after(tx: Transaction, scope: Scope, after: str, until: str, limit: int) -> list[Parameter]:
    """Parameters in the order of their names, between two names."""
    bound = "AND p.name < :until " if until else ""
    rows = tx.all(
        "SELECT p.name, v.record FROM ssm_parameters p JOIN ssm_versions v ON v.account = p.account "
        "AND v.region = p.region AND v.name = p.name AND v.version = p.version "
        f"WHERE p.account = :account AND p.region = :region AND p.name > :after {bound}ORDER BY p.name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
        **({"until": until} if until else {}),
    )
    return [Parameter(name, _decode(text)) for name, text in rows]


def labels_of(tx: Transaction, scope: Scope, name: str) -> dict[str, int]:
    """The version that each label of a parameter is attached to."""
    rows = tx.all(f"SELECT label, version FROM ssm_labels WHERE {_AT} ORDER BY label", **_key(scope, name))
    return {label: int(version) for label, version in rows}


def put_label(tx: Transaction, scope: Scope, name: str, label: str, version: int) -> None:
    """Attach a label, or move it."""
    tx.run(
        "INSERT INTO ssm_labels (account, region, name, label, version) "
        "VALUES (:account, :region, :name, :label, :version) "
        "ON CONFLICT (account, region, name, label) DO UPDATE SET version = excluded.version",
        label=label,
        version=version,
        **_key(scope, name),
    )


def remove_label(tx: Transaction, scope: Scope, name: str, label: str) -> None:
    tx.run(f"DELETE FROM ssm_labels WHERE {_AT} AND label = :label", label=label, **_key(scope, name))


def find_tags(tx: Transaction, scope: Scope, name: str) -> dict[str, str] | None:
    """A parameter's tags, or None when there is no such parameter."""
    row = tx.one(f"SELECT tags FROM ssm_parameters WHERE {_AT}", **_key(scope, name))
    return None if row is None else json.loads(row[0])


def replace_tags(tx: Transaction, scope: Scope, name: str, tags: dict[str, str]) -> None:
    tx.run(f"UPDATE ssm_parameters SET tags = :tags WHERE {_AT}", tags=json.dumps(tags), **_key(scope, name))


def next_expiry(tx: Transaction) -> float | None:
    """When the next parameter expires, or None."""
    row = tx.one("SELECT min(expires_at) FROM ssm_parameters WHERE expires_at IS NOT NULL")
    return None if row is None or row[0] is None else float(row[0])


def remove_expired(tx: Transaction) -> None:
    """Delete every parameter whose time has come."""
    rows = tx.all("SELECT account, region, name FROM ssm_parameters WHERE expires_at <= :now", now=tx.now)
    for account, region, name in rows:
        remove_parameter(tx, Scope(account, region), name)
