"""Event streams: replies that arrive in messages (`application/vnd.amazon.eventstream`).

A message is a prelude (two lengths and their CRC), headers, a payload, and a CRC of it all. An operation answers with
an async iterator of `{"EventName": {...}}`; an AwsError that the iterator raises becomes the stream's last message.
"""

import struct
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply
from serein.kernel.operation import Reply
from serein.wire.shapes import Member, Shape

if TYPE_CHECKING:
    from serein.wire.models import OperationModel

CONTENT_TYPE = "application/vnd.amazon.eventstream"
DocumentWriter = Callable[[Shape, Any], bytes]
"""Writes a value of a shape in a protocol's document format."""
_PRELUDE = struct.Struct(">II")
_CRC = struct.Struct(">I")
_BOOLEANS = {True: 0, False: 1}
_TEXT, _BYTES, _LONG, _INTEGER, _TIMESTAMP = 7, 6, 5, 4, 8


def encode_message(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """One message. Header values are text, bytes, booleans, integers (as 32 bits) or `Typed`."""
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    prelude = _PRELUDE.pack(16 + len(encoded) + len(payload), len(encoded))
    message = prelude + _CRC.pack(zlib.crc32(prelude)) + encoded + payload
    return message + _CRC.pack(zlib.crc32(message))


class Typed:
    """A header value whose kind Python's type doesn't tell."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: Any) -> None:
        self.kind = kind
        self.value = value


def _header(name: str, value: Any) -> bytes:
    encoded = name.encode()
    return bytes([len(encoded)]) + encoded + _value(value)


def _value(value: Any) -> bytes:
    kind = value.kind if isinstance(value, Typed) else ""
    if isinstance(value, Typed):
        value = value.value
    if isinstance(value, bool):
        return bytes([_BOOLEANS[value]])
    if kind == "timestamp":
        return struct.pack(">Bq", _TIMESTAMP, round(value * 1000))
    if kind == "long":
        return struct.pack(">Bq", _LONG, value)
    if isinstance(value, int):
        return struct.pack(">Bi", _INTEGER, value)
    content = value.encode() if isinstance(value, str) else value
    return struct.pack(">BH", _TEXT if isinstance(value, str) else _BYTES, len(content)) + content


def event_reply(
    operation: "OperationModel",
    reply: Reply,
    request_id: str,
    content_type: str,
    write: DocumentWriter,
    *,
    is_rpc: bool,
) -> HttpReply:
    """The reply of an operation whose output has an event stream."""
    headers = [("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id)]
    return HttpReply(operation.status, headers, event_messages(operation, reply, content_type, write, is_rpc=is_rpc))


async def event_messages(
    operation: "OperationModel", reply: Reply, content_type: str, write: DocumentWriter, *, is_rpc: bool
) -> AsyncIterator[bytes]:
    """The messages: the initial response where the protocol has one, then the events."""
    output, stream = operation.output, operation.event_stream_output
    if output is None or stream is None:
        return
    name = next(name for name, member in output.members.items() if member is stream)
    if is_rpc:
        rest = {key: value for key, value in reply.items() if key != name}
        headers = {":message-type": "event", ":event-type": "initial-response", ":content-type": content_type}
        yield encode_message(headers, write(output, rest))
    try:
        async for event in reply[name]:
            for event_name, value in event.items():
                yield encode_event(stream.target, event_name, value, content_type, write)
    except AwsError as error:
        yield encode_exception(stream.target, error, content_type, write)


def encode_event(
    stream: Shape, event_name: str, value: dict[str, Any], content_type: str, write: DocumentWriter
) -> bytes:
    """One event of a stream; its members go to headers or the payload as the event's shape says."""
    member = stream.members[event_name]
    headers: dict[str, Any] = {":message-type": "event", ":event-type": event_name}
    payload_type, payload = _event_body(member.target, value, headers, content_type, write)
    if payload_type:
        headers[":content-type"] = payload_type
    return encode_message(headers, payload)


def _event_body(
    event: Shape, value: dict[str, Any], headers: dict[str, Any], content_type: str, write: DocumentWriter
) -> tuple[str, bytes]:
    body = {}
    for name, item in value.items():
        member = event.members.get(name)
        if member is None or item is None:
            continue
        if member.eventheader:
            headers[name] = _typed(member, item)
        elif member.eventpayload:
            return _payload(member, item, content_type, write)
        else:
            body[name] = item
    if any(member.eventpayload for member in event.members.values()):
        return "", b""
    has_body = any(not member.eventheader for member in event.members.values())
    return (content_type, write(event, body)) if has_body else ("", b"")


def _typed(member: Member, value: Any) -> Any:
    return Typed(member.target.kind, value) if member.target.kind in {"timestamp", "long"} else value


def _payload(member: Member, value: Any, content_type: str, write: DocumentWriter) -> tuple[str, bytes]:
    kind = member.target.kind
    if kind == "blob":
        return "application/octet-stream", value
    if kind == "string":
        return "text/plain", value.encode()
    return content_type, write(member.target, value)


def encode_exception(stream: Shape, error: AwsError, content_type: str, write: DocumentWriter) -> bytes:
    """The message that ends a stream with an error: an exception when the stream's shape has it, else an error."""
    for name, member in stream.members.items():
        if member.target.exception and error.code in (name, member.target.name):
            body = {"message": error.message, **error.fields}
            known = {wire: body[wire] for wire in member.target.members if wire in body}
            headers = {":message-type": "exception", ":exception-type": name, ":content-type": content_type}
            return encode_message(headers, write(member.target, known))
    return encode_message(
        {":message-type": "error", ":error-code": error.code, ":error-message": error.message[:1024]}, b""
    )
