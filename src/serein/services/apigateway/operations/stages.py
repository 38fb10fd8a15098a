"""Stages: create, get, list, update, delete, and the flushing of their caches."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.control.stages import MOST_STAGES, new_stage, patch_stage, settled
from serein.services.apigateway.errors import BadRequestException, ConflictException, require_room
from serein.services.apigateway.parts import patched, require_stage
from serein.services.apigateway.store import apis, keys, stages, things


@operation("CreateStage")
@checked
async def create_stage(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        api_id = request["restApiId"]
        apis.require_api(tx, call.scope, api_id)
        stage = new_stage(request, tx.now)
        if stages.find_stage(tx, api_id, stage["stageName"]) is not None:
            raise ConflictException("Stage already exists")
        require_room(len(stages.list_stages(tx, api_id)), MOST_STAGES, "Stages")
        _require_references(tx, call, api_id, stage)
        stages.put_stage(tx, api_id, stage)
        return stage

    return await call.write(write)


def _require_references(tx: Transaction, call: Call, api_id: str, stage: dict[str, Any]) -> None:
    """Raises BadRequestException when a deployment, certificate or documentation version isn't there."""
    deployments = {stage["deploymentId"], stage.get("canarySettings", {}).get("deploymentId") or stage["deploymentId"]}
    if any(stages.find_deployment(tx, api_id, deployment) is None for deployment in deployments):
        raise BadRequestException("Deployment id does not exist")
    certificate = stage.get("clientCertificateId")
    if certificate and things.find_thing(tx, call.scope, "ClientCertificate", certificate) is None:
        raise BadRequestException("Invalid client certificate identifier specified")
    version = stage.get("documentationVersion")
    if version and apis.find_part(tx, api_id, "DocumentationVersion", version) is None:
        raise BadRequestException("Invalid Documentation version specified")


@operation("GetStage")
@checked
async def get_stage(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return await call.read(lambda tx: require_stage(tx, call.scope, request))


@operation("GetStages")
@checked
async def get_stages(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[dict[str, Any]]:
        apis.require_api(tx, call.scope, request["restApiId"])
        return stages.list_stages(tx, request["restApiId"])

    wanted = request.get("deploymentId")
    return {"item": [stage for stage in await call.read(read) if wanted in (None, stage["deploymentId"])]}


@operation("UpdateStage")
@checked
async def update_stage(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> Reply:
        stage = settled(patched(require_stage(tx, call.scope, request), patches, patch_stage))
        _require_references(tx, call, request["restApiId"], stage)
        stage["lastUpdatedDate"] = tx.now
        stages.put_stage(tx, request["restApiId"], stage)
        return stage

    return await call.write(write)


@operation("DeleteStage")
@checked
async def delete_stage(call: Call, request: Request) -> Reply:
    """Delete a stage; usage plans lose it too. Raises NotFoundException, BadRequestException while it is mapped."""

    api_id, name = request["restApiId"], request["stageName"]
    await call.read(lambda tx: require_stage(tx, call.scope, request))
    if (await call.to("apigatewayv2", "ApiIsMapped", {"ApiId": api_id, "Stage": name}))["IsMapped"]:
        raise BadRequestException(f"Please remove all base path mappings related to the stage {name} in your domains")

    def write(tx: Transaction) -> None:
        require_stage(tx, call.scope, request)
        keys.forget_stages(tx, call.scope, api_id, name)
        stages.delete_stage(tx, api_id, name)

    await call.write(write)
    return {}


@operation("FlushStageCache")
@checked
async def flush_stage_cache(call: Call, request: Request) -> Reply:
    """Forget the stage's cached responses. Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        require_stage(tx, call.scope, request)
        stages.flush_cache(tx, request["restApiId"], request["stageName"])

    await call.write(write)
    return {}


@operation("FlushStageAuthorizersCache")
@checked
async def flush_stage_authorizers_cache(call: Call, request: Request) -> Reply:
    """Forget what the stage's authorizers decided. Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        require_stage(tx, call.scope, request)
        stages.flush_authorizers(tx, request["restApiId"], request["stageName"])

    await call.write(write)
    return {}
