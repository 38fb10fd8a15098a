"""What every protocol does: HTTP to request, reply to HTTP, error to HTTP."""

import zlib
from typing import TYPE_CHECKING, Protocol

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.wire.errors import SerializationException
from serein.wire.shapes import Shape

if TYPE_CHECKING:
    from serein.wire.models import OperationModel, ServiceModel

_UNPACKED_LIMIT = 32 * 1024 * 1024


class WireProtocol(Protocol):
    """One of the ways that AWS's APIs are spoken."""

    name: str

    def parse(self, operation: "OperationModel", http: HttpRequest, body: bytes, labels: dict[str, str]) -> Request:
        """Turn HTTP into a request, its types checked.

        For an operation that streams its input `body` is empty and the member is `http.body`. Raises AwsError.
        """

    def reply(self, operation: "OperationModel", reply: Reply, request_id: str) -> HttpReply:
        """Turn a reply into HTTP."""

    def error(
        self, service: "ServiceModel", operation: "OperationModel | None", error: AwsError, request_id: str
    ) -> HttpReply:
        """Turn an error into HTTP."""


def plain_body(operation: "OperationModel", http: HttpRequest, body: bytes) -> bytes:
    """The body, unpacked when the operation allows gzip and the client used it. Raises SerializationException."""
    if not operation.accepts_gzip or "gzip" not in http.headers.get("content-encoding", ""):
        return body
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(body, _UNPACKED_LIMIT)
    except zlib.error:
        raise SerializationException("The body is not gzip") from None
    if not unpacking.eof:
        raise SerializationException("The body is too large or incomplete")
    return plain


def find_error_shape(service: "ServiceModel", operation: "OperationModel | None", error: AwsError) -> Shape | None:
    """The error's shape in the model, or None when the model doesn't have it."""
    return operation.find_error(error.code) if operation is not None else service.find_error(error.code)


def message_member(shape: Shape | None) -> str:
    """What the message's member is called on the wire."""
    if shape is not None:
        for name, member in shape.members.items():
            wire_name = member.location_name or name
            if wire_name.lower() == "message":
                return wire_name
    return "message"


def code_of(shape: Shape | None, error: AwsError) -> str:
    """The error's code in the protocols that use the model's error trait."""
    if shape is not None and shape.error is not None and shape.error.code:
        return shape.error.code
    return error.query_code or error.code
