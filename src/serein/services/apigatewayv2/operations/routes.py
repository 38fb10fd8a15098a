"""Routes: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.errors import ConflictException, NotFoundException
from serein.services.apigatewayv2.integrations import checked_route, given_route, new_route
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets import routes as sockets
from serein.services.apigatewayv2.sockets.apis import is_socket_api
from serein.services.apigatewayv2.sockets.parts import delete_of


@operation("CreateRoute", stored=("OperationName",))
async def create_route(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a route key in use, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        route = sockets.new_route(request) if is_socket_api(api) else _checked(tx, api, new_route(request))
        _check(tx, api["ApiId"], route)
        store.put_part(tx, api["ApiId"], "Route", route["RouteId"], route)
        follow_changes(tx, api)
        return route

    return await call.write(write)


@operation("GetRoute")
async def get_route(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.require_part(tx, request["ApiId"], "Route", request["RouteId"])

    return await call.read(read)


@operation("GetRoutes")
async def get_routes(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_parts(tx, request["ApiId"], "Route")

    return page_of(await call.read(read), "RouteId", request)


@operation("UpdateRoute", stored=("OperationName",))
async def update_route(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a route key in use, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        old = store.require_part(tx, api["ApiId"], "Route", request["RouteId"])
        changed = {**old, **given_route(request)} if not is_socket_api(api) else {}
        route = sockets.changed_route(old, request) if is_socket_api(api) else _checked(tx, api, changed)
        _check(tx, api["ApiId"], route)
        store.put_part(tx, api["ApiId"], "Route", route["RouteId"], route)
        follow_changes(tx, api)
        return route

    return await call.write(write)


@operation("DeleteRoute")
async def delete_route(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        store.delete_part(tx, api["ApiId"], "Route", request["RouteId"])
        delete_of(tx, api["ApiId"], "RouteResponse", "RouteId", request["RouteId"])
        follow_changes(tx, api)

    await call.write(write)
    return {}


@operation("DeleteRouteRequestParameter")
async def delete_route_request_parameter(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        route = store.require_part(tx, api["ApiId"], "Route", request["RouteId"])
        if route.get("RequestParameters", {}).pop(request["RequestParameterKey"], None) is None:
            raise NotFoundException("Invalid request parameter key specified")
        store.put_part(tx, api["ApiId"], "Route", route["RouteId"], route)
        follow_changes(tx, api)

    await call.write(write)
    return {}


def _checked(tx: Transaction, api: dict[str, Any], route: dict[str, Any]) -> dict[str, Any]:
    """A route of an HTTP API, whose authorizer is looked up."""
    return checked_route(route, lambda found: store.find_part(tx, api["ApiId"], "Authorizer", found))


def _check(tx: Transaction, api_id: str, route: dict[str, Any]) -> None:
    for other in store.list_parts(tx, api_id, "Route"):
        if other["RouteKey"] == route["RouteKey"] and other["RouteId"] != route["RouteId"]:
            raise ConflictException(f"Route with key {route['RouteKey']} already exists for this API")
    target = route.get("Target")
    if target and store.find_part(tx, api_id, "Integration", target.partition("/")[2]) is None:
        raise NotFoundException(f"Unable to find Integration by ID {target.partition('/')[2]} within API {api_id}")
