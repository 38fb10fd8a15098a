"""DescribeEffects: what of a stack, or of what a change set would make, has no effect here; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.effects import Effects, effects_of_definition, effects_of_resources
from serein.services.cloudformation.store import change_sets, resources, stacks


@operation("DescribeEffects", internal=True)
async def describe_effects(call: Call, request: Request) -> Reply:
    """{StackName}, {ChangeSetName} or both → {Inert, WithoutEffect}: resources, the latter with their Properties.

    Raises ValidationError and ChangeSetNotFound. Nested stacks are told of by their own names.
    """
    name, stack_name = request.get("ChangeSetName", ""), request.get("StackName", "")
    catalog = call.platform.catalog

    def read(tx: Transaction) -> Effects:
        if not name:
            stack = stacks.require_stack(tx, call.scope, stack_name)
            return effects_of_resources(catalog, resources.resources_of(tx, stack.stack_id))
        found = change_sets.require_change_set(tx, call.scope, stack_name, name)
        exports = {export: value for export, value, _ in stacks.exports_of(tx, call.scope)}
        return effects_of_definition(catalog, stacks.stack_by_id(tx, found.stack_id), found.definition, exports)

    effects = await call.read(read)
    return {"Inert": effects.inert, "WithoutEffect": effects.without_effect}
