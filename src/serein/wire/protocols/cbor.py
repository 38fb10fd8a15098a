"""Smithy RPC v2 CBOR: the operation is named by the path, both bodies are CBOR maps."""

import io
import re
from typing import TYPE_CHECKING, Any

import cbor2

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Encoded, Reply, Request
from serein.wire.errors import SerializationException
from serein.wire.eventstream import event_reply
from serein.wire.protocols.json import parse_document
from serein.wire.protocols.protocol import code_of, find_error_shape, message_member, plain_body
from serein.wire.shapes import Shape
from serein.wire.typed import Parsed
from serein.wire.values import CBOR, parser_of

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel

_CONTENT_TYPE = "application/cbor"
_EMPTY = b"\xbf\xff"
PATH = re.compile(r"/service/([A-Za-z0-9_.]+)/operation/([A-Za-z0-9_]+)/?\Z")


class CborProtocol:
    """Smithy RPC v2 CBOR."""

    name = "smithy-rpc-v2-cbor"

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        body = plain_body(operation, http, body)
        if not body or operation.input is None:
            return {}
        return Parsed(parse_cbor(operation.input, body))

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
        shape = operation.output
        if operation.event_stream_output is not None and shape is not None:
            http = event_reply(operation, reply, request_id, _CONTENT_TYPE, cbor_of, is_rpc=True)
            http.headers.append(("smithy-protocol", "rpc-v2-cbor"))
            return http
        if shape is None:
            return self._http(operation.status, request_id, b"")
        return self._http(operation.status, request_id, cbor_of(shape, reply))

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        name = error.code if shape is None else shape.name
        document: dict[str, Any] = {"__type": f"{service.error_namespace}#{name}" if service.error_namespace else name}
        if error.message:
            document[message_member(shape)] = error.message
        if shape is not None:
            document.update(_value(shape, error.fields))
        http = self._http(error.status, request_id, cbor2.dumps(document))
        if service.is_query_compatible:
            fault = "Sender" if error.is_sender_fault else "Receiver"
            http.headers.append(("x-amzn-query-error", f"{code_of(shape, error)};{fault}"))
        return http

    def _http(self, status: int, request_id: str, body: bytes) -> HttpReply:
        headers = [("x-amzn-requestid", request_id), ("smithy-protocol", "rpc-v2-cbor")]
        if body:
            headers.append(("content-type", _CONTENT_TYPE))
        return HttpReply(status, headers, body)


def decode_cbor(body: bytes) -> Any:
    """Decode one CBOR item. Raises SerializationException."""
    stream = io.BytesIO(body)
    try:
        document = cbor2.CBORDecoder(stream, tag_hook=_tag).decode()
    except (cbor2.CBORDecodeError, RecursionError, ValueError, TypeError, OverflowError, MemoryError, AttributeError):
        raise SerializationException from None
    if stream.tell() != len(body):
        raise SerializationException
    return document


def _tag(*arguments: Any) -> Any:
    raise SerializationException("Unexpected tag")


def parse_cbor(shape: Shape, body: bytes) -> Any:
    """Read a CBOR document of a shape. Raises SerializationException."""
    document = decode_cbor(body)
    try:
        return parser_of(shape, CBOR)(document)
    except RecursionError:
        raise SerializationException from None


def cbor_of(shape: Shape, reply: Any) -> bytes:
    """Write a value of a shape as a CBOR document."""
    return cbor2.dumps(_value(shape, reply)) if reply else _EMPTY


def _value(shape: Shape, value: Any) -> Any:
    if type(value) is Encoded:
        value = parse_document(shape, value)
    if shape.kind == "timestamp":
        return cbor2.CBORTag(1, float(value))
    if shape.document:
        return value
    if shape.kind == "structure":
        members = shape.members
        return {
            members[name].location_name or name: _value(members[name].target, item)
            for name, item in value.items()
            if name in members and item is not None
        }
    if shape.kind == "list" and shape.member is not None:
        element = shape.member.target
        return [None if item is None else _value(element, item) for item in value]
    if shape.kind == "map" and shape.value is not None:
        element = shape.value.target
        return {name: None if item is None else _value(element, item) for name, item in value.items()}
    if shape.kind in {"float", "double"}:
        return float(value)
    return value
