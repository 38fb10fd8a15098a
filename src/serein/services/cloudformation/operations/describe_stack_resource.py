"""DescribeStackResource: one resource of a stack, with its metadata."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.drift.shown import add_resource_drift
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.shown import resource_detail
from serein.services.cloudformation.store import resources, stacks


@operation("DescribeStackResource")
async def describe_stack_resource(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None:
            raise ValidationError(f"Stack '{request['StackName']}' does not exist")
        for row in resources.resources_of(tx, stack.stack_id):
            if row.logical_id == request["LogicalResourceId"] and not row.slot:
                return add_resource_drift(tx, stack.stack_id, [resource_detail(stack, row)])[0]
        raise ValidationError(
            f"Resource {request['LogicalResourceId']} does not exist for stack {request['StackName']}"
        )

    return {"StackResourceDetail": await call.read(read)}
