"""DetectStackSetDrift: whether the stacks of a stack set are still what their templates say."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.drift import store as drift_store
from serein.services.cloudformation.drift.shown import instance_drift
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.schedule import in_region_order
from serein.services.cloudformation.stacksets.submission import (
    begin_operation,
    refuse_service_managed,
    require_known,
)


@operation("DetectStackSetDrift")
async def detect_stack_set_drift(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def write(tx: Transaction) -> str:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        instances = [it for it in store.instances_of(tx, stack_set.set_id) if it.stack_id]
        require_known(instances)
        preferences = request.get("OperationPreferences", {})
        ordered = in_region_order(preferences, [it.region for it in instances])
        instances.sort(key=lambda it: ordered.index(it.region))
        return begin_operation(tx, stack_set, request, "DETECT_DRIFT", instances)

    return {"OperationId": await call.write(write)}


@operation("ListStackInstanceResourceDrifts")
async def list_stack_instance_resource_drifts(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> list[Reply]:
        set_id = store.require_set(tx, call.scope, request["StackSetName"]).set_id
        account, region = request["StackInstanceAccount"], request["StackInstanceRegion"]
        instance = store.require_instance(tx, set_id, account, region)
        store.require_operation(tx, set_id, request["OperationId"])
        return [instance_drift(it) for it in drift_store.drifts_of(tx, instance.stack_id)]

    wanted = request.get("StackInstanceResourceDriftStatuses")
    shown = [it for it in await call.read(read) if not wanted or it["StackResourceDriftStatus"] in wanted]
    return page_of("Summaries", shown, request)
