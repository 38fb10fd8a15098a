"""Gateway responses: put, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.gateway_responses import (
    STATUSES,
    default_response,
    general_of,
    new_response,
    patch_response,
)
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import NotFoundException
from serein.services.apigateway.parts import patched
from serein.services.apigateway.store import apis

_KIND = "GatewayResponse"


@operation("PutGatewayResponse")
@checked
async def put_gateway_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        response = new_response(request)
        apis.put_part(tx, request["restApiId"], _KIND, request["responseType"], response)
        return response

    return await call.write(write)


@operation("GetGatewayResponse")
@checked
async def get_gateway_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        return _response(_those_set(tx, request), request["responseType"])

    return await call.read(read)


@operation("GetGatewayResponses")
@checked
async def get_gateway_responses(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        those_set = _those_set(tx, request)
        found = [_response(those_set, kind) for kind in STATUSES]
        return page_of(found, lambda response: response["responseType"], request)

    return await call.read(read)


@operation("UpdateGatewayResponse")
@checked
async def update_gateway_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        kind = request["responseType"]
        response = {**_response(_those_set(tx, request), kind), "defaultResponse": False}
        patched(response, parse_patches(request), patch_response)
        apis.put_part(tx, request["restApiId"], _KIND, kind, response)
        return response

    return await call.write(write)


@operation("DeleteGatewayResponse")
@checked
async def delete_gateway_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        apis.require_api(tx, call.scope, request["restApiId"])
        if not apis.delete_part(tx, request["restApiId"], _KIND, request["responseType"]):
            raise NotFoundException("Gateway response type not defined on api")

    await call.write(write)
    return {}


def _those_set(tx: Transaction, request: Request) -> dict[str, dict[str, Any]]:
    return {response["responseType"]: response for response in apis.list_parts(tx, request["restApiId"], _KIND)}


def _response(those_set: dict[str, dict[str, Any]], kind: str) -> dict[str, Any]:
    return those_set.get(kind) or default_response(kind, those_set.get(general_of(kind)))
