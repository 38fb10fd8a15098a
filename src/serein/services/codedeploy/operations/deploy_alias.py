"""DeployAlias: the deployment that the update of an alias in a stack is."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.creating import create
from serein.services.codedeploy.deployments import BY_STACK, Deployment
from serein.services.codedeploy.revisions import AppSpec, revision_of
from serein.services.codedeploy.store import applications
from serein.services.codedeploy.store import deployments as store


@operation("DeployAlias", internal=True)
async def deploy_alias(call: Call, request: Request) -> Reply:
    """The request is `{"applicationName", "deploymentGroupName", "token", "spec"}`; `spec` has the members of AppSpec.

    A token that was used before answers the deployment that it made. Raises ApplicationDoesNotExistException,
    DeploymentGroupDoesNotExistException and DeploymentLimitExceededException.
    """
    spec = AppSpec(**request["spec"])
    token = request["token"]

    def write(tx: Transaction) -> Deployment:
        known = store.find_by_token(tx, call.scope, token)
        if known is not None:
            return known
        names = request["applicationName"], request["deploymentGroupName"]
        group = applications.require_group(tx, call.scope, *names)
        return create(tx, call.scope, group, {"revision": revision_of(spec)}, spec, creator=BY_STACK, token=token)

    return {"deploymentId": (await call.write(write)).id}
