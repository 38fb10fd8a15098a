"""ChangeMessageVisibilityBatch: change when up to ten received messages are visible again."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import leases
from serein.services.sqs.batches import Entry, apply_each, require_entries
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues


@operation("ChangeMessageVisibilityBatch")
async def change_message_visibility_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "ChangeMessageVisibilityBatchRequestEntry")

    def write(tx: Transaction) -> Reply:
        queue = queues.require_queue(tx, address)

        def change(entry: Entry) -> Entry:
            seconds = leases.require_visibility(entry.get("VisibilityTimeout"))
            leases.change_visibility(tx, queue, entry.get("ReceiptHandle") or "", seconds)
            return {}

        return apply_each(entries, change)

    return await call.write(write)
