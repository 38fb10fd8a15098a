"""WatchAlarms: look at the alarms that are due, for the worker."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.watching import watch_due


@operation("WatchAlarms", internal=True)
async def watch_alarms(call: Call, request: Request) -> Reply:
    del request
    while await call.write(watch_due):
        pass
    return {}
