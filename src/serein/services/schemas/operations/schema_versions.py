"""ListSchemaVersions and DeleteSchemaVersion."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.pages import limit_of, number_before, page
from serein.services.schemas.registering import require_schema, require_version


@operation("ListSchemaVersions")
async def list_schema_versions(call: Call, request: Request) -> Reply:
    limit, before = limit_of(request), number_before(request)

    def read(tx: Transaction) -> Reply:
        schema = require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"])
        shown = {"SchemaArn": schema.arn, "SchemaName": schema.name}
        return page(
            "SchemaVersions",
            store.list_versions(tx, schema, before, limit + 1),
            limit,
            lambda version: version.number,
            lambda version: {**shown, "SchemaVersion": str(version.number), "Type": version.type},
        )

    return await call.read(read)


@operation("DeleteSchemaVersion")
async def delete_schema_version(call: Call, request: Request) -> Reply:
    """A schema goes with its last version."""

    def delete(tx: Transaction) -> None:
        schema = require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"])
        version = require_version(tx, schema, request["SchemaVersion"])
        store.delete_version(tx, schema, version.number)
        if store.find_latest(tx, schema) is None:
            store.delete_schema(tx, schema)

    await call.write(delete)
    return {}
