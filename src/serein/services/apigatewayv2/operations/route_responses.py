"""Route responses of WebSocket APIs: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.sockets.responses import Responses
from serein.services.apigatewayv2.sockets.routes import changed_route_response, new_route_response

_RESPONSES = Responses("Route", new_route_response, changed_route_response)
_STORED = ("ModelSelectionExpression", "ResponseModels", "ResponseParameters")


@operation("CreateRouteResponse", stored=_STORED)
async def create_route_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.create(call, request)


@operation("GetRouteResponse")
async def get_route_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.get(call, request)


@operation("GetRouteResponses")
async def get_route_responses(call: Call, request: Request) -> Reply:
    return await _RESPONSES.find_all(call, request)


@operation("UpdateRouteResponse", stored=_STORED)
async def update_route_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.update(call, request)


@operation("DeleteRouteResponse")
async def delete_route_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.delete(call, request)
