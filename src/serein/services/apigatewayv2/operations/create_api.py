"""CreateApi: make an HTTP API; with a target, make its route, integration and stage too ("quick create")."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import new_api, shown_api
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.quick_create import quick_parts
from serein.services.apigatewayv2.routing import DEFAULT
from serein.services.apigatewayv2.sockets.apis import is_socket_api
from serein.services.apigatewayv2.stages import new_stage


@operation("CreateApi", stored=("IpAddressType",))
async def create_api(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for malformed settings, and for quick create of a WebSocket API."""
    settings = new_api(request, call.now)
    parts = None if is_socket_api(settings) else quick_parts(request)

    def write(tx: Transaction) -> None:
        store.insert_api(tx, call.scope, settings["ApiId"], settings)
        if parts is not None:
            integration, route = parts
            store.put_part(tx, settings["ApiId"], "Integration", integration["IntegrationId"], integration)
            store.put_part(tx, settings["ApiId"], "Route", route["RouteId"], route)
            stage = new_stage({"StageName": DEFAULT, "AutoDeploy": True}, tx.now)
            stage.settings["ApiGatewayManaged"] = True
            store.put_stage(tx, settings["ApiId"], stage)
            follow_changes(tx, settings)

    await call.write(write)
    return shown_api(settings, call.platform.limits.endpoint)
