"""ListStateMachines: the state machines of an account, by name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.machines import Machine
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.store.machines import list_machines


@operation("ListStateMachines")
async def list_state_machines(call: Call, request: Request) -> Reply:
    size, after = page_size(request), position_of(request, "")
    found = await call.read(lambda tx: list_machines(tx, call.scope, after, size + 1))
    reply: Reply = {"stateMachines": [_listed(machine) for machine in found[:size]]}
    return with_token(reply, found, size, lambda machine: machine.name)


def _listed(machine: Machine) -> Reply:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "type": machine.type,
        "creationDate": machine.created_at,
    }
