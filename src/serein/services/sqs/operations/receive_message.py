"""ReceiveMessage: take messages out of sight and hand them out, waiting for some if there are none."""

from serein.kernel.call import Call, Platform
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, receiving, repeating
from serein.services.sqs.errors import OverLimit, invalid_value
from serein.services.sqs.in_flight import MOST_IN_FLIGHT, allowances_of
from serein.services.sqs.leases import MOST_VISIBILITY_SECONDS
from serein.services.sqs.messages import (
    Received,
    Selection,
    parse_system_names,
    parse_token,
    received_reply,
    wrong_queue_type,
)
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import Address, Queue, require_address
from serein.services.sqs.receipts import handle_of
from serein.services.sqs.store import counts
from serein.services.sqs.waiting import lines_of

_MOST_WAIT_SECONDS = 20
_MOST_MESSAGES = 10


@operation("ReceiveMessage")
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
    attempt_id = parse_token(request, "ReceiveRequestAttemptId") or ""
    receiver = _Receiver(call, address, limit or 1, visibility, attempt_id)
    queue, claimed = await _receive(receiver, _giving_queues(call.platform), wait)
    counts_of(call.platform).received(address, len(claimed))
    if not claimed:
        return {}
    selection = Selection(request.get("MessageAttributeNames") or [])
    return {
        "Messages": [
            received_reply(message, handle_of(queue, message.id, message.receive_count), wanted, selection)
            for message in claimed
        ]
    }


class _Receiver:
    """One request: what it wants, and how it gets it."""

    def __init__(self, call: Call, address: Address, limit: int, visibility: int | None, attempt_id: str) -> None:
        self.call = call
        self.address = address
        self._limit = limit
        self._visibility = visibility
        self._attempt_id = attempt_id
        self._allowances = allowances_of(call.platform)
        self._is_over_limit = False

    async def look(self) -> tuple[Queue, bool]:
        """The queue, and whether something may be received."""

        def look(tx: Transaction) -> tuple[Queue, bool]:
            queue = access.require_queue(self.call, tx, self.address)
            due = receiving.next_visible_at(tx, queue)
            return queue, due is not None and due <= tx.now

        queue, is_due = await self.call.read(look)
        self._check_attempt(queue)
        return queue, is_due or bool(self._attempt_id)

    async def claim(self, wait: int | None) -> tuple[Queue, list[Received]]:
        """Claim messages. Raises OverLimit when there are too many in flight and nobody waits for them to be less."""
        queue, claimed = await self.call.write(self._claim)
        # AWS: only short polls of standard queues hear of it (SQSDeveloperGuide/quotas-queues.html).
        if self._is_over_limit and not _wait_seconds(queue, wait) and not queue.is_fifo:
            raise OverLimit(f"The queue has reached its limit of {MOST_IN_FLIGHT} messages in flight.")
        return queue, claimed

    def _claim(self, tx: Transaction) -> tuple[Queue, list[Received]]:
        queue = access.require_queue(self.call, tx, self.address)
        self._check_attempt(queue)
        seconds = queue.visibility_seconds if self._visibility is None else self._visibility
        if self._attempt_id and (again := repeating.repeat(tx, queue, self._attempt_id, seconds)):
            return queue, again
        granted = self._allowances.take(queue.id, self._limit, lambda: counts.count_in_flight(tx, queue))
        self._is_over_limit = not granted
        if not granted:
            return queue, []
        claimed = receiving.claim(tx, queue, granted, seconds)
        if self._attempt_id and claimed:
            repeating.remember(tx, queue, self._attempt_id, claimed, seconds)
        return queue, claimed

    def _check_attempt(self, queue: Queue) -> None:
        if self._attempt_id and not queue.is_fifo:
            raise wrong_queue_type(self._attempt_id, "ReceiveRequestAttemptId")


async def _receive(receiver: _Receiver, giving: set[Address], wait: int | None) -> tuple[Queue, list[Received]]:
    """Claim messages; with none to claim, wait `wait` real seconds (None: as the queue says) for the first.

    `giving` are the queues that gave messages when they were asked last: these needn't be looked at before.
    """
    is_due = receiver.address in giving
    if not is_due:
        queue, is_due = await receiver.look()
    if is_due:
        queue, claimed = await receiver.claim(wait)
        if claimed:
            giving.add(receiver.address)
            return queue, claimed
        giving.discard(receiver.address)
    wait_seconds = _wait_seconds(queue, wait)
    if wait_seconds == 0:
        return queue, []
    deadline = monotonic() + wait_seconds
    call = receiver.call
    place = lines_of(call.platform).join(queue, receiver.address)
    try:
        while await place.wait(deadline, call.client):
            queue, is_due = await receiver.look()
            if is_due:
                queue, claimed = await receiver.claim(wait)
                if claimed:
                    return queue, claimed
        return queue, []
    finally:
        await place.leave()


def _giving_queues(platform: Platform) -> set[Address]:
    found: set[Address] = platform.memory.setdefault("sqs giving queues", set())
    return found


def _wait_seconds(queue: Queue, wait: int | None) -> int:
    return queue.wait_seconds if wait is None else wait


def _within(request: Request, name: str, low: int, high: int, reason: str) -> int | None:
    value: int | None = request.get(name)
    if value is not None and not low <= value <= high:
        raise invalid_value(value, name, reason)
    return value
