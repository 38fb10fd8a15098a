"""Authorizers: create, get, list, update and delete, and forgetting what Lambda authorizers answered."""

from collections.abc import Hashable
from typing import Any

from serein.execute_api.lambda_authorizers import authorizers_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.authorizers import changed_authorizer, new_authorizer
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException
from serein.services.apigatewayv2.pages import page_of

_MOST_AUTHORIZERS = 10


@operation("CreateAuthorizer")
async def create_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException for a name in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        authorizer = new_authorizer(request, api["ProtocolType"])
        if len(store.list_parts(tx, api["ApiId"], "Authorizer")) >= _MOST_AUTHORIZERS:
            raise BadRequestException("Maximum number of authorizers for this API has been reached")
        _check_name(tx, api["ApiId"], authorizer)
        store.put_part(tx, api["ApiId"], "Authorizer", authorizer["AuthorizerId"], authorizer)
        return authorizer

    return await call.write(write)


@operation("GetAuthorizer")
async def get_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.require_part(tx, request["ApiId"], "Authorizer", request["AuthorizerId"])

    return await call.read(read)


@operation("GetAuthorizers")
async def get_authorizers(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a malformed page size or token."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_parts(tx, request["ApiId"], "Authorizer")

    return page_of(await call.read(read), "AuthorizerId", request)


@operation("UpdateAuthorizer")
async def update_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException for a name in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        old = store.require_part(tx, api["ApiId"], "Authorizer", request["AuthorizerId"])
        if request.get("AuthorizerType", old["AuthorizerType"]) != old["AuthorizerType"]:
            raise BadRequestException("Authorizer type can not be changed")
        authorizer = changed_authorizer(old, request, api["ProtocolType"])
        _check_name(tx, api["ApiId"], authorizer)
        store.put_part(tx, api["ApiId"], "Authorizer", authorizer["AuthorizerId"], authorizer)
        follow_changes(tx, api)
        return authorizer

    return await call.write(write)


@operation("DeleteAuthorizer")
async def delete_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException while a route uses it."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        store.require_part(tx, api["ApiId"], "Authorizer", request["AuthorizerId"])
        for route in store.list_parts(tx, api["ApiId"], "Route"):
            if route.get("AuthorizerId") == request["AuthorizerId"]:
                raise ConflictException(
                    f"Cannot delete authorizer '{request['AuthorizerId']}', is referenced by route "
                    f"'{route['RouteKey']}'"
                )
        store.delete_part(tx, api["ApiId"], "Authorizer", request["AuthorizerId"])

    await call.write(write)
    return {}


@operation("ResetAuthorizersCache")
async def reset_authorizers_cache(call: Call, request: Request) -> Reply:
    """Forget what the authorizers of a stage answered. Raises NotFoundException."""
    api_id, stage = request["ApiId"], request["StageName"]

    def read(tx: Transaction) -> None:
        store.require_api(tx, call.scope, api_id)
        store.require_stage(tx, api_id, stage)

    await call.read(read)

    def belongs(authorizer: Hashable) -> bool:
        return isinstance(authorizer, tuple) and authorizer[:2] == (api_id, stage)

    authorizers_of(call.platform).forget(belongs)
    return {}


def _check_name(tx: Transaction, api_id: str, authorizer: dict[str, Any]) -> None:
    for other in store.list_parts(tx, api_id, "Authorizer"):
        if other["Name"] == authorizer["Name"] and other["AuthorizerId"] != authorizer["AuthorizerId"]:
            raise ConflictException(
                f"Authorizer name must be unique. Authorizer {authorizer['Name']} already exists in this API."
            )
