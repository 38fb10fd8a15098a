"""CheckAccess: whether the caller may publish to a topic, without publishing; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access


@operation("CheckAccess", internal=True)
async def check_access(call: Call, request: Request) -> Reply:
    """The request is {"TopicArn"}. Raises NotFound and AuthorizationError."""
    await call.read(lambda tx: access.require_topic(call, tx, request["TopicArn"], "Publish"))
    return {}
