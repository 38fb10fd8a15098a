"""DeleteConnection: disconnect a client."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation


@operation("DeleteConnection")
async def delete_connection(call: Call, request: Request) -> Reply:
    """Raises GoneException."""
    await call.to("apigatewayv2", "CloseConnection", request)
    return {}
