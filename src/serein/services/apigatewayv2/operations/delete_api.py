"""DeleteApi: remove an API with its routes, integrations, stages and deployments."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.sockets.connections import connections_of
from serein.services.apigatewayv2.store import domains


@operation("DeleteApi")
async def delete_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while a domain name leads to it."""

    def write(tx: Transaction) -> None:
        store.require_api(tx, call.scope, request["ApiId"])
        if domains.is_mapped(tx, request["ApiId"]):
            raise BadRequestException(
                "Unable to delete API: active API mappings pointing to this API must be moved or deleted"
            )
        store.delete_api(tx, request["ApiId"])

    await call.write(write)
    connections_of(call.platform).end(request["ApiId"])
    return {}
