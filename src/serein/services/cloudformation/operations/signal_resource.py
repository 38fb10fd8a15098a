"""SignalResource: tell a stack that a resource with a creation policy is ready, or that it failed."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.signals import handle_of
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacks import Event
from serein.services.cloudformation.store import resources, stacks
from serein.services.cloudformation.store.events import append_events


@operation("SignalResource")
async def signal_resource(call: Call, request: Request) -> Reply:
    logical_id, unique_id, status = request["LogicalResourceId"], request["UniqueId"], request["Status"]

    def write(tx: Transaction) -> None:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None:
            raise ValidationError(f"Stack '{request['StackName']}' does not exist")
        if stack.status not in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and cannot be updated")
        rows = resources.resources_of(tx, stack.stack_id)
        row = next((it for it in rows if it.logical_id == logical_id and not it.slot), None)
        if row is None:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        if row.status.endswith("_COMPLETE") or row.status.endswith("_FAILED"):
            raise ValidationError(f"Resource [{logical_id}] is in {row.status} state and can not be signaled")
        handle = handle_of(stack.stack_id, row)
        resources.put_signal(tx, handle, unique_id, status, "", "")
        reason = f"Received {status} signal with UniqueId {unique_id}"
        append_events(tx, stack, [Event(logical_id, row.physical_id, row.type, row.status, reason)])
        turns.answer(tx, handle, "signalled")

    await call.write(write)
    return {}
