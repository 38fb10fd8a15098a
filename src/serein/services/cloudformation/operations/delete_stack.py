"""DeleteStack: remove a stack and its resources; not an error when there is no such stack."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks


@operation("DeleteStack", stored=("RoleARN",))
async def delete_stack(call: Call, request: Request) -> Reply:
    retain = request.get("RetainResources", [])
    if request.get("DeletionMode") == "FORCE_DELETE_STACK":
        raise ValidationError("Serein does not support the deletion mode FORCE_DELETE_STACK: give RetainResources")

    def write(tx: Transaction) -> None:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None or not stack.is_live:
            return
        if stack.settings.termination_protection:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if retain and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.stack_id}]. You may only specify which resources to retain when"
                " the stack is in the DELETE_FAILED state."
            )
        starting.begin_delete(tx, stack, retain, request.get("ClientRequestToken", ""))

    await call.write(write)
    return {}
