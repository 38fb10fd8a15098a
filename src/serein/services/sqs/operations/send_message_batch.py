"""SendMessageBatch: put up to ten messages into a queue, each for itself."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, sending
from serein.services.sqs.batches import Refusals, reply_of, require_entries
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

    def write(tx: Transaction) -> tuple[dict[int, dict[str, Any]], Refusals]:
        queue = access.require_queue(call, tx, address, "SendMessage")
        refusals = dict(refused)
        fitting: dict[int, Draft] = {}
        for place, draft in drafts.items():
            if queue.is_fifo or draft.deduplication_id is not None:
                _require_routable(queue, draft)
            if draft.size_bytes > queue.maximum_bytes:
                refusals[place] = _too_long(queue)
            else:
                fitting[place] = draft
        chosen = list(fitting.values())
        sent = sending.append_messages(tx, queue, chosen, sender_id) if chosen else []
        return dict(zip(fitting, map(sent_reply, chosen, sent), strict=True)), refusals

    replies, refusals = await call.write(write)
    counts_of(call.platform).sent(address, [drafts[place] for place in replies])
    return reply_of(entries, refusals, replies)


def _parse(entries: list[dict[str, Any]], trace_id: str) -> tuple[dict[int, Draft], Refusals]:
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


def _require_routable(queue: Queue, draft: Draft) -> None:
    """AWS: a group that is missing is named as for a single message, under another code."""
    try:
        require_routable(queue, draft)
    except MissingParameter as error:
        raise InvalidParameterValue(error.message) from None


def _too_long(queue: Queue) -> AwsError:
    """AWS: an entry that is too long fails alone, and with words of its own."""
    return InvalidParameterValue(
        f"One or more parameters cannot be validated. Reason: Message must be shorter than {queue.maximum_bytes} bytes."
    )
