"""Change sets of nested stacks: what a change set of their parent would change in them."""

from dataclasses import asdict
from typing import Any

from serein.kernel.call import Call
from serein.services.cloudformation.causes import STACK_TYPE
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.planning import Change, Plan, plan_update
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import change_sets, stacks
from serein.services.cloudformation.store.change_sets import ChangeSet
from serein.services.cloudformation.submission import submitted, target_of

_MOST_DEEP = 20


async def look_into(call: Call, plan: Plan, parent: ChangeSet, depth: int = 0) -> list[ChangeSet]:
    """The change sets of the nested stacks that a plan changes; those of them that wouldn't change leave the plan.

    Each change of the plan is told the id of its own. Raises ValidationError for a nested template that can't be.
    """
    found: list[ChangeSet] = []
    unchanged = []
    for change in plan.changes:
        if change.type != STACK_TYPE or change.action != "Modify" or depth > _MOST_DEEP:
            continue
        stack = await _stack(call, change.physical_id)
        request = _request(change, parent)
        definition = await submitted(call, request, target_of(stack), is_change_set=True)
        inner = await plan_update(call, stack, definition)
        made = change_sets.new_change_set(
            call.scope, stack.stack_id, f"{parent.name[:80]}-{stack.name[-40:]}", call.now
        )
        made.definition = definition
        within = await look_into(call, inner, made, depth + 1)
        if inner.is_empty and not change.properties:
            unchanged.append(change)
            continue
        made.changes |= {
            "changes": [asdict(it) for it in inner.changes],
            "parent": parent.change_set_id,
            "root": parent.changes.get("root", parent.change_set_id),
        }
        change.change_set_id = made.change_set_id
        found += [made, *within]
    plan.changes = [change for change in plan.changes if change not in unchanged]
    return found


async def _stack(call: Call, stack_id: str) -> Stack:
    return await call.read(lambda tx: stacks.stack_by_id(tx, stack_id))


def _request(change: Change, parent: ChangeSet) -> dict[str, Any]:
    """What the nested stack would be asked for; parameters that aren't known yet keep their values."""
    url = change.after.get("TemplateURL")
    if not isinstance(url, str) or "{{" in url:
        raise ValidationError(f"The template of the nested stack {change.logical_id} is not known yet")
    given = change.after.get("Parameters") or {}
    parameters = [
        {"ParameterKey": name, "UsePreviousValue": True}
        if isinstance(value, str) and "{{" in value
        else {"ParameterKey": name, "ParameterValue": text_of(value)}
        for name, value in given.items()
    ]
    capabilities = parent.definition.capabilities
    return {"TemplateURL": url, "Parameters": parameters, "Capabilities": capabilities}
