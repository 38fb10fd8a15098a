"""PostToConnection: send a message to a client."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewaymanagementapi.errors import PayloadTooLargeException

_LARGEST_BYTES = 128 * 1024


@operation("PostToConnection")
async def post_to_connection(call: Call, request: Request) -> Reply:
    """Raises GoneException, PayloadTooLargeException, and LimitExceededException when the client's buffer is full."""
    if len(request.get("Data", b"")) > _LARGEST_BYTES:
        raise PayloadTooLargeException
    await call.to("apigatewayv2", "SendToConnection", {"Data": b"", **request})
    return {}
