"""All of EventBridge Schemas' SQL."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.schemas.records import Discoverer, Registry, Schema, Version

_PLACE = "account = :account AND region = :region"
_NAMED = f"{_PLACE} AND registry = :registry AND name = :name"
_SCHEMA = "name, definition, tags, last_version, modified_at"
_VERSION = "version, type, content, created_at"


def find_registry(tx: Transaction, scope: Scope, name: str) -> Registry | None:
    row = tx.one(
        f"SELECT definition, tags FROM schemas_registries WHERE {_PLACE} AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else Registry(scope, name, json.loads(row[0]), json.loads(row[1]))


def put_registry(tx: Transaction, registry: Registry) -> None:
    tx.run(
        "INSERT INTO schemas_registries (account, region, name, definition, tags)"
        " VALUES (:account, :region, :name, :definition, :tags)"
        " ON CONFLICT (account, region, name) DO UPDATE SET definition = :definition, tags = :tags",
        account=registry.scope.account,
        region=registry.scope.region,
        name=registry.name,
        definition=json.dumps(registry.definition),
        tags=json.dumps(registry.tags),
    )


def delete_registry(tx: Transaction, registry: Registry) -> None:
    tx.run(
        f"DELETE FROM schemas_registries WHERE {_PLACE} AND name = :name",
        account=registry.scope.account,
        region=registry.scope.region,
        name=registry.name,
    )


def list_registries(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[Registry]:
    """In the order of names."""
    rows = tx.all(
        f"SELECT name, definition, tags FROM schemas_registries WHERE {_PLACE} AND name > :after"
        " AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
    )
    return [Registry(scope, name, json.loads(definition), json.loads(tags)) for name, definition, tags in rows]


def find_schema(tx: Transaction, scope: Scope, registry: str, name: str) -> Schema | None:
    row = tx.one(
        f"SELECT {_SCHEMA} FROM schemas_schemas WHERE {_NAMED}",
        account=scope.account,
        region=scope.region,
        registry=registry,
        name=name,
    )
    return None if row is None else _schema(scope, registry, *row)


def put_schema(tx: Transaction, schema: Schema) -> None:
    tx.run(
        "INSERT INTO schemas_schemas (account, region, registry, name, definition, tags, last_version, modified_at)"
        " VALUES (:account, :region, :registry, :name, :definition, :tags, :last_version, :modified_at)"
        " ON CONFLICT (account, region, registry, name) DO UPDATE SET definition = :definition, tags = :tags,"
        " last_version = :last_version, modified_at = :modified_at",
        account=schema.scope.account,
        region=schema.scope.region,
        registry=schema.registry,
        name=schema.name,
        definition=json.dumps(schema.definition),
        tags=json.dumps(schema.tags),
        last_version=schema.last_version,
        modified_at=schema.modified_at,
    )


def delete_schema(tx: Transaction, schema: Schema) -> None:
    """With all its versions."""
    for table in ("schemas_versions", "schemas_schemas"):
        tx.run(f"DELETE FROM {table} WHERE {_NAMED}", **_key(schema))


def list_schemas(tx: Transaction, scope: Scope, registry: str, prefix: str, after: str, limit: int) -> list[Schema]:
    """In the order of names."""
    rows = tx.all(
        f"SELECT {_SCHEMA} FROM schemas_schemas WHERE {_PLACE} AND registry = :registry AND name > :after"
        " AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        registry=registry,
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
    )
    return [_schema(scope, registry, *row) for row in rows]


def append_version(tx: Transaction, schema: Schema, version: Version, digest: str) -> None:
    tx.run(
        "INSERT INTO schemas_versions (account, region, registry, name, version, type, content, digest, created_at)"
        " VALUES (:account, :region, :registry, :name, :version, :type, :content, :digest, :created_at)",
        **_key(schema),
        version=version.number,
        type=version.type,
        content=version.content,
        digest=digest,
        created_at=version.created_at,
    )


def find_version(tx: Transaction, schema: Schema, number: int) -> Version | None:
    row = tx.one(
        f"SELECT {_VERSION} FROM schemas_versions WHERE {_NAMED} AND version = :version",
        **_key(schema),
        version=number,
    )
    return None if row is None else Version(*row)


def find_latest(tx: Transaction, schema: Schema) -> Version | None:
    row = tx.one(
        f"SELECT {_VERSION} FROM schemas_versions WHERE {_NAMED} ORDER BY version DESC LIMIT 1", **_key(schema)
    )
    return None if row is None else Version(*row)


def has_digest(tx: Transaction, schema: Schema, digest: str) -> bool:
    """Whether some version has the content with this digest."""
    found = tx.one(
        f"SELECT 1 FROM schemas_versions WHERE {_NAMED} AND digest = :digest LIMIT 1", **_key(schema), digest=digest
    )
    return found is not None


def count_versions(tx: Transaction, schema: Schema) -> int:
    row = tx.one(f"SELECT COUNT(*) FROM schemas_versions WHERE {_NAMED}", **_key(schema))
    return row[0] if row else 0


def list_versions(tx: Transaction, schema: Schema, before: int, limit: int) -> list[Version]:
    """The newest first, of those with a number below `before`."""
    rows = tx.all(
        f"SELECT {_VERSION} FROM schemas_versions WHERE {_NAMED} AND version < :before"
        " ORDER BY version DESC LIMIT :limit",
        **_key(schema),
        before=before,
        limit=limit,
    )
    return [Version(*row) for row in rows]


def delete_version(tx: Transaction, schema: Schema, number: int) -> None:
    tx.run(f"DELETE FROM schemas_versions WHERE {_NAMED} AND version = :version", **_key(schema), version=number)


def find_discoverer(tx: Transaction, scope: Scope, id: str) -> Discoverer | None:
    row = tx.one(
        f"SELECT definition, tags FROM schemas_discoverers WHERE {_PLACE} AND id = :id",
        account=scope.account,
        region=scope.region,
        id=id,
    )
    return None if row is None else Discoverer(scope, id, json.loads(row[0]), json.loads(row[1]))


def put_discoverer(tx: Transaction, discoverer: Discoverer) -> None:
    tx.run(
        "INSERT INTO schemas_discoverers (account, region, id, definition, tags)"
        " VALUES (:account, :region, :id, :definition, :tags)"
        " ON CONFLICT (account, region, id) DO UPDATE SET definition = :definition, tags = :tags",
        account=discoverer.scope.account,
        region=discoverer.scope.region,
        id=discoverer.id,
        definition=json.dumps(discoverer.definition),
        tags=json.dumps(discoverer.tags),
    )


def delete_discoverer(tx: Transaction, discoverer: Discoverer) -> None:
    tx.run(
        f"DELETE FROM schemas_discoverers WHERE {_PLACE} AND id = :id",
        account=discoverer.scope.account,
        region=discoverer.scope.region,
        id=discoverer.id,
    )


def list_discoverers(tx: Transaction, scope: Scope, prefix: str, after: str) -> list[Discoverer]:
    """In the order of ids."""
    rows = tx.all(
        f"SELECT id, definition, tags FROM schemas_discoverers WHERE {_PLACE} AND id > :after"
        " AND substr(id, 1, :length) = :prefix ORDER BY id",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        length=len(prefix),
    )
    return [Discoverer(scope, id, json.loads(definition), json.loads(tags)) for id, definition, tags in rows]


def _key(schema: Schema) -> dict[str, Any]:
    scope = schema.scope
    return {"account": scope.account, "region": scope.region, "registry": schema.registry, "name": schema.name}


def _schema(
    scope: Scope, registry: str, name: str, definition: str, tags: str, last_version: int, modified_at: float
) -> Schema:
    return Schema(scope, registry, name, json.loads(definition), json.loads(tags), last_version, modified_at)
