"""Messages: what a client may send, the checksums it gets, and what a receiver is shown."""

import re
from base64 import b64decode
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from serein.kernel.operation import Request
from serein.services.sqs.checksums import md5, md5_of_attributes
from serein.services.sqs.errors import (
    InvalidAttributeName,
    InvalidMessageContents,
    InvalidParameterValue,
    UnsupportedOperation,
    invalid_value,
    missing_parameter,
)
from serein.services.sqs.queues import Queue

MOST_BYTES = 1_048_576
_MOST_ATTRIBUTES = 10
_MOST_DELAY_SECONDS = 900
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE_NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)\Z")
_TOKEN = re.compile(r"[!-~]{1,128}\Z")
_SYSTEM_ATTRIBUTES = frozenset(
    {
        "All",
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        "AWSTraceHeader",
        "DeadLetterQueueSourceArn",
    }
)
_PLAIN = frozenset({"QueueUrl", "Id", "MessageBody"})
"""A message that says no more than these has nothing else to be looked at."""
_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A message that a client wants to send: checked as far as that goes without knowing the queue."""

    body: str
    body_md5: str
    size_bytes: int
    trace_header: str
    is_plain: bool = True
    """Whether it says nothing else."""
    attributes: str = ""
    """JSON of name to [type, value]; the value of a binary one in base64. Empty when there are none."""
    attributes_md5: str = ""
    trace_md5: str = ""
    delay_seconds: int | None = None
    group_id: str | None = None
    deduplication_id: str | None = None


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A message that was accepted; `sequence` is 0 in a standard queue."""

    message_id: str
    sequence: int


class Parcel(NamedTuple):
    """A message that has no row of its own yet, with the id that the row gets."""

    id: int
    message_id: str
    body: str
    attributes: str
    trace_header: str
    sent_at: float
    sender_id: str


def parse_draft(entry: Request, trace_id: str = "") -> Draft:
    """Check what SendMessage, or an entry of SendMessageBatch, says of its message.

    AWS: the request's own trace header becomes the message's when it names none.
    """
    body = entry.get("MessageBody")
    if not body:
        raise missing_parameter("MessageBody")
    # Why asked first: what is printable is allowed, and that is known in a fraction of the time.
    if not body.isprintable() and (forbidden := _FORBIDDEN.search(body)) is not None:
        raise InvalidMessageContents(
            f"Invalid binary character '#x{ord(forbidden.group()):X}' was found in the message body, the set of "
            "allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]"
        )
    encoded = body.encode()
    body_md5 = md5(encoded, usedforsecurity=False).hexdigest()
    if entry.keys() <= _PLAIN:
        return Draft(body, body_md5, len(encoded), trace_id)
    given = entry.get("MessageAttributes")
    attributes, attributes_md5, attributes_bytes = _parse_attributes(given) if given else ("", "", 0)
    system = entry.get("MessageSystemAttributes")
    trace_header, trace_md5 = _parse_system_attributes(system) if system else ("", "")
    delay = entry.get("DelaySeconds")
    if delay is not None and not 0 <= delay <= _MOST_DELAY_SECONDS:
        raise invalid_value(delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {_MOST_DELAY_SECONDS}.")
    return Draft(
        body=body,
        body_md5=body_md5,
        size_bytes=len(encoded) + attributes_bytes,
        attributes=attributes,
        attributes_md5=attributes_md5,
        trace_header=trace_header or trace_id,
        is_plain=False,
        trace_md5=trace_md5,
        delay_seconds=delay,
        group_id=parse_token(entry, "MessageGroupId"),
        deduplication_id=parse_token(entry, "MessageDeduplicationId"),
    )


def require_fitting(queue: Queue, draft: Draft) -> None:
    """Check a message's size against its queue's limit. Raises InvalidParameterValue."""
    if draft.size_bytes > queue.maximum_bytes:
        raise InvalidParameterValue(
            f"One or more parameters are invalid. Reason: Message must be shorter than {queue.maximum_bytes} bytes."
        )


def require_routable(queue: Queue, draft: Draft) -> None:
    """Check what a message says of groups, duplicates and delay against its queue's type.

    Raises InvalidParameterValue and MissingParameter.
    """
    if not queue.is_fifo:
        if draft.deduplication_id is not None:
            raise wrong_queue_type(draft.deduplication_id, "MessageDeduplicationId")
        return
    if draft.group_id is None:
        raise missing_parameter("MessageGroupId")
    if draft.deduplication_id is None and not queue.deduplicates_by_content:
        raise InvalidParameterValue(
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )
    if draft.delay_seconds:
        raise wrong_queue_type(draft.delay_seconds, "DelaySeconds")


def deduplication_id_of(draft: Draft) -> str:
    """The id that a FIFO queue tells duplicates by."""
    return draft.deduplication_id or sha256(draft.body.encode()).hexdigest()


def sent_reply(draft: Draft, sent: Sent) -> dict[str, Any]:
    """What the sender of a message is told."""
    reply = {"MessageId": sent.message_id, "MD5OfMessageBody": draft.body_md5}
    if not draft.is_plain:
        if draft.attributes_md5:
            reply["MD5OfMessageAttributes"] = draft.attributes_md5
        if draft.trace_md5:
            reply["MD5OfMessageSystemAttributes"] = draft.trace_md5
    if sent.sequence:
        reply["SequenceNumber"] = sequence_text(sent.sequence)
    return reply


def sequence_text(sequence: int) -> str:
    """AWS's form of a sequence number: twenty digits that grow, not one by one."""
    return str(18_800_000_000_000_000_000 + sequence * 256)


@lru_cache(maxsize=1024)
def parse_system_names(names: tuple[str, ...]) -> frozenset[str]:
    """The system attributes that a receiver asks for. Raises InvalidAttributeName for one there isn't."""
    for name in names:
        if name not in _SYSTEM_ATTRIBUTES:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    return _SYSTEM_ATTRIBUTES if "All" in names else frozenset(names)


class Selection:
    """The message attributes that a receiver asks for: names, prefixes (`foo.*`), or all of them."""

    __slots__ = ("_is_all", "_names", "_prefixes", "is_empty")

    def __init__(self, patterns: list[str]) -> None:
        self.is_empty = not patterns
        self._is_all = any(pattern in {"All", "*", ".*"} for pattern in patterns)
        self._names = {pattern for pattern in patterns if not pattern.endswith(".*")}
        self._prefixes = tuple(pattern[:-2] for pattern in patterns if pattern.endswith(".*"))

    def of(self, attributes: str) -> dict[str, list[str]]:
        """The selected ones of a stored message's attributes."""
        everything: dict[str, list[str]] = _decode(attributes)
        if self._is_all:
            return everything
        return {
            name: value
            for name, value in everything.items()
            if name in self._names or (self._prefixes and name.startswith(self._prefixes))
        }


class Received(NamedTuple):
    """A message as claimed by a receiver."""

    id: int
    message_id: str
    body: str
    attributes: str
    receive_count: int
    sent_at: float
    first_received_at: float
    sender_id: str
    trace_header: str
    source_arn: str
    group_id: str
    deduplication_id: str
    sequence: int


def received_reply(message: Received, handle: str, wanted: frozenset[str], selection: Selection) -> dict[str, Any]:
    """What the receiver of a message is shown."""
    reply: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": handle,
        "MD5OfBody": md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "Body": message.body,
    }
    if wanted:
        system = _system_attributes(message, wanted)
        if system:
            reply["Attributes"] = system
    if message.attributes and not selection.is_empty:
        selected = selection.of(message.attributes)
        if selected:
            reply["MD5OfMessageAttributes"] = md5_of_attributes(selected)
            reply["MessageAttributes"] = {name: _wire_attribute(*value) for name, value in selected.items()}
    return reply


def _system_attributes(message: Received, wanted: frozenset[str]) -> dict[str, str]:
    values = {
        "SenderId": message.sender_id,
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1000)),
        "AWSTraceHeader": message.trace_header,
        "DeadLetterQueueSourceArn": message.source_arn,
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
        "SequenceNumber": sequence_text(message.sequence) if message.sequence else "",
    }
    return {name: value for name, value in values.items() if value and name in wanted}


def _wire_attribute(kind: str, value: str) -> dict[str, Any]:
    if kind.startswith("Binary"):
        return {"DataType": kind, "BinaryValue": b64decode(value)}
    return {"DataType": kind, "StringValue": value}


def wrong_queue_type(value: object, name: str) -> InvalidParameterValue:
    """A parameter that queues of the other type have."""
    return invalid_value(value, name, "The request include parameter that is not valid for this queue type.")


def parse_token(entry: Request, name: str) -> str | None:
    """A group's, a duplicate's or an attempt's id, None when there is none. Raises InvalidParameterValue."""
    value = entry.get(name)
    if value is None or _TOKEN.match(value):
        return value
    reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
    raise invalid_value(value, name, reason)


def _parse_attributes(given: dict[str, dict[str, Any]]) -> tuple[str, str, int]:
    """Return the stored form of message attributes, their checksum and how many bytes they count for."""
    if len(given) > _MOST_ATTRIBUTES:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{_MOST_ATTRIBUTES}]."
        )
    size_bytes = 0
    stored: dict[str, list[Any]] = {}
    for name, attribute in given.items():
        if not _ATTRIBUTE_NAME.match(name):
            raise InvalidParameterValue(
                f"Message (user) attribute name '{name}' is invalid. It can include alphanumeric characters, "
                "underscores, hyphens and periods, is at most 256 characters long, neither starts nor ends with a "
                "period, has no periods in succession, and does not start with 'AWS.' or 'Amazon.'."
            )
        kind, content = _parse_attribute(name, attribute)
        size_bytes += len(name.encode()) + len(kind.encode())
        size_bytes += len(content) if isinstance(content, bytes) else len(content.encode())
        stored[name] = [kind, content]
    text = _encode(stored)
    return text.decode(), md5_of_attributes(_decode(text)), size_bytes


def _parse_attribute(name: str, attribute: dict[str, Any]) -> tuple[str, str | bytes]:
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise UnsupportedOperation("Message attribute list values in SendMessage operation are not supported.")
    kind = attribute.get("DataType")
    if not kind:
        raise InvalidParameterValue(f"Message (user) attribute '{name}' must contain a non-empty attribute type.")
    prefix = kind.split(".", 1)[0]
    if prefix not in {"String", "Number", "Binary"} or len(kind) > 256:
        raise InvalidParameterValue(
            f"The type of message (user) attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )
    if prefix == "Binary":
        return kind, _parse_binary(name, kind, attribute)
    return kind, _parse_text(name, kind, prefix, attribute)


def _parse_binary(name: str, kind: str, attribute: dict[str, Any]) -> bytes:
    if attribute.get("StringValue") is not None:
        raise _wrong_field(name, kind, "Binary")
    content: bytes | None = attribute.get("BinaryValue")
    if not content:
        raise InvalidParameterValue(
            f"Message (user) attribute '{name}' must contain a non-empty value of type 'Binary'."
        )
    return content


def _parse_text(name: str, kind: str, prefix: str, attribute: dict[str, Any]) -> str:
    if attribute.get("BinaryValue") is not None:
        raise _wrong_field(name, kind, "String")
    content: str | None = attribute.get("StringValue")
    if not content:
        raise InvalidParameterValue(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{prefix}'."
        )
    if _FORBIDDEN.search(content):
        raise InvalidParameterValue(
            f"Invalid binary character was found in the value of message (user) attribute '{name}', the set of "
            "allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]"
        )
    if prefix == "Number":
        try:
            float(content)
        except ValueError:
            raise InvalidParameterValue(
                f"Can't cast the value of message (user) attribute '{name}' to a number."
            ) from None
    return content


def _wrong_field(name: str, kind: str, field: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The message (user) attribute '{name}' with type '{kind}' must use field '{field}'.")


def _parse_system_attributes(given: dict[str, dict[str, Any]]) -> tuple[str, str]:
    for name, attribute in given.items():
        if name != "AWSTraceHeader":
            raise InvalidParameterValue(
                f"Message system attribute name '{name}' is invalid. Valid name is AWSTraceHeader."
            )
        if attribute.get("DataType") != "String" or not attribute.get("StringValue"):
            raise InvalidParameterValue(
                "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'."
            )
    header: str = given["AWSTraceHeader"]["StringValue"]
    return header, md5_of_attributes({"AWSTraceHeader": ["String", header]})
