"""ContinueUpdateRollback: try once more to take an update back, leaving out what can't be."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.advance import enter
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks


@operation("ContinueUpdateRollback", stored=("RoleARN",))
async def continue_update_rollback(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not continue update rollback."
            )
        stack.settings.retain = request.get("ResourcesToSkip", [])
        enter(tx, stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        turns.start_turn(tx, stack)
        stacks.save_stack(tx, stack)

    await call.write(write)
    return {}
