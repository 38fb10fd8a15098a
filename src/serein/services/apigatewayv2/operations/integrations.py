"""Integrations: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.errors import ConflictException
from serein.services.apigatewayv2.integrations import changed_integration, new_integration
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets import integrations as sockets
from serein.services.apigatewayv2.sockets.apis import is_socket_api
from serein.services.apigatewayv2.sockets.parts import delete_of

_PARTIAL = "VPC links lead to addresses that the user names"


@operation("CreateIntegration", partial=_PARTIAL)
async def create_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        integration = sockets.new_integration(request) if is_socket_api(api) else new_integration(request)
        store.put_part(tx, api["ApiId"], "Integration", integration["IntegrationId"], integration)
        return integration

    return await call.write(write)


@operation("GetIntegration")
async def get_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.require_part(tx, request["ApiId"], "Integration", request["IntegrationId"])

    return await call.read(read)


@operation("GetIntegrations")
async def get_integrations(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_parts(tx, request["ApiId"], "Integration")

    return page_of(await call.read(read), "IntegrationId", request)


@operation("UpdateIntegration", partial=_PARTIAL)
async def update_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        old = store.require_part(tx, api["ApiId"], "Integration", request["IntegrationId"])
        changed = sockets.changed_integration if is_socket_api(api) else changed_integration
        integration = changed(old, request)
        store.put_part(tx, api["ApiId"], "Integration", integration["IntegrationId"], integration)
        follow_changes(tx, api)
        return integration

    return await call.write(write)


@operation("DeleteIntegration")
async def delete_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException while a route uses it."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        target = f"integrations/{request['IntegrationId']}"
        for route in store.list_parts(tx, api["ApiId"], "Route"):
            if route.get("Target") == target:
                raise ConflictException(
                    f"Cannot delete Integration '{request['IntegrationId']}'. Integration is referenced by route "
                    f"'{route['RouteKey']}'."
                )
        store.delete_part(tx, api["ApiId"], "Integration", request["IntegrationId"])
        delete_of(tx, api["ApiId"], "IntegrationResponse", "IntegrationId", request["IntegrationId"])

    await call.write(write)
    return {}
