"""Models: create, get, list, update, delete, and templates made of them."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.model_templates import flattened, template_of
from serein.services.apigateway.control.models import new_model, patch_model
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import ConflictException
from serein.services.apigateway.parts import patched, require_part, resources_of
from serein.services.apigateway.store import apis


@operation("CreateModel")
@checked
async def create_model(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        model = new_model(request)
        if apis.find_part(tx, request["restApiId"], "Model", model["name"]) is not None:
            raise ConflictException("Model name already exists for this REST API")
        apis.put_part(tx, request["restApiId"], "Model", model["name"], model)
        return model

    return await call.write(write)


@operation("GetModel")
@checked
async def get_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        model = require_part(tx, call.scope, request["restApiId"], "Model", request["modelName"])
        if request.get("flatten"):
            models = apis.list_parts(tx, request["restApiId"], "Model")
            model["schema"] = flattened(model, {found["name"]: found for found in models})
        return model

    return await call.read(read)


@operation("GetModels")
@checked
async def get_models(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = apis.list_parts(tx, request["restApiId"], "Model")
        return page_of(found, lambda model: model["name"], request)

    return await call.read(read)


@operation("UpdateModel")
@checked
async def update_model(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        model = require_part(tx, call.scope, request["restApiId"], "Model", request["modelName"])
        patched(model, parse_patches(request), patch_model)
        apis.put_part(tx, request["restApiId"], "Model", model["name"], model)
        return model

    return await call.write(write)


@operation("DeleteModel")
@checked
async def delete_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a model that a method or another model refers to."""

    def write(tx: Transaction) -> None:
        name = request["modelName"]
        require_part(tx, call.scope, request["restApiId"], "Model", name)
        _require_unused(tx, request["restApiId"], name)
        apis.delete_part(tx, request["restApiId"], "Model", name)

    await call.write(write)
    return {}


def _require_unused(tx: Transaction, api_id: str, name: str) -> None:
    start = f"Cannot delete model '{name}', is referenced in"
    for resource in resources_of(tx, api_id).values():
        for verb, method in resource.get("resourceMethods", {}).items():
            if name in method.get("requestModels", {}).values():
                raise ConflictException(f"{start} method request: {resource['path']}/{verb}")
            for status, response in method.get("methodResponses", {}).items():
                if name in response.get("responseModels", {}).values():
                    raise ConflictException(f"{start} method response: {resource['path']}/{verb}/{status}")
    for model in apis.list_parts(tx, api_id, "Model"):
        if f'/models/{name}"' in model["schema"] and model["name"] != name:
            raise ConflictException(f"{start} model: {model['name']}")


@operation("GetModelTemplate")
@checked
async def get_model_template(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        model = require_part(tx, call.scope, request["restApiId"], "Model", request["modelName"])
        models = apis.list_parts(tx, request["restApiId"], "Model")
        return {"value": template_of(model, {found["name"]: found for found in models})}

    return await call.read(read)
