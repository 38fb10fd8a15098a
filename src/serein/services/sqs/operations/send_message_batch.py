"""SendMessageBatch: put up to ten messages into a queue, each for itself."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, sending
from serein.services.sqs.batches import Entry, Refusals, reply_of, require_entries
from serein.services.sqs.errors import (
    BatchRequestTooLong,
    InvalidMessageContents,
    InvalidParameterValue,
    MissingParameter,
)
from serein.services.sqs.messages import MOST_BYTES, Draft, parse_draft, require_routable, sent_reply
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import Queue, require_address


@operation("SendMessageBatch")
async def send_message_batch(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    entries = require_entries(request, "SendMessageBatchRequestEntry")
    drafts, refused = _parse(entries, call.trace_id)
    sender_id = call.caller.user_id

    def write(tx: Transaction) -> tuple[list[Draft], list[Entry], Refusals]:
        queue = access.require_queue(call, tx, address, "SendMessage")
        refusals = refused | _refusals(queue, drafts)
        chosen = [draft for place, draft in drafts.items() if place not in refusals]
        sent = sending.append_messages(tx, queue, chosen, sender_id) if chosen else []
        return chosen, list(map(sent_reply, chosen, sent)), refusals

    chosen, replies, refusals = await call.write(write)
    counts_of(call.platform).sent(address, chosen)
    return reply_of(entries, refusals, replies)


def _parse(entries: list[Entry], trace_id: str) -> tuple[dict[int, Draft], Refusals]:
    """The messages by their place in the batch. Raises what makes the whole batch fail.

    AWS: a message with characters outside the allowed set fails alone; whatever else is wrong with one fails the batch.
    """
    drafts: dict[int, Draft] = {}
    refused: Refusals = {}
    size_bytes = 0
    for place, entry in enumerate(entries):
        try:
            drafts[place] = draft = parse_draft(entry, trace_id)
        except InvalidMessageContents as error:
            refused[place] = error
        else:
            size_bytes += draft.size_bytes
    if size_bytes > MOST_BYTES:
        raise BatchRequestTooLong(
            f"Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {size_bytes} bytes."
        )
    return drafts, refused


def _refusals(queue: Queue, drafts: dict[int, Draft]) -> Refusals:
    """The messages that are too long for a queue. Raises what makes the whole batch fail.

    AWS: a group that is missing is named as for a single message, under another code.
    """
    refusals: Refusals = {}
    for place, draft in drafts.items():
        if queue.is_fifo or not draft.is_plain:
            try:
                require_routable(queue, draft)
            except MissingParameter as error:
                raise InvalidParameterValue(error.message) from None
        if draft.size_bytes > queue.maximum_bytes:
            refusals[place] = _too_long(queue)
    return refusals


def _too_long(queue: Queue) -> AwsError:
    """AWS: an entry that is too long fails alone, and with words of its own."""
    return InvalidParameterValue(
        f"One or more parameters cannot be validated. Reason: Message must be shorter than {queue.maximum_bytes} bytes."
    )
