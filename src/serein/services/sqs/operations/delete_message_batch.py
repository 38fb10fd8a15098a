"""DeleteMessageBatch: forget up to ten messages that were received."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, leases
from serein.services.sqs.batches import Refusals, reply_of, require_entries
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import require_address


@operation("DeleteMessageBatch")
async def delete_message_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "DeleteMessageBatchRequestEntry")
    handles = [entry.get("ReceiptHandle") or "" for entry in entries]

    def write(tx: Transaction) -> Refusals:
        return leases.delete(tx, access.require_queue(call, tx, address, "DeleteMessage"), handles)

    refusals = await call.write(write)
    counts_of(call.platform).add(address, "NumberOfMessagesDeleted", len(entries) - len(refusals))
    return reply_of(entries, refusals)
