"""The stack of a stack set's instance, made, changed or deleted; for the platform only.

It may be asked for again: the token tells whether the operation was begun already.
"""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.planning import plan_update
from serein.services.cloudformation.stacks import Definition, Settings, Stack
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import Target, submitted

_NOTHING = Definition("", {"Resources": {}}, {}, {}, [], [])


@operation("WorkOnInstanceStack", internal=True)
async def work_on_instance_stack(call: Call, request: Request) -> Reply:
    """Reply with StackId and IsDone, which is true when there is nothing to change."""
    name, token = request["StackName"], request["Token"]
    found = await call.read(lambda tx: stacks.find_stack(tx, call.scope, name))
    if found is not None and found.settings.stack_set_operation == token:
        return {"StackId": found.stack_id, "IsDone": False}
    if request["Action"] == "DELETE":
        return await call.write(lambda tx: _delete(tx, call, name, token))
    if found is None or not found.is_live:
        return await _create(call, request, name if found is None else found.name)
    return await _update(call, request, found)


def _definition_request(request: Request) -> Request:
    return {
        "UsePreviousTemplate": True,
        "Parameters": request["Parameters"],
        "Capabilities": request["Capabilities"],
        "Tags": request["Tags"],
    }


async def _create(call: Call, request: Request, name: str) -> Reply:
    stack_id = starting.new_stack_id(call, name)
    existing = replace(_NOTHING, template_text=request["TemplateText"])
    definition = await submitted(call, _definition_request(request), Target(name, stack_id, existing))
    settings = Settings(on_failure="DELETE", stack_set_operation=request["Token"])

    def write(tx: Transaction) -> Reply:
        other = stacks.find_stack(tx, call.scope, name)
        if other is not None and other.settings.stack_set_operation == request["Token"]:
            return {"StackId": other.stack_id, "IsDone": False}
        stack = starting.new_stack(call, name, stack_id, definition, settings)
        starting.insert_stack(tx, stack)
        starting.begin_create(tx, stack)
        return {"StackId": stack_id, "IsDone": False}

    return await call.write(write)


async def _update(call: Call, request: Request, stack: Stack) -> Reply:
    starting.require_updatable(stack)
    existing = replace(stack.definition, template_text=request["TemplateText"])
    definition = await submitted(call, _definition_request(request), Target(stack.name, stack.stack_id, existing))
    if (await plan_update(call, stack, definition)).is_empty:
        return {"StackId": stack.stack_id, "IsDone": True}

    def write(tx: Transaction) -> Reply:
        current = stacks.stack_by_id(tx, stack.stack_id)
        if current.settings.stack_set_operation != request["Token"]:
            starting.require_updatable(current)
            current.settings.stack_set_operation = request["Token"]
            starting.begin_update(tx, current, definition)
        return {"StackId": stack.stack_id, "IsDone": False}

    return await call.write(write)


def _delete(tx: Transaction, call: Call, name: str, token: str) -> Reply:
    stack = stacks.find_stack(tx, call.scope, name)
    if stack is None or not stack.is_live:
        return {"StackId": stack.stack_id if stack else "", "IsDone": True}
    if stack.settings.termination_protection:
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.settings.stack_set_operation != token:
        stack.settings.stack_set_operation = token
        starting.begin_delete(tx, stack, [])
    return {"StackId": stack.stack_id, "IsDone": False}
