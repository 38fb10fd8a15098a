"""ListStacks: summaries of stacks, deleted ones included, newest first."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.shown import stack_summary
from serein.services.cloudformation.store import stacks

_PAGE = 100


@operation("ListStacks")
async def list_stacks(call: Call, request: Request) -> Reply:
    wanted = set(request.get("StackStatusFilter", []))
    before: Any = None
    if "NextToken" in request:
        before = find_position(request["NextToken"])
        if before is None:
            raise ValidationError("NextToken is not valid")
    found = await call.read(
        lambda tx: stacks.list_stacks(tx, call.scope, is_live=False, before=before, limit=_PAGE + 1)
    )
    shown = [stack for stack in found[:_PAGE] if not wanted or stack.status in wanted]
    reply: Reply = {"StackSummaries": [stack_summary(stack) for stack in shown]}
    if len(found) > _PAGE:
        last = found[_PAGE - 1]
        reply["NextToken"] = page_token([last.created_at, last.stack_id])
    return reply
