"""Rows of layers and their versions."""

import json
from dataclasses import dataclass

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope

_KEY = "account = :account AND region = :region AND name = :name"
_COLUMNS = "name, version, description, licence, runtimes, architectures, code_sha256, size_bytes, created_at"


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A published version of a layer."""

    name: str
    version: int
    description: str
    licence: str
    runtimes: list[str] | None
    """None when it was published without; the same goes for `architectures`."""
    architectures: list[str] | None
    code_sha256: str
    size_bytes: int
    created_at: float


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def _layer(row: Row) -> LayerVersion:
    return LayerVersion(row[0], row[1], row[2], row[3], json.loads(row[4]), json.loads(row[5]), row[6], row[7], row[8])


def claim_version(tx: Transaction, scope: Scope, name: str) -> int:
    """Take the next version number of a layer, which is made when missing; numbers are never used twice."""
    row = tx.one(
        "INSERT INTO lambda_layers (account, region, name, next_version) VALUES (:account, :region, :name, 2)"
        " ON CONFLICT (account, region, name) DO UPDATE SET next_version = lambda_layers.next_version + 1"
        " RETURNING next_version",
        **_key(scope, name),
    )
    return int(row[0]) - 1 if row else 1


def append_version(tx: Transaction, scope: Scope, layer: LayerVersion) -> None:
    tx.run(
        f"INSERT INTO lambda_layer_versions (account, region, {_COLUMNS}) VALUES (:account, :region, :name, :version,"
        " :description, :licence, :runtimes, :architectures, :code_sha256, :size_bytes, :created_at)",
        version=layer.version,
        description=layer.description,
        licence=layer.licence,
        runtimes=json.dumps(layer.runtimes),
        architectures=json.dumps(layer.architectures),
        code_sha256=layer.code_sha256,
        size_bytes=layer.size_bytes,
        created_at=layer.created_at,
        **_key(scope, layer.name),
    )


def find_version(tx: Transaction, scope: Scope, name: str, version: int) -> LayerVersion | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_layer_versions WHERE {_KEY} AND version = :version",
        version=version,
        **_key(scope, name),
    )
    return None if row is None else _layer(row)


def list_versions(tx: Transaction, scope: Scope, name: str) -> list[LayerVersion]:
    """A layer's versions, newest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_layer_versions WHERE {_KEY} ORDER BY version DESC", **_key(scope, name)
    )
    return [_layer(row) for row in rows]


def list_newest(tx: Transaction, scope: Scope) -> list[LayerVersion]:
    """The newest version of every layer, by the layers' names."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_layer_versions v WHERE account = :account AND region = :region AND version ="
        " (SELECT max(version) FROM lambda_layer_versions w WHERE w.account = v.account AND w.region = v.region"
        " AND w.name = v.name) ORDER BY name",
        account=scope.account,
        region=scope.region,
    )
    return [_layer(row) for row in rows]


def remove_version(tx: Transaction, scope: Scope, name: str, version: int) -> list[str]:
    """Remove a version and return its package's hash; nothing when there is none."""
    rows = tx.all(
        f"DELETE FROM lambda_layer_versions WHERE {_KEY} AND version = :version RETURNING code_sha256",
        version=version,
        **_key(scope, name),
    )
    return [row[0] for row in rows]
