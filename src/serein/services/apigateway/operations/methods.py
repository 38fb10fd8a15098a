"""Methods: put, get, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.methods import new_method, patch_method, require_references
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.parts import find_method, find_resource, finder, patched, put_resource


@operation("PutMethod")
@checked
async def put_method(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        resource = find_resource(tx, call.scope, request)
        method = new_method(resource, request["httpMethod"], request, finder(tx, request["restApiId"]))
        resource.setdefault("resourceMethods", {})[request["httpMethod"]] = method
        put_resource(tx, request["restApiId"], resource)
        return method

    return await call.write(write)


@operation("GetMethod")
@checked
async def get_method(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return (await call.read(lambda tx: find_method(tx, call.scope, request)))[1]


@operation("UpdateMethod")
@checked
async def update_method(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        patched(method, parse_patches(request), patch_method)
        require_references(method, finder(tx, request["restApiId"]))
        put_resource(tx, request["restApiId"], resource)
        return method

    return await call.write(write)


@operation("DeleteMethod")
@checked
async def delete_method(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        resource, _ = find_method(tx, call.scope, request)
        del resource["resourceMethods"][request["httpMethod"]]
        if not resource["resourceMethods"]:
            del resource["resourceMethods"]
        put_resource(tx, request["restApiId"], resource)

    await call.write(write)
    return {}
