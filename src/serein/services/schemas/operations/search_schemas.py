"""SearchSchemas: the versions of schemas in which any of some words is found."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.errors import BadRequestException
from serein.services.schemas.pages import limit_of, name_after, page
from serein.services.schemas.records import Schema, Version
from serein.services.schemas.registering import MOST_VERSIONS, require_registry

_BATCH = 20


@operation("SearchSchemas")
async def search_schemas(call: Call, request: Request) -> Reply:
    """AWS: words are apart by blanks, and one of them is enough."""
    registry, limit, after = request["RegistryName"], limit_of(request), name_after(request)
    words = request["Keywords"].lower().split()
    if not words:
        raise BadRequestException("The keywords must not be empty.")
    await call.read(lambda tx: require_registry(tx, call.scope, registry))
    found: list[tuple[Schema, list[Version]]] = []
    while len(found) <= limit:
        start = after
        batch = await call.read(lambda tx: _matches(tx, call, registry, start, words))  # noqa: B023
        found += [(schema, versions) for schema, versions in batch if versions]
        if len(batch) < _BATCH:
            break
        after = batch[-1][0].name
    return page("Schemas", found, limit, lambda match: match[0].name, _shown)


def _matches(
    tx: Transaction, call: Call, registry: str, after: str, words: list[str]
) -> list[tuple[Schema, list[Version]]]:
    """The next schemas, each with its versions that match: perhaps none."""
    return [
        (schema, [each for each in store.list_versions(tx, schema, 2**31, MOST_VERSIONS) if _has(schema, each, words)])
        for schema in store.list_schemas(tx, call.scope, registry, "", after, _BATCH)
    ]


def _has(schema: Schema, version: Version, words: list[str]) -> bool:
    name, content = schema.name.lower(), version.content.lower()
    return any(word in name or word in content for word in words)


def _shown(match: tuple[Schema, list[Version]]) -> Reply:
    schema, versions = match
    return {
        "RegistryName": schema.registry,
        "SchemaArn": schema.arn,
        "SchemaName": schema.name,
        "SchemaVersions": [
            {"CreatedDate": each.created_at, "SchemaVersion": str(each.number), "Type": each.type} for each in versions
        ],
    }
