"""A stack's policy: set and get."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import fetch


@operation("SetStackPolicy", stored=("StackPolicyBody", "StackPolicyURL"))
async def set_stack_policy(call: Call, request: Request) -> Reply:
    policy = request.get("StackPolicyBody", "")
    if "StackPolicyURL" in request:
        policy = await fetch(call, request["StackPolicyURL"])
    try:
        json.loads(policy)
    except (ValueError, RecursionError):
        raise ValidationError("Error validating stack policy: Invalid stack policy") from None

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
