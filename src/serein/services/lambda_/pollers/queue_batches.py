"""Messages on their way from a queue to a function: as Lambda's event shows them, gathered into batches."""

import base64
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from serein.services.lambda_.lineage import of_batch
from serein.services.lambda_.pollers.invoking import MOST_EVENT_BYTES

Message = dict[str, Any]
encode = msgspec.json.Encoder().encode
_HEAD, _TAIL = b'{"Records":[', b"]}"
_MOST_BYTES = MOST_EVENT_BYTES - len(_HEAD) - len(_TAIL)


class Gathered(NamedTuple):
    """A message that was received, and its record in JSON."""

    id: str
    receipt: str
    record: bytes
    trace_id: str = ""
    """What caused it, as the sender's trace header says."""


@dataclass(slots=True)
class QueueBatch:
    """Messages that are sent together."""

    messages: list[Gathered]
    received_at: float
    """When the first was received: its visibility timeout began then."""
    not_before: float = 0.0
    throttles: int = 0
    """How often in a row the function had no room."""

    @property
    def trace_id(self) -> str:
        return of_batch([message.trace_id for message in self.messages if message.trace_id])

    @property
    def payload(self) -> bytes:
        return _HEAD + b",".join([message.record for message in self.messages]) + _TAIL


@dataclass(slots=True)
class Gathering:
    """Messages that wait until there are enough for a batch, or the batching window has passed."""

    batch_size: int
    window_seconds: int
    messages: list[Gathered] = field(default_factory=list)
    since: float = 0.0
    _bytes: int = 0

    @property
    def room(self) -> int:
        return 0 if self._bytes >= _MOST_BYTES else max(0, self.batch_size - len(self.messages))

    @property
    def ready_at(self) -> float:
        return self.since + self.window_seconds

    def add(self, message: Gathered, now: float) -> None:
        if not self.messages:
            self.since = now
        self.messages.append(message)
        self._bytes += len(message.record) + 1

    def take(self, now: float, *, is_last: bool = False) -> QueueBatch | None:
        """A batch that is ready: full, or as much as there is once the window has passed or nothing may follow."""
        if not self.messages or (self.room and now < self.ready_at and not is_last):
            return None
        count, size = 0, 0
        for message in self.messages[: self.batch_size]:
            size += len(message.record) + 1
            if count and size > _MOST_BYTES:
                break
            count += 1
        batch = QueueBatch(self.messages[:count], self.since)
        self.messages = self.messages[count:]
        self._bytes = sum(len(message.record) + 1 for message in self.messages)
        return batch


def record_of(message: Message, source_arn: str, region: str) -> dict[str, Any]:
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
        "eventSourceARN": source_arn,
        "awsRegion": region,
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
