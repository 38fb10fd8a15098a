"""CancelUpdateStack: stop an update that is under way and take it back."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks


@operation("CancelUpdateStack")
async def cancel_update_stack(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError("CancelUpdateStack cannot be called from current stack status")
        stack.settings.is_cancel_wanted = True
        if "ClientRequestToken" in request:
            stack.settings.client_token, stack.settings.token_action = (
                request["ClientRequestToken"],
                "CancelUpdateStack",
            )
        if stack.is_parked:
            turns.start_turn(tx, stack)
        stacks.save_stack(tx, stack)

    await call.write(write)
    return {}
