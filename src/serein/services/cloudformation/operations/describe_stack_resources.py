"""DescribeStackResources: the resources of a stack, or of the stack that a physical resource belongs to."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.drift.shown import add_resource_drift
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.shown import resource_shown
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import resources, stacks


@operation("DescribeStackResources")
async def describe_stack_resources(call: Call, request: Request) -> Reply:
    wanted = request.get("LogicalResourceId")

    def read(tx: Transaction) -> list[Reply]:
        stack = _require_stack(tx, call, request)
        shown = [
            resource_shown(stack, row)
            for row in resources.resources_of(tx, stack.stack_id)
            if not row.slot and wanted in (None, row.logical_id)
        ]
        return add_resource_drift(tx, stack.stack_id, shown)

    return {"StackResources": await call.read(read)}


def _require_stack(tx: Transaction, call: Call, request: Request) -> Stack:
    if "StackName" in request:
        return stacks.require_stack(tx, call.scope, request["StackName"])
    physical_id = request.get("PhysicalResourceId")
    if physical_id is None:
        raise ValidationError("Either StackName or PhysicalResourceId must be specified")
    stack_id = resources.stack_of_physical_id(tx, call.scope, physical_id)
    found = stacks.find_stack(tx, call.scope, stack_id) if stack_id else None
    if found is None:
        raise ValidationError(f"Stack for {physical_id} does not exist")
    return found
