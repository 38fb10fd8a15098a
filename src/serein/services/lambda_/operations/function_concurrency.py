"""PutFunctionConcurrency, GetFunctionConcurrency and DeleteFunctionConcurrency: reserved concurrency."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.account_limits import CONCURRENT_EXECUTIONS, MINIMUM_UNRESERVED
from serein.services.lambda_.errors import beyond_limit, invalid
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.store import provisioned


@operation("PutFunctionConcurrency")
async def put_function_concurrency(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    if named.qualifier:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
    # AWS: a function that is missing is told with the version that it would have.
    function = FunctionReference(named.scope, named.name, LATEST)
    reserved = request["ReservedConcurrentExecutions"]

    def update(tx: Transaction) -> None:
        row = store.require_function(tx, function)
        kept = sum(each.requested for each in provisioned.list_provisioned(tx, function.scope, function.name))
        if reserved < kept:
            raise invalid(
                f"ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned "
                f"concurrency [{kept}]."
            )
        others = store.reserved_in_total(tx, function.scope, function.name)
        others += provisioned.unreserved_provisioned(tx, function.scope)
        others -= kept if row.reserved_concurrency < 0 else 0
        if CONCURRENT_EXECUTIONS - others - reserved < MINIMUM_UNRESERVED:
            raise beyond_limit(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{MINIMUM_UNRESERVED}]."
            )
        store.update_reserved(tx, function.scope, function.name, reserved)

    await call.write(update)
    return {"ReservedConcurrentExecutions": reserved}


@operation("GetFunctionConcurrency")
async def get_function_concurrency(call: Call, request: Request) -> Reply:
    row = await call.read(lambda tx: store.require_function(tx, _function(call, request)))
    if row.reserved_concurrency == store.UNRESERVED:
        return {}
    return {"ReservedConcurrentExecutions": row.reserved_concurrency}


@operation("DeleteFunctionConcurrency")
async def delete_function_concurrency(call: Call, request: Request) -> Reply:
    function = _function(call, request)

    def update(tx: Transaction) -> None:
        store.require_function(tx, function)
        store.update_reserved(tx, function.scope, function.name, store.UNRESERVED)

    await call.write(update)
    return {}


def _function(call: Call, request: Request) -> FunctionReference:
    named = parse_reference(call.scope, request["FunctionName"])
    return FunctionReference(named.scope, named.name)
