"""The poller of a mapping for an SQS queue.

It claims messages while it has invocations to spare and deletes what succeeded; what failed comes back when its
visibility timeout ends, so redrive to a dead-letter queue is SQS's own doing.
"""

import asyncio
import base64
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.clock import monotonic
from serein.kernel.errors import AwsError
from serein.services.lambda_.batch_responses import REPORTS, InvalidReport, parse_failures
from serein.services.lambda_.event_invokes import queue_url
from serein.services.lambda_.event_sources import filter_of
from serein.services.lambda_.pollers.invoking import invoke_batch
from serein.services.lambda_.store.mappings import Mapping

Message = dict[str, Any]
_PER_CALL = 10
_MAXIMUM_BATCH_BYTES = 6_000_000
_INITIAL_CONCURRENCY = 2
_DEFAULT_CONCURRENCY = 8
_SLOW_SECONDS = 0.02
_RETRY_SECONDS = 60.0


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
        self._batch_size: int = settings["BatchSize"]
        self._window: int = settings["MaximumBatchingWindowInSeconds"]
        self._most = settings.get("ScalingConfig", {}).get("MaximumConcurrency", _DEFAULT_CONCURRENCY)
        self._allowed = min(_INITIAL_CONCURRENCY, self._most)
        self._reports = REPORTS in settings["FunctionResponseTypes"]
        self._selects = filter_of(mapping, "body")
        self._running = 0
        self._gathered: list[Message] = []
        self._gathered_since = 0.0

    @property
    def last_result(self) -> str:
        return ""

    async def step(self) -> float | None:
        try:
            return await self._poll()
        except AwsError:
            # Why: a queue that was deleted may be made again under its name.
            return self._platform.clock.now() + _RETRY_SECONDS

    async def _poll(self) -> float | None:
        while self._running < self._allowed:
            batch = await self._gather()
            if not batch:
                break
            self._running += 1
            self._platform.workers.activities.start(self.name, self._deliver(batch), wakes=self._freed)
        if self._gathered:
            return self._gathered_since + self._window
        if self._running >= self._allowed:
            return None
        due: float | None = (await self._call("NextVisible", self._queue))["At"]
        return due

    async def _gather(self) -> list[Message]:
        """A batch that is ready: full, or as much as there is once the batching window has passed."""
        gathered = self._gathered
        while len(gathered) < self._batch_size:
            received = await self._receive(min(self._batch_size - len(gathered), _PER_CALL))
            if not received:
                break
            if not gathered:
                self._gathered_since = self._platform.clock.now()
            gathered += received
            if not self._window and len(received) < _PER_CALL:
                break
        now = self._platform.clock.now()
        is_ready = len(gathered) >= self._batch_size or now >= self._gathered_since + self._window
        if not gathered or not is_ready:
            return []
        self._gathered = []
        return gathered

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

    async def _deliver(self, messages: list[Message]) -> None:
        started = monotonic()
        try:
            await self._invoke(messages)
        finally:
            self._running -= 1
            if self._allowed < self._most and monotonic() - started > _SLOW_SECONDS:
                self._allowed += 1

    async def _invoke(self, messages: list[Message]) -> None:
        records = [record_of(message, self._mapping) for message in messages]
        wanted = messages
        if self._selects is not None:
            chosen = [self._selects(record) for record in records]
            await self._delete([message for message, is_chosen in zip(messages, chosen, strict=True) if not is_chosen])
            wanted = [message for message, is_chosen in zip(messages, chosen, strict=True) if is_chosen]
            records = [record for record, is_chosen in zip(records, chosen, strict=True) if is_chosen]
        if not records:
            return
        try:
            reply = await invoke_batch(self._platform, self._mapping, records)
        except AwsError:
            return  # AWS: the messages come back when their visibility timeout ends
        if reply.get("FunctionError"):
            return
        failed: set[str] = set()
        if self._reports:
            try:
                failed = parse_failures(reply["Payload"], {message["MessageId"] for message in wanted})
            except InvalidReport:
                return
        await self._delete([message for message in wanted if message["MessageId"] not in failed])

    async def _delete(self, messages: list[Message]) -> None:
        requests = []
        for start in range(0, len(messages), _PER_CALL):
            entries = [
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(messages[start : start + _PER_CALL])
            ]
            requests.append(self._call("DeleteMessageBatch", {**self._queue, "Entries": entries}))
        await asyncio.gather(*requests)

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return await self._platform.call("sqs", operation, request, scope=self._scope)


def record_of(message: Message, mapping: Mapping) -> dict[str, Any]:
    """A message as Lambda's event shows it.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.source_arn,
        "awsRegion": mapping.scope.region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}
    if "StringValue" in attribute:
        shown["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shown["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return shown
