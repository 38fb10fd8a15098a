"""Resources outside of stacks, by type and identifier, for Cloud Control; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.live import control
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import Look
from serein.services.cloudformation.registry.errors import TypeNotFoundException
from serein.services.cloudformation.types import is_known


class UnsupportedActionException(AwsError):
    """The specified resource doesn't support this resource operation."""


@operation("CheckResourceAction", internal=True)
async def check_resource_action(call: Call, request: Request) -> Reply:
    """Raise TypeNotFoundException or UnsupportedActionException unless {Action} is there for {TypeName}."""
    name, action = request["TypeName"], request["Action"]
    if not is_known(call.platform.catalog, name):
        raise TypeNotFoundException(f"The type '{name}' cannot be found.")
    live = LIVE.get(name)
    if live is None or (action == "LIST" and live.listing is None):
        raise UnsupportedActionException(f"Resource type {name} does not support {action} action")
    return {}


@operation("ReadResource", internal=True)
async def read_resource(call: Call, request: Request) -> Reply:
    """Reply with the Properties of {TypeName} {Identifier}, or None when it isn't there."""
    look = Look(call.platform, call.scope)
    return {"Properties": await LIVE[request["TypeName"]].read(look, request["Identifier"])}


@operation("ListResourcesOfType", internal=True)
async def list_resources_of_type(call: Call, request: Request) -> Reply:
    """Reply with the Identifiers of all resources of {TypeName}."""
    listing = LIVE[request["TypeName"]].listing
    return {"Identifiers": await listing(Look(call.platform, call.scope)) if listing is not None else []}


@operation("WorkOnResource", internal=True)
async def work_on_resource(call: Call, request: Request) -> Reply:
    """Make, change or delete a resource. Reply with Identifier and Properties, or with ErrorCode and Message.

    Under the same Token nothing is done twice.
    """
    return await control.work(call, request)
