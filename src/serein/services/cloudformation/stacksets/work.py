"""The work on a stack set's operation: settle what ended, start what may start, end the operation."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.cloudformation.stacksets import schedule, store, wakes
from serein.services.cloudformation.stacksets.gate import gate_of
from serein.services.cloudformation.stacksets.outcomes import Outcome, outcome_of, settle
from serein.services.cloudformation.stacksets.sets import Instance, Result, SetOperation, StackSet

Begun = tuple[StackSet, SetOperation, list[tuple[Result, Instance | None]]]


async def advance(call: Call, set_name: str, operation_id: str) -> None:
    """Carry an operation on until it waits for stacks or is over."""
    while True:
        begun = await call.write(lambda tx: _take(tx, call, set_name, operation_id))
        if begun is None:
            return
        stack_set, operation, chosen = begun
        for result, instance in chosen:
            await _begin(call, stack_set, operation, result, instance)


def _take(tx: Transaction, call: Call, set_name: str, operation_id: str) -> Begun | None:
    """What is to be started now; None when there is nothing to do before a stack comes to rest."""
    stack_set = store.find_set(tx, call.scope, set_name)
    if stack_set is None:
        return None
    operation = store.require_operation(tx, stack_set.set_id, operation_id)
    if not _is_under_way(tx, operation):
        return None
    results = store.results_of(tx, stack_set.set_id, operation_id)
    _settle_ended(tx, operation, results)
    before = [result.status for result in results]
    if operation.status == "STOPPING":
        schedule.cancel(results, "Cancelled by user")
    else:
        schedule.advance(results, operation.preferences)
    for status, result in zip(before, results, strict=True):
        if result.status != status:
            _mark(tx, operation, result)
    if all(result.is_over for result in results):
        _end(tx, stack_set, operation, results)
        return None
    waiting = [result for result in results if result.status == "RUNNING" and not result.stack_id]
    return (stack_set, operation, [(it, _instance(tx, operation, it)) for it in waiting]) if waiting else None


def _is_under_way(tx: Transaction, operation: SetOperation) -> bool:
    """Whether the operation is to be worked on; a queued one starts when it is the next."""
    if operation.status == "QUEUED" and _is_next(tx, operation):
        operation.status = "RUNNING"
        store.save_operation(tx, operation)
    return operation.status in ("RUNNING", "STOPPING")


def _settle_ended(tx: Transaction, operation: SetOperation, results: list[Result]) -> None:
    for result in results:
        if result.status == "RUNNING" and result.stack_id:
            outcome = outcome_of(tx, result, operation.action)
            if outcome is not None:
                settle(tx, operation, result, outcome)


def _is_next(tx: Transaction, operation: SetOperation) -> bool:
    """Whether no operation that came earlier still runs or waits."""
    others = [it for it in store.operations_of(tx, operation.set_id) if not it.is_over]
    return others[-1].operation_id == operation.operation_id


def _instance(tx: Transaction, operation: SetOperation, result: Result) -> Instance | None:
    return store.find_instance(tx, operation.set_id, result.account, result.region)


def _mark(tx: Transaction, operation: SetOperation, result: Result) -> None:
    """Keep a result that was started or cancelled, and show it at its instance."""
    store.save_result(tx, operation, result)
    instance = _instance(tx, operation, result)
    if instance is not None and result.status in ("RUNNING", "CANCELLED"):
        instance.detailed_status, instance.reason = result.status, result.reason
        if operation.action != "DETECT_DRIFT":
            instance.status = "OUTDATED"
        store.save_instance(tx, instance)


async def _begin(
    call: Call, stack_set: StackSet, operation: SetOperation, result: Result, instance: Instance | None
) -> None:
    gate = result.gate
    try:
        if operation.action in ("CREATE", "UPDATE", "DELETE") and not gate:
            gate = await gate_of(call, result.scope)
        if gate.get("Status") == "FAILED":
            outcome: Outcome | None = Outcome("FAILED", "Account gate check failed")
            stack_id = ""
        else:
            stack_id, outcome = await _started(call, stack_set, operation, result, instance)
    except AwsError as error:
        stack_id, outcome = "", Outcome("FAILED", error.message)

    def write(tx: Transaction) -> None:
        current = next(
            it
            for it in store.results_of(tx, operation.set_id, operation.operation_id)
            if it.position == result.position
        )
        if current.status != "RUNNING":
            return
        current.stack_id, current.gate = stack_id or current.stack_id, gate
        own = _instance(tx, operation, current)
        if own is not None and stack_id:
            own.stack_id = stack_id
            store.save_instance(tx, own)
        if outcome is not None:
            settle(tx, operation, current, outcome)
        store.save_result(tx, operation, current)

    await call.write(write)


async def _started(
    call: Call, stack_set: StackSet, operation: SetOperation, result: Result, instance: Instance | None
) -> tuple[str, Outcome | None]:
    """The stack that works now, and how it went when that is known already."""
    if instance is None:
        return "", Outcome("FAILED", "The stack instance is gone")
    if operation.action == "DETECT_DRIFT":
        return await _checked(call, result, instance)
    if operation.action == "IMPORT":
        return result.stack_name, Outcome("SUCCEEDED", "")
    if operation.action == "DELETE" and (operation.retains_stacks or not instance.stack_id):
        return "", Outcome("SUCCEEDED", "")
    request = {
        "Action": "DELETE" if operation.action == "DELETE" else "CREATE_OR_UPDATE",
        "StackName": result.stack_name,
        "TemplateText": stack_set.template_text,
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in (stack_set.parameters | instance.overrides).items()
        ],
        "Capabilities": stack_set.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in stack_set.tags.items()],
        "Token": wakes.token_of(stack_set, operation),
    }
    reply = await call.to("cloudformation", "WorkOnInstanceStack", request, result.scope)
    return reply["StackId"], Outcome("SUCCEEDED", "") if reply["IsDone"] else None


async def _checked(call: Call, result: Result, instance: Instance) -> tuple[str, Outcome]:
    if not instance.stack_id:
        return "", Outcome("FAILED", "The stack instance has no stack")
    reply = await call.to("cloudformation", "CheckStackDrift", {"StackId": instance.stack_id}, result.scope)
    return instance.stack_id, Outcome("SUCCEEDED", "", reply["StackDriftStatus"])


def _end(tx: Transaction, stack_set: StackSet, operation: SetOperation, results: list[Result]) -> None:
    by_region: dict[str, list[Result]] = {}
    for result in results:
        by_region.setdefault(result.region, []).append(result)
    has_failed = any(schedule.exceeds_tolerance(it, operation.preferences) for it in by_region.values())
    if operation.status == "STOPPING":
        operation.status = "STOPPED"
    else:
        operation.status = "FAILED" if has_failed else "SUCCEEDED"
    operation.failed_count = sum(result.status == "FAILED" for result in results)
    operation.ended_at = tx.now
    if operation.action == "DETECT_DRIFT":
        operation.drift = _drift(tx, operation, results)
        stack_set.drift = operation.drift
        store.save_set(tx, stack_set)
    store.save_operation(tx, operation)
    queued = [it for it in store.operations_of(tx, operation.set_id) if it.status == "QUEUED"]
    if queued:
        wakes.send_advance(tx, wakes.token_of(stack_set, queued[-1]))


def _drift(tx: Transaction, operation: SetOperation, results: list[Result]) -> dict[str, object]:
    found = [it for it in (_instance(tx, operation, result) for result in results) if it is not None]
    drifted = sum(it.drift_status == "DRIFTED" for it in found)
    failed = sum(result.status == "FAILED" for result in results)
    states = {"STOPPED": "STOPPED", "FAILED": "FAILED"}
    return {
        "DriftStatus": "DRIFTED" if drifted else "IN_SYNC",
        "DriftDetectionStatus": states.get(operation.status, "PARTIAL_SUCCESS" if failed else "COMPLETED"),
        "LastDriftCheckTimestamp": tx.now,
        "TotalStackInstancesCount": len(results),
        "DriftedStackInstancesCount": drifted,
        "InSyncStackInstancesCount": sum(it.drift_status == "IN_SYNC" for it in found),
        "InProgressStackInstancesCount": 0,
        "FailedStackInstancesCount": failed,
    }
