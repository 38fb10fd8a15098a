"""The instances of a stack set: made, changed, deleted, described and listed."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.sets import Instance
from serein.services.cloudformation.stacksets.shown import instance_shown, instance_summary
from serein.services.cloudformation.stacksets.submission import (
    begin_operation,
    overrides_of,
    refuse_service_managed,
    targets_of,
)

_FILTERED = {
    "DETAILED_STATUS": "detailed_status",
    "LAST_OPERATION_ID": "last_operation_id",
    "DRIFT_STATUS": "drift_status",
}


@operation("CreateStackInstances")
async def create_stack_instances(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    targets = await targets_of(call, request, request["Regions"])

    def write(tx: Transaction) -> str:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        instances = []
        for account, region in targets:
            found = store.find_instance(tx, stack_set.set_id, account, region)
            instance = found or Instance(stack_set.set_id, account, region)
            instance.overrides = overrides_of(stack_set, request, instance.overrides)
            instances.append(instance)
        return begin_operation(tx, stack_set, request, "CREATE", instances)

    return {"OperationId": await call.write(write)}


@operation("UpdateStackInstances")
async def update_stack_instances(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    targets = await targets_of(call, request, request["Regions"])

    def write(tx: Transaction) -> str:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        instances = [store.require_instance(tx, stack_set.set_id, account, region) for account, region in targets]
        for instance in instances:
            instance.overrides = overrides_of(stack_set, request, instance.overrides)
        return begin_operation(tx, stack_set, request, "UPDATE", instances)

    return {"OperationId": await call.write(write)}


@operation("DeleteStackInstances")
async def delete_stack_instances(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    targets = await targets_of(call, request, request["Regions"])

    def write(tx: Transaction) -> str:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        # AWS: accounts and regions without an instance are passed over.
        found = [store.find_instance(tx, stack_set.set_id, account, region) for account, region in targets]
        return begin_operation(tx, stack_set, request, "DELETE", [it for it in found if it is not None])

    return {"OperationId": await call.write(write)}


@operation("DescribeStackInstance")
async def describe_stack_instance(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> Instance:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        account, region = request["StackInstanceAccount"], request["StackInstanceRegion"]
        return store.require_instance(tx, stack_set.set_id, account, region)

    return {"StackInstance": instance_shown(await call.read(read))}


@operation("ListStackInstances")
async def list_stack_instances(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> list[Instance]:
        return store.instances_of(tx, store.require_set(tx, call.scope, request["StackSetName"]).set_id)

    shown = [instance_summary(it) for it in await call.read(read) if _is_wanted(it, request)]
    return page_of("Summaries", shown, request)


def _is_wanted(instance: Instance, request: Request) -> bool:
    if request.get("StackInstanceAccount", instance.account) != instance.account:
        return False
    if request.get("StackInstanceRegion", instance.region) != instance.region:
        return False
    return all(getattr(instance, _FILTERED[it["Name"]]) == it.get("Values", "") for it in request.get("Filters", []))
