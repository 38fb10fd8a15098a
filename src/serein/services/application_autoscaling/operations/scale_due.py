"""ScaleDue: do the scheduled actions that are due and look at the targets that are, for the worker."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.scaling import scale
from serein.services.application_autoscaling.scheduling import trigger_due


@operation("ScaleDue", internal=True)
async def scale_due(call: Call, request: Request) -> Reply:
    del request
    now = call.now
    await call.write(lambda tx: trigger_due(tx, now))
    for target in await call.read(lambda tx: store.due_targets(tx, now)):
        await scale(call, target)
    return {}
