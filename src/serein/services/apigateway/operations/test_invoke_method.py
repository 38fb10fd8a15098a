"""TestInvokeMethod: one request to a method as it is now, with the log of what happens to it."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.compiled import compile_snapshot
from serein.services.apigateway.parts import find_method
from serein.services.apigateway.serving.trials import new_exchange, try_method
from serein.services.apigateway.snapshots import snapshot_of


@operation("TestInvokeMethod", stored=("clientCertificateId",))
async def test_invoke_method(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, verb = request["restApiId"], request["httpMethod"]

    def read(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        resource, _ = find_method(tx, call.scope, request)
        return resource, snapshot_of(tx, api_id)

    resource, snapshot = await call.read(read)
    deployment = compile_snapshot(snapshot, call.scope)
    exchange = new_exchange(call, request, "GET" if verb == "ANY" else verb, resource["path"])
    return await try_method(exchange, deployment, deployment.methods[resource["id"], verb])
