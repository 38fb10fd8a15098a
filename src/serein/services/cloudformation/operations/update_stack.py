"""UpdateStack: bring a stack to another template, other parameters or other tags."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.options import apply_options, is_repeated, policy_of
from serein.services.cloudformation.planning import plan_update
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import submitted, target_of
from serein.services.cloudformation.templates import parse_template, transforms_of


@operation("UpdateStack", stored=("RoleARN", "DisableValidation"))
async def update_stack(call: Call, request: Request) -> Reply:
    stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackName"]))
    if is_repeated(stack, "UpdateStack", request.get("ClientRequestToken", "")):
        return {"StackId": stack.stack_id, "OperationId": stack.operation}
    starting.require_updatable(stack)
    definition = await submitted(call, request, target_of(stack))
    policy = await policy_of(call, request, default=stack.settings.policy)
    during = await policy_of(call, request, "StackPolicyDuringUpdate")
    plan = await plan_update(call, stack, definition)
    # AWS: a template with transforms is always carried out, as what they make of it may differ.
    if plan.is_empty and not transforms_of(parse_template(definition.template_text)):
        raise ValidationError("No updates are to be performed.")

    def write(tx: Transaction) -> str:
        current = stacks.stack_by_id(tx, stack.stack_id)
        starting.require_updatable(current)
        apply_options(current.settings, request, "UpdateStack")
        current.settings.policy, current.settings.policy_during_update = policy, during
        starting.begin_update(tx, current, definition)
        return current.operation

    return {"StackId": stack.stack_id, "OperationId": await call.write(write)}
