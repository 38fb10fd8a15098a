"""Method responses: put, get, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.methods import new_response, patch_response, require_models, require_response
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.parts import find_method, finder, patched, put_resource


@operation("PutMethodResponse")
@checked
async def put_method_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        status = request["statusCode"]
        response = new_response(method, status, request, finder(tx, request["restApiId"]))
        method["methodResponses"] = dict(sorted({**method.get("methodResponses", {}), status: response}.items()))
        put_resource(tx, request["restApiId"], resource)
        return response

    return await call.write(write)


@operation("GetMethodResponse")
@checked
async def get_method_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        return require_response(find_method(tx, call.scope, request)[1], request["statusCode"])

    return await call.read(read)


@operation("UpdateMethodResponse")
@checked
async def update_method_response(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        resource, method = find_method(tx, call.scope, request)
        response = require_response(method, request["statusCode"])
        patched(response, parse_patches(request), patch_response)
        require_models(response.get("responseModels", {}), finder(tx, request["restApiId"]))
        put_resource(tx, request["restApiId"], resource)
        return response

    return await call.write(write)


@operation("DeleteMethodResponse")
@checked
async def delete_method_response(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        resource, method = find_method(tx, call.scope, request)
        require_response(method, request["statusCode"])
        del method["methodResponses"][request["statusCode"]]
        if not method["methodResponses"]:
            del method["methodResponses"]
        put_resource(tx, request["restApiId"], resource)

    await call.write(write)
    return {}
