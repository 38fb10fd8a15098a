"""DeleteCorsConfiguration: an API without CORS settings leaves CORS to its integrations."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes


@operation("DeleteCorsConfiguration")
async def delete_cors_configuration(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        settings = store.require_api(tx, call.scope, request["ApiId"])
        if settings.pop("CorsConfiguration", None) is not None:
            store.update_api(tx, request["ApiId"], settings)
            follow_changes(tx, settings)

    await call.write(write)
    return {}
