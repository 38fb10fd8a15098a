"""ChangeMessageVisibility: change when a received message is visible again."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import leases
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues


@operation("ChangeMessageVisibility")
async def change_message_visibility(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    for name in ("ReceiptHandle", "VisibilityTimeout"):
        if request.get(name) is None:
            raise missing_parameter(name)
    seconds = leases.require_visibility(request["VisibilityTimeout"])
    handle = request["ReceiptHandle"]
    await call.write(lambda tx: leases.change_visibility(tx, queues.require_queue(tx, address), handle, seconds))
    return {}
