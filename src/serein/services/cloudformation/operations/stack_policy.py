"""A stack's policy: set and get."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.options import policy_of
from serein.services.cloudformation.store import stacks


@operation("SetStackPolicy")
async def set_stack_policy(call: Call, request: Request) -> Reply:
    policy = await policy_of(call, request)
    if not policy:
        raise ValidationError("You must specify either StackPolicyBody or StackPolicyURL")

    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        stack.settings.policy = policy
        stacks.save_stack(tx, stack)

    await call.write(write)
    return {}


@operation("GetStackPolicy")
async def get_stack_policy(call: Call, request: Request) -> Reply:
    stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackName"]))
    return {"StackPolicyBody": stack.settings.policy} if stack.settings.policy else {}
