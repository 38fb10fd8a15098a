"""StartExecution: begin an execution of a state machine, by the machine itself, a version or an alias of it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.execution.performing import launch
from serein.services.stepfunctions.execution.starting import Start, Started, execution_arn, express_arn, start
from serein.services.stepfunctions.machines import EXPRESS
from serein.services.stepfunctions.names import require_name
from serein.services.stepfunctions.payload_checks import require_input
from serein.services.stepfunctions.store.machines import require_target


@operation("StartExecution")
async def start_execution(call: Call, request: Request) -> Reply:
    """AWS: idempotent for Standard machines, by the name; never for Express ones."""
    name = require_name(request["name"]) if "name" in request else new_uuid()
    text = require_input(request.get("input", "{}"))
    unique = new_uuid()
    trace_id = call.trace_id or request.get("traceHeader", "")

    def begin(tx: Transaction) -> Started:
        target = require_target(tx, call.scope, request["stateMachineArn"])
        is_express = target.type == EXPRESS
        arn = (
            express_arn(call.scope, target.name, name, unique)
            if is_express
            else execution_arn(call.scope, target.name, name)
        )
        wanted = Start(
            arn=arn,
            machine_arn=target.machine_arn,
            machine_name=target.name,
            name=name,
            revision=target.revision,
            input=text,
            is_express=is_express,
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
            trace_id=trace_id,
        )
        return start(tx, call.platform, wanted)

    started = await call.write(begin)
    launch(call.platform, started.effects)
    return {"executionArn": started.arn, "startDate": started.started_at}
