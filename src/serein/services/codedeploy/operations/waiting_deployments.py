"""ContinueDeployment and SkipWaitTimeForInstanceTermination: for deployments of instances, never of Lambda."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.errors import (
    DeploymentAlreadyCompletedException,
    UnsupportedActionForDeploymentTypeException,
)
from serein.services.codedeploy.names import require_deployment_id
from serein.services.codedeploy.store import deployments as store


@operation("ContinueDeployment")
async def continue_deployment(call: Call, request: Request) -> Reply:
    await _refuse(call, request)
    return {}


@operation("SkipWaitTimeForInstanceTermination")
async def skip_wait_time_for_instance_termination(call: Call, request: Request) -> Reply:
    await _refuse(call, request)
    return {}


async def _refuse(call: Call, request: Request) -> None:
    id = require_deployment_id(request.get("deploymentId"))
    deployment = await call.read(lambda tx: store.require_deployment(tx, call.scope, id))
    if deployment.has_ended:
        raise DeploymentAlreadyCompletedException(f"Deployment {id} is already completed")
    raise UnsupportedActionForDeploymentTypeException(
        "This action is not supported for deployments of the Lambda compute platform"
    )
