"""AwaitDeployment: returns once a deployment has ended, or after some seconds; for stacks, which wait for it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.worker import wait_until
from serein.services.codedeploy.deployments import described
from serein.services.codedeploy.store import deployments as store
from serein.services.codedeploy.store.dues import TOPIC

_SECONDS = 5.0


@operation("AwaitDeployment", internal=True)
async def await_deployment(call: Call, request: Request) -> Reply:
    """The request is `{"deploymentId"}`, the reply GetDeployment's."""
    id, clock = request["deploymentId"], call.platform.clock
    until = clock.now() + _SECONDS
    subscription = call.platform.bus.subscribe(TOPIC)
    try:
        while True:
            found = await call.read(lambda tx: store.require_deployment(tx, call.scope, id))
            if found.has_ended or not await wait_until(clock, subscription, until):
                return {"deploymentInfo": described(found)}
    finally:
        subscription.close()
