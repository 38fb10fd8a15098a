"""A stack set described, listed and deleted."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.errors import (
    InvalidOperationException,
    StackSetNotEmptyException,
    StackSetNotFoundException,
)
from serein.services.cloudformation.stacksets.shown import set_shown, set_summary
from serein.services.cloudformation.stacksets.submission import refuse_busy, refuse_service_managed


@operation("DescribeStackSet")
async def describe_stack_set(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> Reply:
        found = store.find_set(tx, call.scope, request["StackSetName"])
        if found is None:
            raise StackSetNotFoundException(f"StackSet {request['StackSetName']} not found")
        regions = sorted({it.region for it in store.instances_of(tx, found.set_id)})
        return set_shown(found, regions)

    return {"StackSet": await call.read(read)}


@operation("ListStackSets")
async def list_stack_sets(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    found = await call.read(lambda tx: store.sets_of(tx, call.scope, request.get("Status", "")))
    return page_of("Summaries", [set_summary(it) for it in found], request)


@operation("DeleteStackSet")
async def delete_stack_set(call: Call, request: Request) -> Reply:
    """Not an error when there is none."""
    refuse_service_managed(request)

    def write(tx: Transaction) -> None:
        found = store.find_set(tx, call.scope, request["StackSetName"])
        if found is None or found.status != "ACTIVE":
            return
        refuse_busy(tx, found)
        if store.instances_of(tx, found.set_id):
            raise StackSetNotEmptyException("StackSet is not empty")
        found.status = "DELETED"
        store.save_set(tx, found)

    await call.write(write)
    return {}


@operation("ListStackSetAutoDeploymentTargets")
async def list_stack_set_auto_deployment_targets(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    await call.read(lambda tx: store.require_set(tx, call.scope, request["StackSetName"]))
    # AWS: only stack sets with SERVICE_MANAGED permissions deploy by themselves.
    raise InvalidOperationException("ListStackSetAutoDeploymentTargets is only valid for service managed stack sets")
