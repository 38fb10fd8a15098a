"""Integration responses of WebSocket APIs: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.sockets.integrations import changed_integration_response, new_integration_response
from serein.services.apigatewayv2.sockets.responses import Responses

_RESPONSES = Responses("Integration", new_integration_response, changed_integration_response)


@operation("CreateIntegrationResponse")
async def create_integration_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.create(call, request)


@operation("GetIntegrationResponse")
async def get_integration_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.get(call, request)


@operation("GetIntegrationResponses")
async def get_integration_responses(call: Call, request: Request) -> Reply:
    return await _RESPONSES.find_all(call, request)


@operation("UpdateIntegrationResponse")
async def update_integration_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.update(call, request)


@operation("DeleteIntegrationResponse")
async def delete_integration_response(call: Call, request: Request) -> Reply:
    return await _RESPONSES.delete(call, request)
