"""DeleteMessageBatch: forget up to ten messages that were received."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import leases
from serein.services.sqs.batches import Entry, apply_each, require_entries
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues


@operation("DeleteMessageBatch")
async def delete_message_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "DeleteMessageBatchRequestEntry")

    def write(tx: Transaction) -> Reply:
        queue = queues.require_queue(tx, address)

        def delete(entry: Entry) -> Entry:
            leases.delete(tx, queue, entry.get("ReceiptHandle") or "")
            return {}

        return apply_each(entries, delete)

    return await call.write(write)
