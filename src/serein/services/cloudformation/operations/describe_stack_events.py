"""DescribeStackEvents: what happened to a stack, newest first."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.shown import event_shown
from serein.services.cloudformation.store import events, stacks

_PAGE = 100


@operation("DescribeStackEvents")
async def describe_stack_events(call: Call, request: Request) -> Reply:
    if not request.get("StackName"):
        raise ValidationError("Stack name must be specified")
    before = 1 << 62
    if "NextToken" in request:
        position = find_position(request["NextToken"])
        if not isinstance(position, int):
            raise ValidationError("NextToken is not valid")
        before = position

    def read(tx: Transaction) -> tuple[Any, list[tuple[Any, ...]]]:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None:
            raise ValidationError(f"Stack [{request['StackName']}] does not exist")
        return stack, events.list_events(tx, stack.stack_id, before, _PAGE + 1)

    stack, rows = await call.read(read)
    reply: Reply = {"StackEvents": [event_shown(stack, row) for row in rows[:_PAGE]]}
    if len(rows) > _PAGE:
        reply["NextToken"] = page_token(rows[_PAGE - 1][0])
    return reply
