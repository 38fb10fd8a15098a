"""SendMessageBatch: put up to ten messages into a queue, each for itself."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import sending
from serein.services.sqs.batches import Entry, apply_each, require_entries
from serein.services.sqs.errors import BatchRequestTooLong, InvalidParameterValue
from serein.services.sqs.messages import MOST_BYTES, Draft, parse_draft, require_routable, sent_reply
from serein.services.sqs.queues import Queue, require_address
from serein.services.sqs.store import queues


@operation("SendMessageBatch")
async def send_message_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "SendMessageBatchRequestEntry")
    drafts = {entry["Id"]: parse_draft(entry, call.trace_id) for entry in entries}
    size_bytes = sum(draft.size_bytes for draft in drafts.values())
    if size_bytes > MOST_BYTES:
        raise BatchRequestTooLong(
            f"Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {size_bytes} bytes."
        )
    sender_id = call.caller.user_id

    def write(tx: Transaction) -> Reply:
        queue = queues.require_queue(tx, address)
        for draft in drafts.values():
            require_routable(queue, draft)

        def send(entry: Entry) -> Entry:
            draft = drafts[entry["Id"]]
            _require_short(queue, draft)
            return sent_reply(draft, sending.append_message(tx, queue, draft, sender_id))

        return apply_each(entries, send)

    return await call.write(write)


def _require_short(queue: Queue, draft: Draft) -> None:
    """AWS: an entry that is too long fails alone, and with words of its own."""
    if draft.size_bytes > queue.maximum_bytes:
        raise InvalidParameterValue(
            "One or more parameters cannot be validated. "
            f"Reason: Message must be shorter than {queue.maximum_bytes} bytes."
        )
