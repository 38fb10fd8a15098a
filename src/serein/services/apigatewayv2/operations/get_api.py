"""GetApi: an API's settings."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import shown_api


@operation("GetApi")
async def get_api(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    settings = await call.read(lambda tx: store.require_api(tx, call.scope, request["ApiId"]))
    return shown_api(settings, call.platform.limits.endpoint)
