"""RollbackStack: take back an operation that failed while rollback was disabled."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.advance import enter
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.options import is_repeated
from serein.services.cloudformation.store import stacks

_NEXT = {"CREATE_FAILED": "ROLLBACK_IN_PROGRESS", "UPDATE_FAILED": "UPDATE_ROLLBACK_IN_PROGRESS"}


@operation("RollbackStack", stored=("RoleARN",))
async def rollback_stack(call: Call, request: Request) -> Reply:
    token = request.get("ClientRequestToken", "")

    def write(tx: Transaction) -> Reply:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        reply = {"StackId": stack.stack_id, "OperationId": stack.operation}
        if is_repeated(stack, "RollbackStack", token):
            return reply
        if stack.status not in _NEXT:
            raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be rolled back.")
        settings = stack.settings
        settings.disable_rollback = False
        settings.client_token, settings.token_action = token, "RollbackStack"
        settings.retain_except_on_create = request.get("RetainExceptOnCreate", False)
        enter(tx, stack, _NEXT[stack.status], "User Initiated")
        turns.start_turn(tx, stack)
        stacks.save_stack(tx, stack)
        return reply

    return await call.write(write)
