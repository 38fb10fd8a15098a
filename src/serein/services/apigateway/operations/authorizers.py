"""Authorizers: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.authorizers import (
    MOST_AUTHORIZERS,
    new_authorizer,
    patch_authorizer,
    require_authorizer,
)
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import ConflictException, require_room
from serein.services.apigateway.parts import patched, require_part, resources_of
from serein.services.apigateway.store import apis


@operation("CreateAuthorizer", stored=("authType",))
@checked
async def create_authorizer(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, ConflictException. AWS: an API that isn't there is a concurrent modification."""

    def write(tx: Transaction) -> Reply:
        api_id = request["restApiId"]
        if apis.find_api(tx, call.scope, api_id) is None:
            raise ConflictException(
                "Unable to complete operation due to concurrent modification. Please try again later."
            )
        authorizer = new_authorizer(request)
        others = apis.list_parts(tx, api_id, "Authorizer")
        require_room(len(others), MOST_AUTHORIZERS, "Authorizers")
        if any(found["name"] == authorizer["name"] for found in others):
            raise ConflictException("Authorizer name must be unique. Authorizer with this name already exists.")
        apis.put_part(tx, api_id, "Authorizer", authorizer["id"], authorizer)
        return authorizer

    return await call.write(write)


@operation("GetAuthorizer")
@checked
async def get_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["authorizerId"]
    return await call.read(lambda tx: require_part(tx, call.scope, api_id, "Authorizer", part_id))


@operation("GetAuthorizers")
@checked
async def get_authorizers(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = apis.list_parts(tx, request["restApiId"], "Authorizer")
        return page_of(found, lambda authorizer: authorizer["id"], request)

    return await call.read(read)


@operation("UpdateAuthorizer")
@checked
async def update_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        part_id = request["authorizerId"]
        authorizer = require_part(tx, call.scope, request["restApiId"], "Authorizer", part_id)
        patched(authorizer, parse_patches(request), patch_authorizer)
        require_authorizer(authorizer)
        apis.put_part(tx, request["restApiId"], "Authorizer", part_id, authorizer)
        return authorizer

    return await call.write(write)


@operation("DeleteAuthorizer")
@checked
async def delete_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException while a method uses it."""

    def write(tx: Transaction) -> None:
        api_id, part_id = request["restApiId"], request["authorizerId"]
        authorizer = require_part(tx, call.scope, api_id, "Authorizer", part_id)
        for resource in resources_of(tx, api_id).values():
            for verb, method in resource.get("resourceMethods", {}).items():
                if method.get("authorizerId") == part_id:
                    place = f"{resource['path']}/{verb}"
                    raise ConflictException(
                        f"Cannot delete authorizer '{authorizer['name']}', is referenced in method: {place}"
                    )
        apis.delete_part(tx, api_id, "Authorizer", part_id)

    await call.write(write)
    return {}
