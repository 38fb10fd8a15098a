"""UpdateApi: change an API's settings."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import changed_api, shown_api
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.quick_create import change_quick_parts


@operation("UpdateApi", stored=("IpAddressType",))
async def update_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException for a route key in use."""

    def write(tx: Transaction) -> Reply:
        settings = store.require_api(tx, call.scope, request["ApiId"])
        changed = changed_api(settings, request)
        store.update_api(tx, request["ApiId"], changed)
        has_changed = change_quick_parts(tx, request["ApiId"], request)
        if has_changed or changed.get("CorsConfiguration") != settings.get("CorsConfiguration"):
            follow_changes(tx, changed)
        return changed

    return shown_api(await call.write(write), call.platform.limits.endpoint)
