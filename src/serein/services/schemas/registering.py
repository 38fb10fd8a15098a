"""Registries and their schemas: what has to be there, and how a schema gets a version."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.scope import Scope
from serein.services.schemas import store
from serein.services.schemas.errors import BadRequestException, already_exists, not_found
from serein.services.schemas.names import AWS_EVENTS
from serein.services.schemas.records import Registry, Schema, Version

MOST_VERSIONS = 100
"""AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html#eb-schema-quotas"""


def require_registry(tx: Transaction, scope: Scope, name: str) -> Registry:
    """Raises NotFoundException; NotImplementedHere for the registry of AWS's own events."""
    if name == AWS_EVENTS:
        raise NotImplementedHere(f"Serein does not have the registry {AWS_EVENTS} of AWS's own events")
    found = store.find_registry(tx, scope, name)
    if found is None:
        raise not_found("Registry", name)
    return found


def require_schema(tx: Transaction, scope: Scope, registry: str, name: str) -> Schema:
    """Raises NotFoundException."""
    require_registry(tx, scope, registry)
    found = store.find_schema(tx, scope, registry, name)
    if found is None:
        raise not_found("Schema", name)
    return found


def require_version(tx: Transaction, schema: Schema, number: str | None) -> Version:
    """The version with a number, or the latest one. Raises BadRequestException and NotFoundException."""
    if not number:
        found = store.find_latest(tx, schema)
    elif number.isascii() and number.isdigit() and len(number) < 10:
        found = store.find_version(tx, schema, int(number))
    else:
        raise BadRequestException(f"The schema version must be a number, not {number}.")
    if found is None:
        raise not_found("Schema version", f"{schema.name}, version {number}" if number else schema.name)
    return found


def create_schema(
    tx: Transaction, schema: Schema, kind: str, content: str, *, digest: str = ""
) -> tuple[Schema, Version]:
    """A new schema with its first version. Raises ConflictException."""
    if store.find_schema(tx, schema.scope, schema.registry, schema.name) is not None:
        raise already_exists("Schema", schema.name)
    made = append_version(tx, schema, kind, content, digest=digest)
    _tell(tx, "Schema Created", *made)
    return made


def append_version(
    tx: Transaction, schema: Schema, kind: str, content: str, *, digest: str = ""
) -> tuple[Schema, Version]:
    """The schema with one version more; its `last_version` is kept even when that version is deleted."""
    changed = replace(schema, last_version=schema.last_version + 1, modified_at=tx.now)
    version = Version(changed.last_version, kind, content, tx.now)
    store.put_schema(tx, changed)
    store.append_version(tx, changed, version, digest or digest_of(content))
    _tell(tx, "Schema Version Created", changed, version)
    return changed, version


def digest_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _tell(tx: Transaction, detail_type: str, schema: Schema, version: Version) -> None:
    """AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/event-reference.html#event-detail-schema-created"""
    detail = {
        "SchemaName": schema.name,
        "SchemaType": version.type,
        "RegistryName": schema.registry,
        "CreationDate": datetime.fromtimestamp(version.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": str(version.number),
    }
    entry: dict[str, Any] = {
        "Source": "aws.schemas",
        "DetailType": detail_type,
        "Resources": [schema.arn],
        "Detail": json.dumps(detail),
        "Time": tx.now,
    }
    tx.send(Delivery(Target("events", "PutEvents", schema.scope), {"Entries": [entry]}))
