"""Event streams, read back by botocore."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer, EventStreamMessage

from serein.kernel.errors import AwsError
from serein.wire.eventstream import encode_message
from serein.wire.models import Description, ServiceModel
from serein.wire.protocols import named

DESCRIBED = {
    "metadata": {"protocol": "json", "jsonVersion": "1.1", "apiVersion": "x", "targetPrefix": "X"},
    "operations": {"Watch": {"name": "Watch", "output": {"shape": "WatchOutput"}}},
    "shapes": {
        "WatchOutput": {"type": "structure", "members": {"id": {"shape": "S"}, "events": {"shape": "Events"}}},
        "Events": {
            "type": "structure",
            "eventstream": True,
            "members": {
                "Line": {"shape": "Line"},
                "Blob": {"shape": "Blob"},
                "End": {"shape": "End"},
                "Broken": {"shape": "Broken"},
            },
        },
        "Line": {
            "type": "structure",
            "event": True,
            "members": {"text": {"shape": "S"}, "at": {"shape": "T", "eventheader": True}},
        },
        "Blob": {"type": "structure", "event": True, "members": {"data": {"shape": "B", "eventpayload": True}}},
        "End": {"type": "structure", "event": True, "members": {}},
        "Broken": {"type": "structure", "exception": True, "members": {"message": {"shape": "S"}}},
        "S": {"type": "string"},
        "T": {"type": "timestamp"},
        "B": {"type": "blob"},
    },
}


class Broken(AwsError):
    """It broke."""


class Other(AwsError):
    """Something else."""


async def events(last: AwsError | None = None) -> AsyncIterator[dict[str, Any]]:
    yield {"Line": {"text": "hello", "at": 1700000000.5}}
    yield {"Blob": {"data": b"\x00\x01"}}
    yield {"End": {}}
    if last is not None:
        raise last


def messages(protocol: str, last: AwsError | None = None) -> list[EventStreamMessage]:
    described = {**DESCRIBED, "metadata": {**DESCRIBED["metadata"], "protocol": protocol}}  # type: ignore[dict-item]
    model = ServiceModel("watch", msgspec.convert(described, Description))

    async def run() -> bytes:
        reply = named(protocol, "1.1").reply(model.operations["Watch"], {"id": "x", "events": events(last)}, "r")
        assert ("content-type", "application/vnd.amazon.eventstream") in reply.headers
        return b"".join([chunk async for chunk in reply.body])  # type: ignore[union-attr]

    buffer = EventStreamBuffer()
    buffer.add_data(asyncio.run(run()))
    return list(buffer)


def test_an_rpc_stream_begins_with_the_other_members() -> None:
    first, line, blob, end = messages("json")
    assert first.headers[":event-type"] == "initial-response"
    assert first.payload == b'{"id":"x"}'
    assert line.headers == {
        ":message-type": "event",
        ":event-type": "Line",
        ":content-type": "application/x-amz-json-1.1",
        "at": 1700000000500,
    }
    assert line.payload == b'{"text":"hello"}'
    assert (blob.headers[":content-type"], blob.payload) == ("application/octet-stream", b"\x00\x01")
    assert end.payload == b""


def test_a_rest_stream_has_no_initial_response() -> None:
    assert [message.headers[":event-type"] for message in messages("rest-json")] == ["Line", "Blob", "End"]


def test_a_cbor_stream_has_cbor_payloads() -> None:
    assert messages("smithy-rpc-v2-cbor")[1].payload == b"\xa1\x64text\x65hello"


def test_an_error_of_the_stream_is_its_last_message() -> None:
    last = messages("json", Broken())[-1]
    assert last.headers[":message-type"] == "exception"
    assert last.headers[":exception-type"] == "Broken"
    assert last.payload == b'{"message":"It broke."}'


def test_any_other_error_is_a_message_without_a_shape() -> None:
    last = messages("json", Other())[-1]
    assert last.headers == {":message-type": "error", ":error-code": "Other", ":error-message": "Something else."}


@pytest.mark.parametrize("value", [True, False, 5, -5, "text", b"bytes", ""])
def test_header_values_are_read_back(value: Any) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode_message({"name": value}, b"payload"))
    [message] = list(buffer)
    assert message.headers == {"name": value}
    assert message.payload == b"payload"
