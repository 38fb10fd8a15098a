"""The poller of a mapping for an SQS queue.

It claims messages while it has invocations to spare and deletes what succeeded; what failed comes back when its
visibility timeout ends, so redrive to a dead-letter queue is SQS's own doing. Messages that the filter leaves out are
deleted before batches are made.
"""

import asyncio
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.services.lambda_.batch_responses import REPORTS, InvalidReport, parse_failures
from serein.services.lambda_.errors import TooManyRequestsException
from serein.services.lambda_.event_filters import filter_of
from serein.services.lambda_.event_invokes import queue_url
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC, QUEUE
from serein.services.lambda_.pollers.concurrency import Concurrency
from serein.services.lambda_.pollers.invoking import invoke_batch
from serein.services.lambda_.pollers.queue_batches import Gathered, Gathering, Message, QueueBatch, encode, record_of
from serein.services.lambda_.store.mappings import Mapping

_PER_CALL = 10
_CALLS_AT_ONCE = 8
_RETRY_SECONDS = 60.0
_LONGEST_THROTTLE_SECONDS = 60.0


class QueuePoller:
    """Moves messages from a queue to a function."""

    def __init__(self, platform: Platform, mapping: Mapping, name: str) -> None:
        self.name = name
        self._platform = platform
        self._mapping = mapping
        self._freed = f"lambda:mapping:{mapping.id}"
        self.topics: tuple[str, ...] = (f"sqs:queue:{mapping.source_arn}", self._freed)
        settings = mapping.settings
        arn = find_arn(mapping.source_arn)
        if arn is None:
            raise ValueError(f"{mapping.source_arn} is not an ARN")
        self._queue = {"QueueUrl": queue_url(platform, arn)}
        self._scope = arn.scope
        self._gathering = Gathering(settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"])
        self._concurrency = Concurrency(settings.get("ScalingConfig", {}).get("MaximumConcurrency"))
        self._reports = REPORTS in settings["FunctionResponseTypes"]
        self._selects = filter_of(settings, QUEUE)
        self._running = 0
        self._throttled: list[QueueBatch] = []
        self._is_stepping = False
        self.is_stopping = False

    def stop(self) -> None:
        """Read no more; what was received is still delivered."""
        self.is_stopping = True
        self._platform.bus.wake(self._freed)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way once it was told to stop."""
        is_empty = not self._running and not self._gathering.messages
        return self.is_stopping and not self._is_stepping and is_empty

    async def step(self) -> float | None:
        self._is_stepping = True
        try:
            if not self.is_stopping:
                return await self._poll()
            self._wind_down()
            return None
        except AwsError:
            # Why: a queue that was deleted may be made again under its name.
            return self._platform.clock.now() + _RETRY_SECONDS
        finally:
            self._is_stepping = False
            if self.is_stopping:
                self._platform.bus.wake(MAPPINGS_TOPIC)

    def _wind_down(self) -> None:
        """Send what was received. What was throttled comes back by itself."""
        self._throttled.clear()
        while (batch := self._gathering.take(self._platform.clock.now(), is_last=True)) is not None:
            self._start(batch)

    async def _poll(self) -> float | None:
        now = self._platform.clock.now()
        while self._throttled and self._throttled[0].not_before <= now and self._has_room:
            self._start(self._throttled.pop(0))
        while self._has_room and not self._throttled:
            batch = await self._gather()
            if batch is None:
                break
            self._start(batch)
        due = [self._throttled[0].not_before] if self._throttled else []
        if self._gathering.messages:
            due.append(self._gathering.ready_at)
        if self._throttled:
            return min(due)
        visible: float | None = (await self._call("NextVisible", self._queue))["At"]
        if visible is not None and visible <= now and not self._has_room:
            visible = self._concurrency.press(now)
        else:
            self._concurrency.relax()
        if visible is not None:
            due.append(visible)
        return min(due, default=None)

    @property
    def _has_room(self) -> bool:
        return self._running < self._concurrency.allowed

    def _start(self, batch: QueueBatch) -> None:
        self._running += 1
        self._platform.workers.activities.start(self.name, self._deliver(batch), wakes=self._freed)

    async def _gather(self) -> QueueBatch | None:
        """A batch that is ready; None when there is none yet."""
        gathering, calls = self._gathering, 1
        while room := gathering.room:
            wanted = min(room, _PER_CALL)
            replies = await asyncio.gather(*(self._receive(wanted) for _ in range(min(calls, -(-room // _PER_CALL)))))
            received = [message for messages in replies for message in messages]
            await self._sort_out(received)
            is_full = len(received) >= wanted * len(replies)
            if not received or (not is_full and not gathering.window_seconds and gathering.messages):
                break
            calls = _CALLS_AT_ONCE if is_full else 1
        return gathering.take(self._platform.clock.now())

    async def _sort_out(self, received: list[Message]) -> None:
        """Add to the batch what the filter selects, and delete the others."""
        now, unwanted = self._platform.clock.now(), []
        for message in received:
            record = record_of(message, self._mapping.source_arn, self._mapping.scope.region)
            trace_id = message.get("Attributes", {}).get("AWSTraceHeader", "")
            gathered = Gathered(message["MessageId"], message["ReceiptHandle"], encode(record), trace_id)
            if self._selects is None or self._selects(record):
                self._gathering.add(gathered, now)
            else:
                unwanted.append(gathered)
        if unwanted:
            await self._delete(unwanted)

    async def _receive(self, limit: int) -> list[Message]:
        request = {
            **self._queue,
            "MaxNumberOfMessages": limit,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
            "WaitTimeSeconds": 0,
        }
        messages: list[Message] = (await self._call("ReceiveMessage", request)).get("Messages", [])
        return messages

    async def _deliver(self, batch: QueueBatch) -> None:
        try:
            done = await self._invoke(batch)
            await self._delete(done)
        except TooManyRequestsException:
            self._concurrency.back_off()
            await self._postpone(batch)
        except AwsError:
            self._concurrency.back_off()  # AWS: the messages come back when their visibility timeout ends
        finally:
            self._running -= 1

    async def _invoke(self, batch: QueueBatch) -> list[Gathered]:
        """The messages that the function is done with."""
        reply = await invoke_batch(self._platform, self._mapping, batch.payload, batch.trace_id)
        if reply.get("FunctionError"):
            self._concurrency.back_off()
            return []
        self._concurrency.recover()
        for throttled in self._throttled:
            throttled.not_before = 0.0  # there may be room now
        if not self._reports:
            return batch.messages
        try:
            failed = parse_failures(reply["Payload"], {message.id for message in batch.messages})
        except InvalidReport:
            return []
        return [message for message in batch.messages if message.id not in failed]

    async def _postpone(self, batch: QueueBatch) -> None:
        """Try a batch that found no room again, as long as its messages are nobody else's.

        AWS: until the visibility timeout (developer guide, "Backoff strategy for failed invocations").
        """
        wait = min(2.0**batch.throttles, _LONGEST_THROTTLE_SECONDS)
        batch.throttles += 1
        batch.not_before = self._platform.clock.now() + wait
        request = {**self._queue, "AttributeNames": ["VisibilityTimeout"]}
        try:
            visibility = int((await self._call("GetQueueAttributes", request))["Attributes"]["VisibilityTimeout"])
        except AwsError:
            return  # the queue is gone, and the messages with it
        if batch.not_before < batch.received_at + visibility and not self.is_stopping:
            self._throttled.append(batch)
            self._throttled.sort(key=lambda waiting: waiting.not_before)

    async def _delete(self, messages: list[Gathered]) -> None:
        requests = []
        for start in range(0, len(messages), _PER_CALL):
            entries = [
                {"Id": str(n), "ReceiptHandle": message.receipt}
                for n, message in enumerate(messages[start : start + _PER_CALL])
            ]
            requests.append(self._call("DeleteMessageBatch", {**self._queue, "Entries": entries}))
        await asyncio.gather(*requests)

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return await self._platform.call("sqs", operation, request, scope=self._scope)
