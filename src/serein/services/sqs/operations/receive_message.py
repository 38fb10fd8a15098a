"""ReceiveMessage: take messages out of sight and hand them out, waiting for some if there are none."""

from serein.kernel.call import Call
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import receiving
from serein.services.sqs.errors import invalid_value
from serein.services.sqs.leases import MOST_VISIBILITY_SECONDS
from serein.services.sqs.messages import Received, Selection, parse_system_names, received_reply
from serein.services.sqs.queues import Address, Queue, require_address
from serein.services.sqs.receipts import handle_of
from serein.services.sqs.store import queues

_MOST_WAIT_SECONDS = 20
_MOST_MESSAGES = 10


@operation("ReceiveMessage", partial="ReceiveRequestAttemptId does not replay an earlier reply")
async def receive_message(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    limit = _within(request, "MaxNumberOfMessages", 1, _MOST_MESSAGES, "Must be between 1 and 10, if provided.")
    wait = _within(request, "WaitTimeSeconds", 0, _MOST_WAIT_SECONDS, "Must be >= 0 and <= 20, if provided.")
    visibility = _within(
        request, "VisibilityTimeout", 0, MOST_VISIBILITY_SECONDS, "Must be >= 0 and <= 43200, if provided."
    )
    wanted = parse_system_names(
        (*(request.get("AttributeNames") or ()), *(request.get("MessageSystemAttributeNames") or ()))
    )
    queue, claimed = await _receive(call, address, limit or 1, wait, visibility)
    if not claimed:
        return {}
    selection = Selection(request.get("MessageAttributeNames") or [])
    return {
        "Messages": [
            received_reply(message, handle_of(queue, message.id, message.receive_count), wanted, selection)
            for message in claimed
        ]
    }


async def _receive(
    call: Call, address: Address, limit: int, wait: int | None, visibility: int | None
) -> tuple[Queue, list[Received]]:
    """Claim messages; with none to claim, wait `wait` real seconds (None: as the queue says) for the first."""

    def look(tx: Transaction) -> tuple[Queue, float | None]:
        queue = queues.require_queue(tx, address)
        return queue, receiving.next_visible_at(tx, queue)

    def claim(tx: Transaction) -> list[Received]:
        queue = queues.require_queue(tx, address)
        return receiving.claim(tx, queue, limit, queue.visibility_seconds if visibility is None else visibility)

    queue, due = await call.read(look)
    if due is not None and due <= call.now:
        claimed = await call.write(claim)
        if claimed:
            return queue, claimed
    wait_seconds = queue.wait_seconds if wait is None else wait
    if wait_seconds == 0:
        return queue, []
    deadline = monotonic() + wait_seconds
    subscription = call.platform.bus.subscribe(queue.topic)
    try:
        while True:
            queue, due = await call.read(look)
            if due is not None and due <= call.now:
                claimed = await call.write(claim)
                if claimed:
                    return queue, claimed
                continue
            left = deadline - monotonic()
            if left <= 0:
                return queue, []
            await subscription.wait(due, left)
    finally:
        subscription.close()


def _within(request: Request, name: str, low: int, high: int, reason: str) -> int | None:
    value: int | None = request.get(name)
    if value is not None and not low <= value <= high:
        raise invalid_value(value, name, reason)
    return value
