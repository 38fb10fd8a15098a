"""A resource outside of any stack: its type's handler is driven as for a stack, and journaled as there."""

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request
from serein.kernel.resource import Properties, Resource
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.deployment import StackDeployment, deployment_for
from serein.services.cloudformation.engine.journal import read_journal
from serein.services.cloudformation.engine.run import handler_code, made_by
from serein.services.cloudformation.errors import ResourceFailure
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import LiveType, Look
from serein.services.cloudformation.properties import changed_properties, replacing_properties, valid_properties
from serein.services.cloudformation.stacks import Definition, Settings, Stack, StackResource
from serein.services.cloudformation.store import steps


async def work(call: Call, request: Request) -> Reply:
    """Make, change or delete a resource; a failure is told with its handler error code.

    What a creation that failed has made stays, and is told as its Identifier: it can be read, and deleted.
    """
    name = request["TypeName"]
    live, handler = LIVE[name], types.handler_of(call.platform.catalog, name)
    deployment = await _deployment(call, request)
    begun: Reply = {}

    async def begin(physical_id: str) -> None:
        begun["Identifier"] = live.identifier_of(physical_id, request["Properties"], {})

    deployment.begin = begin if request["Action"] == "CREATE" else None
    try:
        identifier = await _worked(Look(call.platform, call.scope), request, live, handler, deployment)
        properties = None
        if request["Action"] != "DELETE":
            properties = await live.read(Look(call.platform, call.scope), identifier)
    except AwsError as error:
        return {"ErrorCode": handler_code(error.code), "Message": error.message, **begun}
    except ResourceFailure as failure:
        cause = failure.__cause__
        if isinstance(cause, AwsError):
            return {"ErrorCode": handler_code(cause.code), "Message": cause.message, **begun}
        return {"ErrorCode": "InvalidRequest", "Message": str(failure), **begun}
    finally:
        deployment.close()
        await call.write(lambda tx: steps.delete_results(tx, deployment.stack_id))
    return {"Identifier": identifier, "Properties": properties}


async def _worked(look: Look, request: Request, live: LiveType, handler: Resource, deployment: StackDeployment) -> str:
    """Do it, and return the resource's identifier. Raises AwsError and ResourceFailure."""
    name, action = request["TypeName"], request["Action"]
    identifier: str = request["Identifier"]
    if action == "CREATE":
        wanted = valid_properties(name, name, handler, request["Properties"], request["Properties"])
        made = await made_by(handler.create(deployment, wanted))
        return live.identifier_of(made.physical_id, wanted, made.attributes)
    before = await live.read(look, identifier)
    if before is None:
        if action == "DELETE":
            return identifier
        raise ResourceFailure(f"Resource of type '{name}' with identifier '{identifier}' was not found.")
    physical_id = live.physical_id_of(identifier)
    if action == "DELETE":
        await handler.delete(deployment, physical_id, before)
        return identifier
    await _update(request, handler, deployment, physical_id, before)
    return identifier


async def _update(
    request: Request, handler: Resource, deployment: StackDeployment, physical_id: str, before: Properties
) -> None:
    name = request["TypeName"]
    wanted = valid_properties(name, name, handler, request["Properties"], request["Properties"])
    changed = changed_properties(name, before, wanted)
    fixed = sorted(replacing_properties(handler, before, wanted, changed))
    if fixed:
        paths = ", ".join(f"/properties/{it}" for it in fixed)
        raise NotUpdatableException(f"Invalid patch update: createOnlyProperties [{paths}] cannot be updated")
    if changed:
        await made_by(handler.update(deployment, physical_id, before, wanted))


class NotUpdatableException(AwsError):
    """One or more properties included in this resource operation are defined as create-only."""


async def _deployment(call: Call, request: Request) -> StackDeployment:
    """The view of a stack that isn't there: names come of the request's token, and no tags tell of a stack."""
    token = request["Token"].replace("-", "").upper()
    stack = Stack(
        stack_id=f"cloudcontrol/{request['Token']}",
        scope=call.scope,
        name=token[:12],
        status="UPDATE_IN_PROGRESS" if request["Action"] == "UPDATE" else "CREATE_IN_PROGRESS",
        reason="",
        created_at=call.now,
        updated_at=None,
        deleted_at=None,
        operation=request["Token"],
        turn=0,
        is_parked=False,
        definition=Definition("", {"Resources": {}}, {}, {}, [], []),
        previous=None,
        settings=Settings(),
        outputs=[],
    )
    row = StackResource(request["TypeName"].rpartition("::")[2], request["TypeName"], token=token[12:24])
    deployment = deployment_for(call.platform, stack, row, [])
    deployment.tags = {}
    deployment.journal = await read_journal(call.platform.database, stack.stack_id, deployment.purpose)
    return deployment
