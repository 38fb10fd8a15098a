"""AWS JSON 1.0 and 1.1: the operation is named by `X-Amz-Target`, both bodies are JSON objects."""

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.wire.eventstream import event_reply
from serein.wire.protocols.documents import encode, writer_of
from serein.wire.protocols.protocol import code_of, find_error_shape, message_member, plain_body
from serein.wire.shapes import Shape, reaches
from serein.wire.typed import Parsed, type_of
from serein.wire.values import JSON, decode_json, parser_of

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel

_FRAMEWORK = {
    "SerializationException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "MissingAuthenticationTokenException": "com.amazon.coral.service",
    "IncompleteSignatureException": "com.amazon.coral.service",
    "InvalidSignatureException": "com.amazon.coral.service",
    "UnrecognizedClientException": "com.amazon.coral.service",
    "AccessDeniedException": "com.amazon.coral.service",
    "InternalFailure": "com.amazon.coral.service",
    "ValidationException": "com.amazon.coral.validate",
}
"""Where AWS's service framework keeps its own errors; shown only where a service shows its own namespace."""


class JsonProtocol:
    """One version of AWS JSON; they differ in the content type only."""

    def __init__(self, version: str) -> None:
        self.name = f"json {version}"
        self._content_type = f"application/x-amz-json-{version}"

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        if operation.accepts_gzip:
            body = plain_body(operation, http, body)
        if not body or operation.input is None:
            if body:
                decode_json(body)
            return {}
        return Parsed(parse_document(operation.input, body))

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
        shape = operation.output
        if operation.event_stream_output is not None and shape is not None:
            return event_reply(operation, reply, request_id, self._content_type, document_of, is_rpc=True)
        body = b"{}" if shape is None else document_of(shape, reply)
        return self._http(operation.status, request_id, body)

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        shape = find_error_shape(service, operation, error)
        name = error.code if shape is None else shape.name
        if service.error_namespace:
            name = (
                f"{_FRAMEWORK.get(name, service.error_namespace) if shape is None else service.error_namespace}#{name}"
            )
        http = self._http(error.status, request_id, error_document(name, shape, error))
        if service.is_query_compatible:
            fault = "Sender" if error.is_sender_fault else "Receiver"
            http.headers.append(("x-amzn-query-error", f"{code_of(shape, error)};{fault}"))
        return http

    def _http(self, status: int, request_id: str, body: bytes) -> HttpReply:
        headers = [
            ("x-amzn-requestid", request_id),
            ("content-type", self._content_type),
            # Why: some SDKs compare it where it is present; it costs a tenth of a microsecond.
            ("x-amz-crc32", str(zlib.crc32(body))),
        ]
        return HttpReply(status, headers, body)


def parse_document(shape: Shape, body: bytes) -> Any:
    """Read a JSON document of a shape. Raises SerializationException."""
    decoder = shape.once("json decoder", _decoder)
    try:
        return decoder(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _carefully(shape, body)


def _carefully(shape: Shape, body: bytes) -> Any:
    document = decode_json(body)
    try:
        return parser_of(shape, JSON)(document)
    except RecursionError:
        return decode_json(b"")


def _decoder(shape: Shape) -> Callable[[bytes], Any]:
    """msgspec's decoder where the wire has the members' own names, else the compiled parser."""
    if reaches(shape, _is_renamed):
        return lambda body: _carefully(shape, body)
    return msgspec.json.Decoder(type_of(shape)).decode


def _is_renamed(shape: Shape) -> bool:
    return shape.kind == "structure" and any(
        member.location_name not in {"", name} for name, member in shape.members.items()
    )


def document_of(shape: Shape, reply: Any) -> bytes:
    """Write a value of a shape as a JSON document."""
    writer = writer_of(shape)
    return encode(reply if writer is None else writer(reply))


def error_document(name: str, shape: Shape | None, error: AwsError) -> bytes:
    """The JSON body of an error; `name` is empty where a header tells it."""
    document: dict[str, Any] = {"__type": name} if name else {}
    if error.message:
        member = "Message" if error.code == "SerializationException" else message_member(shape)
        document[member] = error.message
    if error.fields:
        writer = None if shape is None else writer_of(shape)
        document.update(error.fields if writer is None else writer(error.fields))
    return encode(document)
