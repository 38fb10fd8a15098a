"""The operations on a stack set: described, listed, stopped and carried on."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.stacksets import store, wakes, work
from serein.services.cloudformation.stacksets.errors import InvalidOperationException
from serein.services.cloudformation.stacksets.sets import Result, SetOperation
from serein.services.cloudformation.stacksets.shown import operation_shown, operation_summary, result_summary
from serein.services.cloudformation.stacksets.submission import refuse_service_managed


@operation("AdvanceStackSetOperation", internal=True)
async def advance_stack_set_operation(call: Call, request: Request) -> Reply:
    """Carry {OperationId} of {StackSetName} on."""
    await work.advance(call, request["StackSetName"], request["OperationId"])
    return {}


@operation("DescribeStackSetOperation")
async def describe_stack_set_operation(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> Reply:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        return operation_shown(stack_set, store.require_operation(tx, stack_set.set_id, request["OperationId"]))

    return {"StackSetOperation": await call.read(read)}


@operation("ListStackSetOperations")
async def list_stack_set_operations(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> list[SetOperation]:
        return store.operations_of(tx, store.require_set(tx, call.scope, request["StackSetName"]).set_id)

    return page_of("Summaries", [operation_summary(it) for it in await call.read(read)], request)


@operation("ListStackSetOperationResults")
async def list_stack_set_operation_results(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def read(tx: Transaction) -> list[Result]:
        set_id = store.require_set(tx, call.scope, request["StackSetName"]).set_id
        store.require_operation(tx, set_id, request["OperationId"])
        return store.results_of(tx, set_id, request["OperationId"])

    wanted = {it.get("Values", "") for it in request.get("Filters", [])}
    shown = [result_summary(it) for it in await call.read(read) if not wanted or it.status in wanted]
    return page_of("Summaries", shown, request)


@operation("StopStackSetOperation")
async def stop_stack_set_operation(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)

    def write(tx: Transaction) -> None:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        found = store.require_operation(tx, stack_set.set_id, request["OperationId"])
        if found.is_over:
            raise InvalidOperationException(
                f"Operation {found.operation_id} is in {found.status} state and can not be stopped"
            )
        found.status = "STOPPING"
        store.save_operation(tx, found)
        wakes.send_advance(tx, wakes.token_of(stack_set, found))

    await call.write(write)
    return {}
