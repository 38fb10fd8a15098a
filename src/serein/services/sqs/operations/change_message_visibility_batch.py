"""ChangeMessageVisibilityBatch: change when up to ten received messages are visible again."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, leases
from serein.services.sqs.batches import Refusals, reply_of, require_entries
from serein.services.sqs.queues import require_address


@operation("ChangeMessageVisibilityBatch")
async def change_message_visibility_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "ChangeMessageVisibilityBatchRequestEntry")
    handles = [entry.get("ReceiptHandle") or "" for entry in entries]
    seconds = [entry.get("VisibilityTimeout") for entry in entries]

    def write(tx: Transaction) -> Refusals:
        queue = access.require_queue(call, tx, address, "ChangeMessageVisibility")
        return leases.change_visibility(tx, queue, handles, seconds)

    return reply_of(entries, await call.write(write))
