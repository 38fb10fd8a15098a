"""UpdateApi: change an API's settings."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import changed_api, shown_api
from serein.services.apigatewayv2.deployments import follow_changes


@operation("UpdateApi", partial="not Target, RouteKey and CredentialsArn of quick create", stored=("IpAddressType",))
async def update_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""
    for name in ("Target", "RouteKey", "CredentialsArn"):
        if request.get(name):
            raise NotImplementedHere(f"Serein does not implement UpdateApi's {name}: update the route or integration")

    def write(tx: Transaction) -> Reply:
        settings = store.require_api(tx, call.scope, request["ApiId"])
        changed = changed_api(settings, request)
        store.update_api(tx, request["ApiId"], changed)
        if changed.get("CorsConfiguration") != settings.get("CorsConfiguration"):
            follow_changes(tx, changed)
        return changed

    return shown_api(await call.write(write), call.platform.limits.endpoint)
