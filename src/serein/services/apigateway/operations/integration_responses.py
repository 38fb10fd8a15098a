"""Integration responses: put, get, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.integrations import (
    new_response,
    patch_response,
    require_found_response,
    require_method_integration,
    require_response,
)
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import not_found
from serein.services.apigateway.parts import find_method, find_resource, patched, put_resource


@operation("PutIntegrationResponse")
@checked
async def put_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        integration = require_method_integration(method)
        response = new_response(method, request["statusCode"], request)
        responses = {**integration.get("integrationResponses", {}), request["statusCode"]: response}
        integration["integrationResponses"] = dict(sorted(responses.items()))
        put_resource(tx, request["restApiId"], resource)
        return response

    return await call.write(write)


@operation("GetIntegrationResponse")
@checked
async def get_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        integration = require_method_integration(find_method(tx, call.scope, request)[1])
        return require_found_response(integration, request["statusCode"])

    return await call.read(read)


@operation("UpdateIntegrationResponse")
@checked
async def update_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        response = require_found_response(require_method_integration(method), request["statusCode"])
        patched(response, parse_patches(request), patch_response)
        require_response(method, response)
        put_resource(tx, request["restApiId"], resource)
        return response

    return await call.write(write)


@operation("DeleteIntegrationResponse")
@checked
async def delete_integration_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException. AWS: a method that isn't there is an integration that isn't there."""

    def write(tx: Transaction) -> None:
        resource = find_resource(tx, call.scope, request)
        method = resource.get("resourceMethods", {}).get(request["httpMethod"])
        if method is None:
            raise not_found("Integration")
        integration = require_method_integration(method)
        require_found_response(integration, request["statusCode"])
        del integration["integrationResponses"][request["statusCode"]]
        if not integration["integrationResponses"]:
            del integration["integrationResponses"]
        put_resource(tx, request["restApiId"], resource)

    await call.write(write)
    return {}
