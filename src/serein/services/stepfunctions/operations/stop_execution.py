"""StopExecution: end an execution from outside."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.execution.ending import stop
from serein.services.stepfunctions.machines import parse_arn
from serein.services.stepfunctions.store.executions import require_execution


@operation("StopExecution")
async def stop_execution(call: Call, request: Request) -> Reply:
    """AWS: stopping one that has ended changes nothing; the reply says when it ended."""
    arn = request["executionArn"]
    parse_arn(arn, "execution")

    def end(tx: Transaction) -> float:
        execution = require_execution(tx, call.scope, arn)
        stop(tx, call.platform, execution, request.get("error"), request.get("cause"))
        return execution.stopped_at

    return {"stopDate": await call.write(end)}
