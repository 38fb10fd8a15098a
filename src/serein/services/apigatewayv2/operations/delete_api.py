"""DeleteApi: remove an API with its routes, integrations, stages and deployments."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store


@operation("DeleteApi")
async def delete_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        store.require_api(tx, call.scope, request["ApiId"])
        store.delete_api(tx, request["ApiId"])

    await call.write(write)
    return {}
