"""ListStackResources: summaries of a stack's resources."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudformation.drift.shown import add_resource_drift
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.shown import resource_summary
from serein.services.cloudformation.store import resources, stacks

_PAGE = 100


@operation("ListStackResources")
async def list_stack_resources(call: Call, request: Request) -> Reply:
    after = ""
    if "NextToken" in request:
        position = find_position(request["NextToken"])
        if not isinstance(position, str):
            raise ValidationError("NextToken is not valid")
        after = position

    def read(tx: Transaction) -> list[Reply]:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        rows = resources.resources_of(tx, stack.stack_id)
        shown = [resource_summary(row) for row in rows if not row.slot and row.logical_id > after]
        return add_resource_drift(tx, stack.stack_id, shown)

    found = await call.read(read)
    reply: Reply = {"StackResourceSummaries": found[:_PAGE]}
    if len(found) > _PAGE:
        reply["NextToken"] = page_token(found[_PAGE - 1]["LogicalResourceId"])
    return reply
