"""Models of WebSocket APIs: create, get, list, update and delete, and a mapping template to begin with."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.errors import ConflictException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets.models import changed_model, new_model, template_of


@operation("CreateModel")
async def create_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException for a name in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        model = new_model(request)
        _require_free_name(tx, api["ApiId"], model)
        store.put_part(tx, api["ApiId"], "Model", model["ModelId"], model)
        follow_changes(tx, api)
        return model

    return await call.write(write)


@operation("GetModel")
async def get_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.require_part(tx, request["ApiId"], "Model", request["ModelId"])

    return await call.read(read)


@operation("GetModelTemplate")
async def get_model_template(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.require_part(tx, request["ApiId"], "Model", request["ModelId"])

    return {"Value": template_of(await call.read(read))}


@operation("GetModels")
async def get_models(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_parts(tx, request["ApiId"], "Model")

    return page_of(await call.read(read), "ModelId", request)


@operation("UpdateModel")
async def update_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException for a name in use."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        model = changed_model(store.require_part(tx, api["ApiId"], "Model", request["ModelId"]), request)
        _require_free_name(tx, api["ApiId"], model)
        store.put_part(tx, api["ApiId"], "Model", model["ModelId"], model)
        follow_changes(tx, api)
        return model

    return await call.write(write)


@operation("DeleteModel")
async def delete_model(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, request["ApiId"])
        store.delete_part(tx, api["ApiId"], "Model", request["ModelId"])
        follow_changes(tx, api)

    await call.write(write)
    return {}


def _require_free_name(tx: Transaction, api_id: str, model: dict[str, Any]) -> None:
    for other in store.list_parts(tx, api_id, "Model"):
        if other["Name"] == model["Name"] and other["ModelId"] != model["ModelId"]:
            raise ConflictException(f"Model with name {model['Name']} already exists for this API")
