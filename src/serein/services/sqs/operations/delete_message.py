"""DeleteMessage: forget a message that was received."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, leases
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import require_address


@operation("DeleteMessage")
async def delete_message(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    handle = request.get("ReceiptHandle")
    if handle is None:
        raise missing_parameter("ReceiptHandle")

    def write(tx: Transaction) -> None:
        leases.apply_to_one(leases.delete(tx, access.require_queue(call, tx, address), [handle]))

    await call.write(write)
    counts_of(call.platform).add(address, "NumberOfMessagesDeleted", 1)
    return {}
