"""Deployments: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches, require_listed
from serein.services.apigateway.deployments import make_deployment, put_behind_stage, require_unserved
from serein.services.apigateway.parts import require_deployment
from serein.services.apigateway.store import apis, stages

_PATCHED = {"replace": ("/description",)}


@operation("CreateDeployment")
@checked
async def create_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api_id = request["restApiId"]
        apis.require_api(tx, call.scope, api_id)
        deployment, _ = make_deployment(tx, api_id, request.get("description", ""))
        if request.get("stageName"):
            put_behind_stage(tx, api_id, deployment["id"], request)
        return deployment

    return await call.write(write)


@operation("GetDeployment")
@checked
async def get_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException. The summary of the API is in it when `embed` asks for `apisummary`."""
    api_id, deployment_id = request["restApiId"], request["deploymentId"]
    deployment, summary = await call.read(lambda tx: require_deployment(tx, call.scope, api_id, deployment_id))
    if "apisummary" in [name.lower() for name in request.get("embed", ())]:
        deployment["apiSummary"] = summary
    return deployment


@operation("GetDeployments")
@checked
async def get_deployments(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = stages.list_deployments(tx, request["restApiId"])
        return page_of(found, lambda deployment: deployment["id"], request)

    return await call.read(read)


@operation("UpdateDeployment")
@checked
async def update_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api_id = request["restApiId"]
        deployment, _ = require_deployment(tx, call.scope, api_id, request["deploymentId"])
        for patch in parse_patches(request):
            require_listed(patch, _PATCHED)
            deployment["description"] = patch.text
        stages.update_deployment(tx, api_id, deployment)
        return deployment

    return await call.write(write)


@operation("DeleteDeployment")
@checked
async def delete_deployment(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while a stage serves it."""

    def write(tx: Transaction) -> None:
        api_id, deployment_id = request["restApiId"], request["deploymentId"]
        require_deployment(tx, call.scope, api_id, deployment_id)
        require_unserved(tx, api_id, deployment_id)
        stages.delete_deployment(tx, api_id, deployment_id)

    await call.write(write)
    return {}
