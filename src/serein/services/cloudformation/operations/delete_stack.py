"""DeleteStack: remove a stack and its resources; not an error when there is no such stack."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.removal import FORCE
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.options import is_repeated
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import stacks


@operation("DeleteStack", stored=("RoleARN",))
async def delete_stack(call: Call, request: Request) -> Reply:
    token = request.get("ClientRequestToken", "")

    def write(tx: Transaction) -> None:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None or not stack.is_live or is_repeated(stack, "DeleteStack", token):
            return
        _check(stack, request)
        stack.settings.deletion_mode = request.get("DeletionMode", "")
        stack.settings.token_action = "DeleteStack"
        starting.begin_delete(tx, stack, request.get("RetainResources", []), token)

    await call.write(write)
    return {}


def _check(stack: Stack, request: Request) -> None:
    if stack.settings.termination_protection:
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.status == "DELETE_FAILED":
        return
    if request.get("RetainResources"):
        raise ValidationError(
            f"Invalid operation on stack [{stack.stack_id}]. You may only specify which resources to retain when"
            " the stack is in the DELETE_FAILED state."
        )
    if request.get("DeletionMode") == FORCE:
        raise ValidationError(
            f"Invalid operation on stack [{stack.stack_id}]. You may only specify the deletion mode {FORCE} when"
            " the stack is in the DELETE_FAILED state."
        )
