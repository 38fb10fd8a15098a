"""SendTaskFailure: why a task failed that waits for its token."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.execution.performing import launch
from serein.services.stepfunctions.execution.tokens import fail_task


@operation("SendTaskFailure")
async def send_task_failure(call: Call, request: Request) -> Reply:
    platform, account = call.platform, call.scope.account
    error, cause = request.get("error"), request.get("cause")
    effects = await call.write(lambda tx: fail_task(tx, platform, request["taskToken"], error, cause, account))
    launch(platform, effects)
    return {}
