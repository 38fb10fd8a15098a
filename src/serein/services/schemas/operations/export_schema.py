"""ExportSchema: an OpenAPI schema as JSON Schema Draft 4."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas.documents import DRAFT4, OPENAPI, draft4_of
from serein.services.schemas.errors import BadRequestException
from serein.services.schemas.records import Schema, Version
from serein.services.schemas.registering import require_schema, require_version


@operation("ExportSchema")
async def export_schema(call: Call, request: Request) -> Reply:
    if request["Type"] != DRAFT4:
        raise BadRequestException(f"Schemas are exported as {DRAFT4} only, not as {request['Type']}.")

    def read(tx: Transaction) -> tuple[Schema, Version]:
        schema = require_schema(tx, call.scope, request["RegistryName"], request["SchemaName"])
        return schema, require_version(tx, schema, request.get("SchemaVersion"))

    schema, version = await call.read(read)
    content = version.content
    if version.type == OPENAPI:
        content = json.dumps(draft4_of(json.loads(content)), separators=(",", ":"), ensure_ascii=False)
    return {
        "Content": content,
        "SchemaArn": schema.arn,
        "SchemaName": schema.name,
        "SchemaVersion": str(version.number),
        "Type": DRAFT4,
    }
