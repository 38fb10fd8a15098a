"""Hooks: there are none, as third-party extensions are refused; so no change set and no resource has results of any."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.registry.errors import HookResultNotFound
from serein.services.cloudformation.store import change_sets, stacks


@operation("DescribeChangeSetHooks")
async def describe_change_set_hooks(call: Call, request: Request) -> Reply:
    stack_name, name = request.get("StackName", ""), request["ChangeSetName"]
    found = await call.read(lambda tx: change_sets.require_change_set(tx, call.scope, stack_name, name))
    stack = await call.read(lambda tx: stacks.stack_by_id(tx, found.stack_id))
    return {
        "ChangeSetId": found.change_set_id,
        "ChangeSetName": found.name,
        "StackId": found.stack_id,
        "StackName": stack.name,
        "Hooks": [],
        "Status": "UNAVAILABLE" if found.status == "FAILED" else "PLANNED",
    }


@operation("ListHookResults")
async def list_hook_results(call: Call, request: Request) -> Reply:
    if ("TargetId" in request) != ("TargetType" in request):
        raise ValidationError("TargetType and TargetId must be specified together")
    if "Status" in request and "TypeArn" not in request:
        raise ValidationError("Status can only be specified together with TypeArn")
    if "TargetId" in request:
        raise HookResultNotFound
    return {"HookResults": []}


@operation("GetHookResult")
async def get_hook_result(call: Call, request: Request) -> Reply:
    raise HookResultNotFound
