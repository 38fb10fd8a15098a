"""REST APIs: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.models import default_models
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.control.resource_tree import root_resource
from serein.services.apigateway.control.rest_apis import new_api, patch_api
from serein.services.apigateway.copies import copy_parts
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.parts import patched
from serein.services.apigateway.store import apis, keys

_STORED = ("securityPolicy", "endpointAccessMode")


@operation("CreateRestApi", stored=_STORED)
@checked
async def create_rest_api(call: Call, request: Request) -> Reply:
    """Raises BadRequestException."""

    def write(tx: Transaction) -> dict[str, Any]:
        settings = new_api(request, tx.now)
        if request.get("cloneFrom"):
            source = apis.find_api(tx, call.scope, request["cloneFrom"])
            if source is None:
                raise BadRequestException("Invalid API identifier specified in cloneFrom")
            settings["rootResourceId"] = copy_parts(tx, source["id"], settings["id"])
            for name in ("binaryMediaTypes", "minimumCompressionSize", "description"):
                if name in source:
                    settings.setdefault(name, source[name])
        else:
            root = settings["rootResourceId"]
            apis.put_part(tx, settings["id"], "Resource", root, root_resource(root))
            for model in default_models():
                apis.put_part(tx, settings["id"], "Model", model["name"], model)
        apis.insert_api(tx, call.scope, settings)
        return settings

    return await call.write(write)


@operation("GetRestApi")
@checked
async def get_rest_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    found = await call.read(lambda tx: apis.require_api(tx, call.scope, request["restApiId"]))
    return {"tags": {}, **found}


@operation("GetRestApis")
@checked
async def get_rest_apis(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    found = await call.read(lambda tx: apis.list_apis(tx, call.scope))
    return page_of(found, lambda api: api["id"], request)


@operation("UpdateRestApi", stored=_STORED)
@checked
async def update_rest_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> dict[str, Any]:
        settings = patched(apis.require_api(tx, call.scope, request["restApiId"]), patches, patch_api)
        apis.update_api(tx, settings)
        return {"tags": {}, **settings}

    return await call.write(write)


@operation("DeleteRestApi")
@checked
async def delete_rest_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while a custom domain name leads to the API."""
    api_id = request["restApiId"]
    await call.read(lambda tx: apis.require_api(tx, call.scope, api_id))
    if (await call.to("apigatewayv2", "ApiIsMapped", {"ApiId": api_id}))["IsMapped"]:
        raise BadRequestException(f"Please remove all base path mappings related to the API {api_id} in your domains")

    def write(tx: Transaction) -> None:
        apis.require_api(tx, call.scope, api_id)
        keys.forget_stages(tx, call.scope, api_id)
        apis.delete_api(tx, api_id)

    await call.write(write)
    return {}
