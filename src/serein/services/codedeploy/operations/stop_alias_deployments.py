"""StopAliasDeployments: take back what a stack has begun with an alias and doesn't want any more."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.deployments import BY_STACK
from serein.services.codedeploy.store import deployments as store


@operation("StopAliasDeployments", internal=True)
async def stop_alias_deployments(call: Call, request: Request) -> Reply:
    """The request is `{"function", "alias"}`, as DeployAlias was given them; the reply `{"deploymentIds"}`."""
    wanted = request["function"], request["alias"]

    def write(tx: Transaction) -> list[str]:
        found = [
            deployment
            for deployment in store.under_way(tx)
            if deployment.scope == call.scope
            and deployment.record.creator == BY_STACK
            and (deployment.record.app_spec.function, deployment.record.app_spec.alias) == wanted
        ]
        for deployment in found:
            store.want_stop(tx, deployment, rolls_back=True)
        return [deployment.id for deployment in found]

    # Why read first: there is hardly ever one, and a write costs more.
    if not await call.read(store.under_way):
        return {"deploymentIds": []}
    return {"deploymentIds": await call.write(write)}
