"""ListStacks: summaries of stacks, deleted ones included, newest first."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import page_token
from serein.services.cloudformation.drift.shown import add_stack_drift
from serein.services.cloudformation.places import find_place
from serein.services.cloudformation.shown import stack_summary
from serein.services.cloudformation.store import stacks

_PAGE = 100


@operation("ListStacks")
async def list_stacks(call: Call, request: Request) -> Reply:
    wanted = set(request.get("StackStatusFilter", []))
    before = find_place(request)
    found = await call.read(
        lambda tx: stacks.list_stacks(tx, call.scope, is_live=False, before=before, limit=_PAGE + 1)
    )
    shown = [stack for stack in found[:_PAGE] if not wanted or stack.status in wanted]
    summaries = [stack_summary(stack) for stack in shown]
    reply: Reply = {"StackSummaries": await call.read(lambda tx: add_stack_drift(tx, summaries))}
    if len(found) > _PAGE:
        last = found[_PAGE - 1]
        reply["NextToken"] = page_token([last.created_at, last.stack_id])
    return reply
