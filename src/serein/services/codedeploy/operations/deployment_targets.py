"""GetDeploymentTarget, BatchGetDeploymentTargets, ListDeploymentTargets: each deployment has one function as target."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.deployments import Deployment, described_target, target_id, target_status
from serein.services.codedeploy.errors import (
    DeploymentTargetDoesNotExistException,
    DeploymentTargetIdRequiredException,
    DeploymentTargetListSizeExceededException,
    InvalidTargetFilterNameException,
)
from serein.services.codedeploy.names import require_deployment_id
from serein.services.codedeploy.pages import parse_position
from serein.services.codedeploy.store import deployments as store

_MOST_TARGETS = 25


@operation("GetDeploymentTarget")
async def get_deployment_target(call: Call, request: Request) -> Reply:
    deployment = await _require(call, request)
    _check_target(deployment, request.get("targetId"))
    return {"deploymentTarget": described_target(deployment)}


@operation("BatchGetDeploymentTargets")
async def batch_get_deployment_targets(call: Call, request: Request) -> Reply:
    deployment = await _require(call, request)
    ids = request.get("targetIds") or [None]
    if len(ids) > _MOST_TARGETS:
        raise DeploymentTargetListSizeExceededException(f"A request has at most {_MOST_TARGETS} target IDs")
    for id in ids:
        _check_target(deployment, id)
    return {"deploymentTargets": [described_target(deployment)]}


@operation("ListDeploymentTargets")
async def list_deployment_targets(call: Call, request: Request) -> Reply:
    parse_position(call, request, str)
    deployment = await _require(call, request)
    filters = request.get("targetFilters") or {}
    if unknown := sorted(filters.keys() - {"TargetStatus", "ServerInstanceLabel"}):
        raise InvalidTargetFilterNameException(f"Invalid target filter: {unknown[0]}")
    is_wanted = target_status(deployment) in filters.get("TargetStatus", [target_status(deployment)])
    # AWS: labels are of instances.
    return {"targetIds": [target_id(deployment)] if is_wanted and "ServerInstanceLabel" not in filters else []}


async def _require(call: Call, request: Request) -> Deployment:
    id = require_deployment_id(request.get("deploymentId"))
    return await call.read(lambda tx: store.require_deployment(tx, call.scope, id))


def _check_target(deployment: Deployment, id: str | None) -> None:
    if not id:
        raise DeploymentTargetIdRequiredException("Deployment target ID is required")
    if id != target_id(deployment):
        raise DeploymentTargetDoesNotExistException(f"Deployment {deployment.id} has no target {id}")
