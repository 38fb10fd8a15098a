"""StopDeployment: stop a deployment, and take it back when that is wanted."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.errors import DeploymentAlreadyCompletedException
from serein.services.codedeploy.names import require_deployment_id
from serein.services.codedeploy.store import deployments as store


@operation("StopDeployment")
async def stop_deployment(call: Call, request: Request) -> Reply:
    id = require_deployment_id(request.get("deploymentId"))

    def write(tx: Transaction) -> None:
        deployment = store.require_deployment(tx, call.scope, id)
        if deployment.has_ended:
            raise DeploymentAlreadyCompletedException(f"Deployment {id} is already completed")
        store.want_stop(tx, deployment, rolls_back=request.get("autoRollbackEnabled"))

    await call.write(write)
    return {"status": "Pending", "statusMessage": "The deployment is being stopped"}
