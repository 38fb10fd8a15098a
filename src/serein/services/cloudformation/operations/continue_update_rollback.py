"""ContinueUpdateRollback: try once more to take an update back, leaving out what can't be."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.options import is_repeated
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import resources, stacks


@operation("ContinueUpdateRollback", stored=("RoleARN", "ForceRollback"))
async def continue_update_rollback(call: Call, request: Request) -> Reply:
    token, skipped = request.get("ClientRequestToken", ""), request.get("ResourcesToSkip", [])

    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        if is_repeated(stack, "ContinueUpdateRollback", token):
            return
        if stack.settings.parent_id:
            raise ValidationError(f"ContinueUpdateRollback is not supported for nested stack {stack.stack_id}")
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not continue update rollback."
            )
        _check_skipped(tx, stack, skipped)
        stack.settings.client_token, stack.settings.token_action = token, "ContinueUpdateRollback"
        starting.continue_rollback(tx, stack, skipped)

    await call.write(write)
    return {}


def _check_skipped(tx: Transaction, stack: Stack, skipped: list[str]) -> None:
    failed = {row.logical_id for row in resources.resources_of(tx, stack.stack_id) if row.status == "UPDATE_FAILED"}
    wrong = [name for name in skipped if "." not in name and name not in failed]
    if wrong:
        raise ValidationError(
            f"Resource(s) [{', '.join(wrong)}] can't be skipped: only resources that are in the UPDATE_FAILED state can"
        )
