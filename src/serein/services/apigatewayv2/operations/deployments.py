"""Deployments: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import deploy, shown_deployment
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException
from serein.services.apigatewayv2.pages import page_of


@operation("CreateDeployment")
async def create_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException when the API has no route."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        if not store.list_parts(tx, api["ApiId"], "Route"):
            raise BadRequestException("Unable to deploy API because no routes exist in this API")
        made = deploy(tx, api, request.get("Description", ""))
        if request.get("StageName"):
            stage = store.require_stage(tx, api["ApiId"], request["StageName"])
            stage.deployment_id = made.deployment_id
            stage.settings["LastUpdatedDate"] = tx.now
            store.put_stage(tx, api["ApiId"], stage)
        return shown_deployment(made)

    return await call.write(write)


@operation("GetDeployment")
async def get_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return shown_deployment(store.require_deployment(tx, request["ApiId"], request["DeploymentId"]))

    return await call.read(read)


@operation("GetDeployments")
async def get_deployments(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[store.Deployment]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_deployments(tx, request["ApiId"])

    return page_of([shown_deployment(found) for found in await call.read(read)], "DeploymentId", request)


@operation("UpdateDeployment")
async def update_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        store.require_deployment(tx, request["ApiId"], request["DeploymentId"])
        if "Description" in request:
            store.describe_deployment(tx, request["ApiId"], request["DeploymentId"], request["Description"])
        return shown_deployment(store.require_deployment(tx, request["ApiId"], request["DeploymentId"]))

    return await call.write(write)


@operation("DeleteDeployment")
async def delete_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException while a stage serves it."""

    def write(tx: Transaction) -> None:
        store.require_api(tx, call.scope, request["ApiId"])
        store.require_deployment(tx, request["ApiId"], request["DeploymentId"])
        if any(stage.deployment_id == request["DeploymentId"] for stage in store.list_stages(tx, request["ApiId"])):
            raise ConflictException("Active stages pointing to this deployment must be moved or deleted")
        store.delete_deployment(tx, request["ApiId"], request["DeploymentId"])

    await call.write(write)
    return {}
