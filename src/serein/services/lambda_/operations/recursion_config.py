"""PutFunctionRecursionConfig and GetFunctionRecursionConfig: whether a loop through this function is stopped."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store import functions as store


@operation("PutFunctionRecursionConfig")
async def put_function_recursion_config(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"])

    def update(tx: Transaction) -> None:
        store.require_function(tx, reference)
        store.update_recursive_loop(tx, reference.scope, reference.name, request["RecursiveLoop"])

    await call.write(update)
    return {"RecursiveLoop": request["RecursiveLoop"]}


@operation("GetFunctionRecursionConfig")
async def get_function_recursion_config(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"])
    row = await call.read(lambda tx: store.require_function(tx, reference))
    return {"RecursiveLoop": row.recursive_loop}
