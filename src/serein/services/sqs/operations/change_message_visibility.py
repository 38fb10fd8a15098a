"""ChangeMessageVisibility: change when a received message is visible again."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, leases
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.queues import require_address


@operation("ChangeMessageVisibility")
async def change_message_visibility(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    for name in ("ReceiptHandle", "VisibilityTimeout"):
        if request.get(name) is None:
            raise missing_parameter(name)
    seconds = leases.require_visibility(request["VisibilityTimeout"])

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        leases.apply_to_one(leases.change_visibility(tx, queue, [request["ReceiptHandle"]], [seconds]))

    await call.write(write)
    return {}
