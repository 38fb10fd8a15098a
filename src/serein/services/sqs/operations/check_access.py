"""CheckAccess: whether the caller may send to a queue, without sending; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.queues import require_address


@operation("CheckAccess", internal=True)
async def check_access(call: Call, request: Request) -> Reply:
    """The request is {"QueueUrl"}. Raises QueueDoesNotExist and AccessDenied."""
    address = require_address(request, call.scope)
    await call.read(lambda tx: access.require_queue(call, tx, address, "SendMessage"))
    return {}
