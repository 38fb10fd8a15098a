"""UpdateStack: bring a stack to another template, other parameters or other tags."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.planning import plan_update
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import fetch, submitted, target_of


@operation(
    "UpdateStack",
    partial="stack policies are not applied and stack notifications are not published",
    stored=("NotificationARNs", "RoleARN", "RollbackConfiguration", "StackPolicyBody", "StackPolicyDuringUpdateBody"),
)
async def update_stack(call: Call, request: Request) -> Reply:
    stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackName"]))
    starting.require_updatable(stack)
    definition = await submitted(call, request, target_of(stack))
    policy = request.get("StackPolicyBody", stack.settings.policy)
    if "StackPolicyURL" in request:
        policy = await fetch(call, request["StackPolicyURL"])
    plan = await plan_update(call, stack, definition)
    if plan.is_empty:
        raise ValidationError("No updates are to be performed.")

    def write(tx: Transaction) -> None:
        current = stacks.stack_by_id(tx, stack.stack_id)
        starting.require_updatable(current)
        current.settings.client_token = request.get("ClientRequestToken", "")
        current.settings.disable_rollback = request.get("DisableRollback", False)
        current.settings.retain_except_on_create = request.get("RetainExceptOnCreate", False)
        current.settings.policy = policy
        starting.begin_update(tx, current, definition)

    await call.write(write)
    return {"StackId": stack.stack_id}
