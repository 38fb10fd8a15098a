"""DeleteStateMachine: remove a state machine with its versions and aliases, once its executions are over."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.deleting import begin_deleting
from serein.services.stepfunctions.machines import require_plain
from serein.services.stepfunctions.store.machines import find_machine


@operation("DeleteStateMachine")
async def delete_state_machine(call: Call, request: Request) -> Reply:
    """AWS: no error when there is none."""
    parsed = require_plain(request["stateMachineArn"])

    def delete(tx: Transaction) -> None:
        machine = find_machine(tx, call.scope, parsed.name) if parsed.scope == call.scope else None
        if machine is not None:
            begin_deleting(tx, machine)

    await call.write(delete)
    return {}
