"""CreateSchema, DescribeSchema, UpdateSchema, DeleteSchema and ListSchemas."""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.documents import require_content
from serein.services.schemas.names import require_schema_name
from serein.services.schemas.pages import limit_of, name_after, page
from serein.services.schemas.records import Schema, Version
from serein.services.schemas.registering import (
    append_version,
    create_schema,
    require_registry,
    require_schema,
    require_version,
)


@operation("CreateSchema")
async def create(call: Call, request: Request) -> Reply:
    registry, name = request["RegistryName"], request["SchemaName"]
    require_schema_name(name)
    require_content(request["Type"], request["Content"])
    definition = {member: request[member] for member in ("Description",) if member in request}

    def write(tx: Transaction) -> tuple[Schema, Version]:
        require_registry(tx, call.scope, registry)
        schema = Schema(call.scope, registry, name, definition, request.get("Tags", {}), 0, tx.now)
        return create_schema(tx, schema, request["Type"], request["Content"])

    schema, version = await call.write(write)
    return schema.described(version)


@operation("DescribeSchema")
async def describe(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        schema = require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"])
        version = require_version(tx, schema, request.get("SchemaVersion"))
        return {**schema.described(version), "Content": version.content}

    return await call.read(read)


@operation("UpdateSchema")
async def update(call: Call, request: Request) -> Reply:
    """A content or a type that is new makes a version. The client's token is spent when it names the latest one."""

    def write(tx: Transaction) -> tuple[Schema, Version]:
        known = require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"])
        latest = require_version(tx, known, None)
        kind, content = request.get("Type", latest.type), request.get("Content", latest.content)
        require_content(kind, content)
        token = request.get("ClientTokenId")
        if token and known.definition.get("_Token") == token:
            return known, latest
        definition: dict[str, Any] = {**known.definition, "_Token": token}
        definition |= {member: request[member] for member in ("Description",) if member in request}
        changed = replace(known, definition=definition, modified_at=tx.now)
        if (kind, content) != (latest.type, latest.content):
            return append_version(tx, changed, kind, content)
        store.put_schema(tx, changed)
        return changed, latest

    schema, version = await call.write(write)
    return schema.described(version)


@operation("DeleteSchema")
async def delete(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        store.delete_schema(tx, require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"]))

    await call.write(write)
    return {}


@operation("ListSchemas")
async def list_schemas(call: Call, request: Request) -> Reply:
    registry, limit, after = request["RegistryName"], limit_of(request), name_after(request)

    def read(tx: Transaction) -> Reply:
        require_registry(tx, call.scope, registry)
        prefix = request.get("SchemaNamePrefix", "")
        found = store.list_schemas(tx, call.scope, registry, prefix, after, limit + 1)
        return page("Schemas", found, limit, lambda schema: schema.name, lambda schema: _summary(tx, schema))

    return await call.read(read)


def _summary(tx: Transaction, schema: Schema) -> Reply:
    return {
        "LastModified": schema.modified_at,
        "SchemaArn": schema.arn,
        "SchemaName": schema.name,
        "Tags": schema.tags,
        "VersionCount": store.count_versions(tx, schema),
    }
