"""Request validators: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.models import new_validator, patch_validator
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.parts import delete_part, patched, require_part
from serein.services.apigateway.store import apis


@operation("CreateRequestValidator")
@checked
async def create_request_validator(call: Call, request: Request) -> Reply:
    """Raises BadRequestException. AWS: that is also what an API that isn't there is."""

    def write(tx: Transaction) -> Reply:
        if apis.find_api(tx, call.scope, request["restApiId"]) is None:
            raise BadRequestException("Invalid REST API identifier specified")
        validator = new_validator(request)
        apis.put_part(tx, request["restApiId"], "RequestValidator", validator["id"], validator)
        return validator

    return await call.write(write)


@operation("GetRequestValidator")
@checked
async def get_request_validator(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["requestValidatorId"]
    return await call.read(lambda tx: require_part(tx, call.scope, api_id, "RequestValidator", part_id))


@operation("GetRequestValidators")
@checked
async def get_request_validators(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = apis.list_parts(tx, request["restApiId"], "RequestValidator")
        return page_of(found, lambda validator: validator["id"], request)

    return await call.read(read)


@operation("UpdateRequestValidator")
@checked
async def update_request_validator(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        part_id = request["requestValidatorId"]
        validator = require_part(tx, call.scope, request["restApiId"], "RequestValidator", part_id)
        patched(validator, parse_patches(request), patch_validator)
        apis.put_part(tx, request["restApiId"], "RequestValidator", part_id, validator)
        return validator

    return await call.write(write)


@operation("DeleteRequestValidator")
@checked
async def delete_request_validator(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["requestValidatorId"]
    await call.write(lambda tx: delete_part(tx, call.scope, api_id, "RequestValidator", part_id))
    return {}
