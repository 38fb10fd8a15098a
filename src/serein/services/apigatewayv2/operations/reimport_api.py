"""ReimportApi: replace an API's settings, routes and integrations by an OpenAPI 3 definition's."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import new_api, shown_api
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.imports import imported_parts, parse_request, put_parts


@operation("ReimportApi")
async def reimport_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, and BadRequestException for a malformed definition."""
    definition = parse_request(call, request)
    settings = new_api(definition.api, call.now)
    parts = imported_parts(definition)

    def write(tx: Transaction) -> Reply:
        old = store.require_api(tx, call.scope, request["ApiId"])
        changed = {**settings, "ApiId": old["ApiId"], "CreatedDate": old["CreatedDate"]}
        changed["Tags"] = {**old["Tags"], **settings["Tags"]}
        store.update_api(tx, old["ApiId"], changed)
        store.delete_parts(tx, old["ApiId"])
        put_parts(tx, old["ApiId"], parts)
        follow_changes(tx, changed)
        return changed

    reply = shown_api(await call.write(write), call.platform.limits.endpoint)
    return {**reply, "Warnings": definition.warnings} if definition.warnings else reply
