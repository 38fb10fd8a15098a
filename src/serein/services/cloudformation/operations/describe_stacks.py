"""DescribeStacks: one stack, or all live ones of the account and region."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import page_token
from serein.services.cloudformation.drift.shown import add_stack_drift
from serein.services.cloudformation.places import find_place
from serein.services.cloudformation.shown import stack_shown
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import aliases, stacks

_PAGE = 100


@operation("DescribeStacks")
async def describe_stacks(call: Call, request: Request) -> Reply:
    name = request.get("StackName")
    if name:
        return {"Stacks": await call.read(lambda tx: _shown(tx, [stacks.require_stack(tx, call.scope, name)]))}
    before = find_place(request)

    def read(tx: Transaction) -> list[Stack]:
        return stacks.list_stacks(tx, call.scope, is_live=True, before=before, limit=_PAGE + 1)

    found = await call.read(read)
    reply: Reply = {"Stacks": await call.read(lambda tx: _shown(tx, found[:_PAGE]))}
    if len(found) > _PAGE:
        last = found[_PAGE - 1]
        reply["NextToken"] = page_token([last.created_at, last.stack_id])
    return reply


def _shown(tx: Transaction, found: list[Stack]) -> list[Reply]:
    shown = add_stack_drift(tx, [stack_shown(stack) for stack in found])
    for stack in shown:
        if alias := aliases.alias_of(tx, stack["StackId"]):
            stack["AliasName"] = alias
    return shown
