"""Integration responses of WebSocket APIs: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets.integrations import changed_integration_response, new_integration_response
from serein.services.apigatewayv2.sockets.parts import (
    parts_of,
    require_free_key,
    require_of,
    require_socket_api,
    shown_part,
)

_KIND, _OWNER = "IntegrationResponse", "IntegrationId"
_STORED = ()


@operation("CreateIntegrationResponse", stored=_STORED)
async def create_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for an HTTP API and for a key in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        require_socket_api(api, "Integration responses")
        store.require_part(tx, api["ApiId"], "Integration", request[_OWNER])
        part = new_integration_response(request)
        require_free_key(parts_of(tx, api["ApiId"], _KIND, _OWNER, request[_OWNER]), part, _KIND)
        store.put_part(tx, api["ApiId"], _KIND, part["IntegrationResponseId"], part)
        follow_changes(tx, api)
        return shown_part(part, _OWNER)

    return await call.write(write)


@operation("GetIntegrationResponse")
async def get_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        owner = (_OWNER, request[_OWNER])
        return shown_part(require_of(tx, request["ApiId"], _KIND, request["IntegrationResponseId"], owner), _OWNER)

    return await call.read(read)


@operation("GetIntegrationResponses")
async def get_integration_responses(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_api(tx, call.scope, request["ApiId"])
        store.require_part(tx, request["ApiId"], "Integration", request[_OWNER])
        return parts_of(tx, request["ApiId"], _KIND, _OWNER, request[_OWNER])

    return page_of([shown_part(part, _OWNER) for part in await call.read(read)], "IntegrationResponseId", request)


@operation("UpdateIntegrationResponse", stored=_STORED)
async def update_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a key in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        owner = (_OWNER, request[_OWNER])
        old = require_of(tx, api["ApiId"], _KIND, request["IntegrationResponseId"], owner)
        part = changed_integration_response(old, request)
        require_free_key(parts_of(tx, api["ApiId"], _KIND, _OWNER, request[_OWNER]), part, _KIND)
        store.put_part(tx, api["ApiId"], _KIND, part["IntegrationResponseId"], part)
        follow_changes(tx, api)
        return shown_part(part, _OWNER)

    return await call.write(write)


@operation("DeleteIntegrationResponse")
async def delete_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        owner = (_OWNER, request[_OWNER])
        require_of(tx, api["ApiId"], _KIND, request["IntegrationResponseId"], owner)
        store.delete_part(tx, api["ApiId"], _KIND, request["IntegrationResponseId"])
        follow_changes(tx, api)

    await call.write(write)
    return {}
