"""Integrations: put, get, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.integrations import (
    new_integration,
    patch_integration,
    require_integration,
    require_method_integration,
)
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.parts import find_method, patched, put_resource


@operation("PutIntegration", stored=("integrationTarget",))
@checked
async def put_integration(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        integration = new_integration(method, resource["id"], request)
        method["methodIntegration"] = integration
        put_resource(tx, request["restApiId"], resource)
        return integration

    return await call.write(write)


@operation("GetIntegration")
@checked
async def get_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return require_method_integration((await call.read(lambda tx: find_method(tx, call.scope, request)))[1])


@operation("UpdateIntegration", stored=("integrationTarget",))
@checked
async def update_integration(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        integration = require_method_integration(method)
        patched(integration, parse_patches(request), patch_integration)
        require_integration(method, integration)
        put_resource(tx, request["restApiId"], resource)
        return integration

    return await call.write(write)


@operation("DeleteIntegration")
@checked
async def delete_integration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        resource, method = find_method(tx, call.scope, request)
        require_method_integration(method)
        del method["methodIntegration"]
        put_resource(tx, request["restApiId"], resource)

    await call.write(write)
    return {}
