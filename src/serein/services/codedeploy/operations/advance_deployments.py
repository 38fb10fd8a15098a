"""AdvanceDeployments: go on with the deployments that are due or whose alarms went off, for the worker."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.engine import advance_due, stop_alarmed


@operation("AdvanceDeployments", internal=True)
async def advance_deployments(call: Call, request: Request) -> Reply:
    del request
    await stop_alarmed(call)
    await advance_due(call)
    return {}
