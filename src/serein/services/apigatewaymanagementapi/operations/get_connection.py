"""GetConnection: since when a client is connected, and when it was last heard of."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation


@operation("GetConnection")
async def get_connection(call: Call, request: Request) -> Reply:
    """Raises GoneException."""
    return await call.to("apigatewayv2", "DescribeConnection", request)
