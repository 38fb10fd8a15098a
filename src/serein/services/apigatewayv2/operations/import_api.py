"""ImportApi: make an API from an OpenAPI 3 definition."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import new_api, shown_api
from serein.services.apigatewayv2.imports import imported_parts, parse_request, put_parts


@operation("ImportApi")
async def import_api(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed definition, and for warnings when `FailOnWarnings`."""
    definition = parse_request(call, request)
    settings = new_api(definition.api, call.now)
    parts = imported_parts(definition)

    def write(tx: Transaction) -> None:
        store.insert_api(tx, call.scope, settings["ApiId"], settings)
        put_parts(tx, settings["ApiId"], parts)

    await call.write(write)
    reply = shown_api(settings, call.platform.limits.endpoint)
    return {**reply, "Warnings": definition.warnings} if definition.warnings else reply
