"""RollbackStack: take back an operation that failed while rollback was disabled."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.advance import enter
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks

_NEXT = {"CREATE_FAILED": "ROLLBACK_IN_PROGRESS", "UPDATE_FAILED": "UPDATE_ROLLBACK_IN_PROGRESS"}


@operation("RollbackStack", stored=("RoleARN",))
async def rollback_stack(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> str:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        if stack.status not in _NEXT:
            raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be rolled back.")
        stack.settings.disable_rollback = False
        enter(tx, stack, _NEXT[stack.status], "User Initiated")
        turns.start_turn(tx, stack)
        stacks.save_stack(tx, stack)
        return stack.stack_id

    return {"StackId": await call.write(write)}
