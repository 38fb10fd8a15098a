"""HTTP requests to other servers, and what they answer."""

import gzip
import zlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from serein.kernel.call import Platform
from serein.outgoing import AnsweredTooLate, OutgoingRequest, Unreachable, outgoing_of
from serein.services.events.errors import DeliveryFailed

# AWS: "Requests have a maximum client execution timeout of 5 seconds"
# (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
_PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class Outgoing:
    """A request; `query` is added to the one of the address."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    repeated: list[tuple[str, str]] = field(default_factory=list)
    """Further headers, whose names may stand more than once."""
    patience_seconds: float = _PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reply."""

    status: int
    headers: dict[str, str]
    body: bytes
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """The headers, repeated ones too."""


def address_of(request: Outgoing) -> str:
    """The whole address of a request, its query included."""
    if not request.query:
        return request.url
    return request.url + ("&" if "?" in request.url else "?") + urlencode(request.query)


async def send(platform: Platform, request: Outgoing) -> Incoming:
    """Send a request. Raises DeliveryFailed when there is no answer."""
    url = address_of(request)
    headers = [*request.headers.items(), *request.repeated]
    made = OutgoingRequest(request.method, url, headers, request.body, request.patience_seconds)
    try:
        answer = await outgoing_of(platform).send(made)
    except AnsweredTooLate as error:
        raise DeliveryFailed("TIMEOUT", str(error), is_retriable=True) from error
    except Unreachable as error:
        raise DeliveryFailed("CONNECTION_FAILURE", str(error), is_retriable=True) from error
    assert isinstance(answer.body, bytes)
    found = dict(answer.headers)
    body = _decoded(answer.body, found.get("content-encoding", ""))
    return Incoming(answer.status, found, body, answer.headers)


def _decoded(body: bytes, encoding: str) -> bytes:
    """Raises DeliveryFailed for what isn't in the encoding that it says."""
    try:
        if encoding == "gzip":
            return gzip.decompress(body)
        return zlib.decompress(body) if encoding == "deflate" else body
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryFailed("CONNECTION_FAILURE", str(error), is_retriable=True) from error
