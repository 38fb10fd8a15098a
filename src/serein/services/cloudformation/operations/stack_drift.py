"""Drift of a stack and of its resources: detected and described."""

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.drift import detection, store
from serein.services.cloudformation.drift.shown import check_shown, resource_drift
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.stacks import Stack, StackResource
from serein.services.cloudformation.store import stacks


@operation("DetectStackDrift")
async def detect_stack_drift(call: Call, request: Request) -> Reply:
    check_id = new_uuid()
    wanted = request.get("LogicalResourceIds", [])

    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        detection.require_checkable(stack)
        detection.resources_to_check(tx, stack, wanted)
        if store.is_being_checked(tx, stack.stack_id):
            raise ValidationError(f"Drift detection is already in progress for stack [{stack.stack_id}]")
        store.save_check(tx, store.Check(check_id, stack.stack_id, "DETECTION_IN_PROGRESS", at=tx.now))
        asked = {"StackId": stack.stack_id, "CheckId": check_id, "LogicalResourceIds": wanted}
        tx.send(Delivery(Target("cloudformation", "CheckStackDrift", stack.scope), asked))

    await call.write(write)
    return {"StackDriftDetectionId": check_id}


@operation("CheckStackDrift", internal=True)
async def check_stack_drift(call: Call, request: Request) -> Reply:
    """Look at the stack {StackId} now, for the check {CheckId} when there is one. Reply with StackDriftStatus."""
    wanted, check_id = request.get("LogicalResourceIds", []), request.get("CheckId", "")

    def read(tx: Transaction) -> tuple[Stack, list[StackResource]]:
        stack = stacks.stack_by_id(tx, request["StackId"])
        if not check_id:
            detection.require_checkable(stack)
        return stack, detection.resources_to_check(tx, stack, wanted if not check_id else ())

    stack, rows = await call.read(read)
    found = await detection.detect(call, stack, rows, wanted)
    unknown = [drift for drift in found if drift.status == "UNKNOWN"]
    status = detection.stack_status(found)

    def write(tx: Transaction) -> None:
        store.save_stack_drift(tx, stack.stack_id, status)
        check = store.find_check(tx, check_id) if check_id else None
        if check is not None:
            check.status = "DETECTION_FAILED" if unknown else "DETECTION_COMPLETE"
            check.reason = f"Failed to detect drift on resource [{unknown[0].logical_id}]" if unknown else ""
            check.drift_status, check.drifted = status, sum(detection.is_drifted(drift) for drift in found)
            store.save_check(tx, check)

    await call.write(write)
    return {"StackDriftStatus": status}


@operation("DescribeStackDriftDetectionStatus")
async def describe_stack_drift_detection_status(call: Call, request: Request) -> Reply:
    check_id = request["StackDriftDetectionId"]

    def read(tx: Transaction) -> Reply:
        check = store.find_check(tx, check_id)
        if check is None or stacks.find_stack(tx, call.scope, check.stack_id) is None:
            raise ValidationError(f"Drift detection status for [{check_id}] does not exist")
        return check_shown(check)

    return await call.read(read)


@operation("DetectStackResourceDrift")
async def detect_stack_resource_drift(call: Call, request: Request) -> Reply:
    logical_id = request["LogicalResourceId"]

    def read(tx: Transaction) -> tuple[Stack, list[StackResource]]:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        detection.require_checkable(stack)
        return stack, detection.resources_to_check(tx, stack, [logical_id])

    stack, rows = await call.read(read)
    type_name = next(row.type for row in rows if row.logical_id == logical_id)
    if type_name not in LIVE:
        raise ValidationError(f"Drift detection is not supported for resource type {type_name}")
    found = await detection.detect(call, stack, rows, [logical_id])
    return {"StackResourceDrift": resource_drift(found[0])}


@operation("DescribeStackResourceDrifts")
async def describe_stack_resource_drifts(call: Call, request: Request) -> Reply:
    wanted = request.get("StackResourceDriftStatusFilters")

    def read(tx: Transaction) -> list[Reply]:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        return [resource_drift(it) for it in store.drifts_of(tx, stack.stack_id) if not wanted or it.status in wanted]

    return page_of("StackResourceDrifts", await call.read(read), request)
