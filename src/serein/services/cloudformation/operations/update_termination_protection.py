"""UpdateTerminationProtection: allow or forbid a stack's deletion."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.store import stacks


@operation("UpdateTerminationProtection")
async def update_termination_protection(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> str:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        stack.settings.termination_protection = request["EnableTerminationProtection"]
        stacks.save_stack(tx, stack)
        return stack.stack_id

    return {"StackId": await call.write(write)}
