"""RetagMovedResource: a resource that changed its stack gets the tags of its new one; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.deployment import deployment_for
from serein.services.cloudformation.live.looking import Look
from serein.services.cloudformation.references import has_references, resolved
from serein.services.cloudformation.stacks import Stack, StackResource
from serein.services.cloudformation.store import resources, stacks


@operation("RetagMovedResource", internal=True)
async def retag_moved_resource(call: Call, request: Request) -> Reply:
    """Update {LogicalResourceId} of {StackId} to what it is already, which sets its tags."""

    def read(tx: Transaction) -> tuple[Stack, StackResource | None]:
        stack = stacks.stack_by_id(tx, request["StackId"])
        rows = resources.resources_of(tx, stack.stack_id)
        return stack, next((it for it in rows if it.logical_id == request["LogicalResourceId"] and not it.slot), None)

    stack, row = await call.read(read)
    if row is None or stack.is_busy:
        # An update that came meanwhile sets the tags itself.
        return {}
    handler = types.handler_of(call.platform.catalog, row.type)
    if "Tags" not in handler.properties:
        return {}
    properties = row.properties
    if has_references(properties):
        properties = await resolved(Look(call.platform, stack.scope).call, properties)
    deployment = deployment_for(call.platform, stack, row, [])
    try:
        await handler.update(deployment, row.physical_id, properties, properties)
    finally:
        deployment.close()
    return {}
