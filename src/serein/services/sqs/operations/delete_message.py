"""DeleteMessage: forget a message that was received."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import leases
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues


@operation("DeleteMessage")
async def delete_message(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    handle = request.get("ReceiptHandle")
    if handle is None:
        raise missing_parameter("ReceiptHandle")
    await call.write(lambda tx: leases.delete(tx, queues.require_queue(tx, address), handle))
    return {}
