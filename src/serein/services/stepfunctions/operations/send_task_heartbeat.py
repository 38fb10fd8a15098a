"""SendTaskHeartbeat: whoever has a task is still at it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.execution.tokens import record_heartbeat


@operation("SendTaskHeartbeat")
async def send_task_heartbeat(call: Call, request: Request) -> Reply:
    await call.write(lambda tx: record_heartbeat(tx, call.platform, request["taskToken"], call.scope.account))
    return {}
