"""The stacks within stacks: made, changed and deleted for AWS::CloudFormation::Stack; for the platform only.

Each may be asked for again: the parent's token tells whether the operation was begun already.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.planning import plan_update
from serein.services.cloudformation.stacks import Settings
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import Target, submitted, target_of


@operation("CreateNestedStack", internal=True)
async def create_nested_stack(call: Call, request: Request) -> Reply:
    """Reply with StackId and IsDone."""
    name = request["StackName"]
    found = await call.read(lambda tx: stacks.find_stack(tx, call.scope, name))
    if found is not None and found.settings.parent_id == request["ParentId"]:
        return {"StackId": found.stack_id, "IsDone": not found.is_busy}
    stack_id = starting.new_stack_id(call, name)

    def read_parent(tx: Transaction) -> tuple[str, list[str]]:
        parent = stacks.stack_by_id(tx, request["ParentId"])
        return parent.settings.root_id or parent.stack_id, parent.definition.capabilities

    root_id, capabilities = await call.read(read_parent)
    request = {**request, "Capabilities": capabilities}
    definition = await submitted(call, request, Target(name, stack_id, None))
    # AWS: a nested stack that fails is left as it is, and removed when its parent is rolled back.
    settings = Settings(
        on_failure="DO_NOTHING", parent_id=request["ParentId"], root_id=root_id, wait_token=request["WaitToken"]
    )

    def write(tx: Transaction) -> None:
        stack = starting.new_stack(call, name, stack_id, definition, settings)
        starting.insert_stack(tx, stack)
        starting.begin_create(tx, stack)

    await call.write(write)
    return {"StackId": stack_id, "IsDone": False}


@operation("UpdateNestedStack", internal=True)
async def update_nested_stack(call: Call, request: Request) -> Reply:
    """Reply with StackId and IsDone, which is true when there is nothing to change."""
    stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackName"]))
    if stack.settings.wait_token == request["WaitToken"]:
        return {"StackId": stack.stack_id, "IsDone": not stack.is_busy}
    parent = await call.read(lambda tx: stacks.stack_by_id(tx, request["ParentId"]))
    if stack.status == "UPDATE_ROLLBACK_FAILED" and parent.status == "UPDATE_ROLLBACK_IN_PROGRESS":
        skipped = [it.partition(".")[2] for it in parent.settings.retain if it.startswith(f"{stack.name}.")]
        await call.write(lambda tx: _continue_rollback(tx, stack.stack_id, request["WaitToken"], skipped))
        return {"StackId": stack.stack_id, "IsDone": False}
    starting.require_updatable(stack)
    request = {**request, "Capabilities": parent.definition.capabilities}
    definition = await submitted(call, request, target_of(stack))
    if (await plan_update(call, stack, definition)).is_empty:
        return {"StackId": stack.stack_id, "IsDone": True}

    def write(tx: Transaction) -> None:
        current = stacks.stack_by_id(tx, stack.stack_id)
        starting.require_updatable(current)
        current.settings.wait_token = request["WaitToken"]
        starting.begin_update(tx, current, definition)

    await call.write(write)
    return {"StackId": stack.stack_id, "IsDone": False}


def _continue_rollback(tx: Transaction, stack_id: str, token: str, skipped: list[str]) -> None:
    current = stacks.stack_by_id(tx, stack_id)
    current.settings.wait_token = token
    starting.continue_rollback(tx, current, skipped)


@operation("DeleteNestedStack", internal=True)
async def delete_nested_stack(call: Call, request: Request) -> Reply:
    """Reply with StackId and IsDone, which is true when the stack is gone already."""

    def write(tx: Transaction) -> bool:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None or not stack.is_live:
            return True
        if stack.settings.wait_token != request["WaitToken"]:
            stack.settings.wait_token = request["WaitToken"]
            starting.begin_delete(tx, stack, [])
        return False

    return {"StackId": request["StackName"], "IsDone": await call.write(write)}
