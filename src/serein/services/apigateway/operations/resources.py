"""Resources: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.control.resource_tree import (
    family_of,
    new_resource,
    patch_resource,
    require_resource,
    shown_resource,
)
from serein.services.apigateway.errors import BadRequestException, not_found
from serein.services.apigateway.parts import find_resource, put_resource, resources_of
from serein.services.apigateway.store import apis


def _require_resources(tx: Transaction, call: Call, request: Request) -> dict[str, dict[str, Any]]:
    if apis.find_api(tx, call.scope, request["restApiId"]) is None:
        raise not_found("Resource")
    return resources_of(tx, request["restApiId"])


@operation("CreateResource")
@checked
async def create_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, Conflict-, LimitExceededException."""

    def write(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        resource = new_resource(resources_of(tx, request["restApiId"]), request["parentId"], request["pathPart"])
        put_resource(tx, request["restApiId"], resource)
        return resource

    return await call.write(write)


@operation("GetResource")
@checked
async def get_resource(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    found = await call.read(lambda tx: find_resource(tx, call.scope, request))
    return shown_resource(found, has_methods="methods" in request.get("embed", ()))


@operation("GetResources")
@checked
async def get_resources(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        apis.require_api(tx, call.scope, request["restApiId"])
        return list(resources_of(tx, request["restApiId"]).values())

    has_methods = "methods" in request.get("embed", ())
    reply = page_of(await call.read(read), lambda resource: resource["path"], request)
    reply["items"] = [shown_resource(resource, has_methods=has_methods) for resource in reply["items"]]
    return reply


@operation("UpdateResource")
@checked
async def update_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> Reply:
        resources = _require_resources(tx, call, request)
        resource = require_resource(resources, request["resourceId"])
        for patch in patches:
            patch_resource(resources, resource, patch)
        for changed in family_of(resources, resource["id"]):
            put_resource(tx, request["restApiId"], changed)
        return shown_resource(resource, has_methods=False)

    return await call.write(write)


@operation("DeleteResource")
@checked
async def delete_resource(call: Call, request: Request) -> Reply:
    """Delete a resource and all below it. Raises NotFoundException, BadRequestException for the root."""

    def write(tx: Transaction) -> None:
        resources = _require_resources(tx, call, request)
        resource = require_resource(resources, request["resourceId"])
        if "parentId" not in resource:
            raise BadRequestException("Cannot delete root resource")
        for gone in family_of(resources, resource["id"]):
            apis.delete_part(tx, request["restApiId"], "Resource", gone["id"])

    await call.write(write)
    return {}
