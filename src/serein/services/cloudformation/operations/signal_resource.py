"""SignalResource: a signal to a resource whose CreationPolicy waits for some."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.builtin.waiting import signals_place
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import resources, stacks


@operation("SignalResource")
async def signal_resource(call: Call, request: Request) -> Reply:
    logical_id = request["LogicalResourceId"]

    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        rows = resources.resources_of(tx, stack.stack_id)
        row = next((it for it in rows if it.logical_id == logical_id and not it.slot), None)
        if row is None:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        if not stack.is_busy:
            raise ValidationError(f"Stack {stack.stack_id} is in {stack.status} state and cannot be updated")
        if not row.status.endswith("_IN_PROGRESS"):
            raise ValidationError(f"Resource {logical_id} is in {row.status} state and cannot be signaled")
        place = signals_place(stack.stack_id, row)
        resources.put_signal(tx, place, request["UniqueId"], request["Status"], "", "")
        turns.answer(tx, place, "signalled")

    await call.write(write)
    return {}
