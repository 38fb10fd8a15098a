"""HTTP as the platform sees it, and the doors that services open besides their APIs."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from serein.kernel.scope import Caller

if TYPE_CHECKING:
    from serein.kernel.call import Platform

Headers = list[tuple[str, str]]


class ByteStream:
    """A body that arrives: iterate over it once, or `read` it whole."""

    def __init__(self, chunks: AsyncIterator[bytes], size_bytes: int | None = None) -> None:
        self._chunks = chunks
        self.size_bytes = size_bytes
        """Its length when the client announced one."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks.__aiter__()

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self._chunks])

    @staticmethod
    def of(content: bytes) -> "ByteStream":
        async def once() -> AsyncIterator[bytes]:
            if content:
                yield content

        return ByteStream(once(), len(content))


class Client:
    """Who waits at the other end of a connection."""

    __slots__ = ("is_gone", "on_gone")

    def __init__(self) -> None:
        self.is_gone = False
        self.on_gone: Callable[[], None] | None = None
        """Called when the client goes away: an answer that takes its time can be given up."""

    def leave(self) -> None:
        """The connection is closed."""
        self.is_gone = True
        if self.on_gone is not None:
            self.on_gone()


@dataclass(slots=True)
class HttpRequest:
    """A request. Header names are lower case; a repeated header's values are joined by commas."""

    method: str
    path: str
    """Still percent-encoded, without the query."""
    query: str
    """Still percent-encoded, without the question mark."""
    headers: Mapping[str, str]
    body: ByteStream
    host: str
    """Lower case, without the port."""
    client_address: str = "127.0.0.1"
    scheme: str = "http"
    raw_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """As sent, repeats included; the names of HTTP/2 are in lower case."""
    http_version: str = "1.1"
    client: Client | None = None
    """None where the transport doesn't tell."""
    client_certificate: bytes = b""
    """The client's certificate in DER, where one was asked for and is trusted."""


@dataclass(slots=True)
class HttpReply:
    """A reply; `body` is bytes, an async iterator of bytes, or a file."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] | Path = b""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request."""

    account: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Keys:
    """What requests are signed with."""

    access_key_id: str
    secret: str
    token: str = ""


class Signatures(Protocol):
    """Tells doors who signed a request, and signs those that the platform sends (`wire/signers.py`)."""

    is_enforced: bool
    """Whether keys must be known and signatures right, by the settings."""

    async def require_signer(self, http: HttpRequest, body: bytes, service: str) -> Signer:
        """Who signed the request for `service`. Raises an AwsError when nobody did, or not as it should be."""

    def sign(self, http: HttpRequest, body: bytes, keys: Keys, region: str, service: str) -> Headers:
        """The headers that sign a request."""

    def lend(self, signer: Signer) -> Keys:
        """Keys with which a service signs for itself; they are good here, and until they are taken back."""

    def take_back(self, keys: Keys) -> None:
        """The keys aren't good any more."""


class Door(Protocol):
    """A way into a service that isn't an AWS API: API Gateway's own APIs, function URLs, websites.

    A service has one when its folder holds `door.py` with a module-level `door`; what it says of itself (`Service`)
    has the host label and the path prefix of the requests that go there. It is imported when the first one comes.
    """

    async def answer(self, platform: "Platform", http: HttpRequest) -> HttpReply | None:
        """Answer the request; None means: not one of mine after all.

        It is also asked for requests to the service's API that no operation matches. Raises AwsError.
        """


@dataclass(frozen=True, slots=True)
class Closing:
    """How a WebSocket ended: a status code of RFC 6455, and a text."""

    code: int
    reason: str


class Socket(Protocol):
    """A WebSocket that a client asks for: it is accepted or refused, and then messages go both ways."""

    closing: Closing | None
    """None while it is open, or asked for."""
    on_heard: Callable[[], None] | None
    """Called when the client sends a ping or a pong, which nobody else hears of."""

    async def accept(self, headers: Headers) -> None:
        """Open it, with further headers in the answer. Raises ConnectionError."""

    async def refuse(self, reply: HttpReply) -> None:
        """Answer like any HTTP request, and end the connection."""

    async def receive(self) -> str | bytes | None:
        """The next message; None once it is closed. No more is read while many wait."""

    def send(self, message: str | bytes) -> bool:
        """Send a message; False when it is closed already."""

    @property
    def is_full(self) -> bool:
        """Whether the client takes so little of what it is sent that nothing should be added."""

    async def drained(self) -> None:
        """Return when the client has taken most of what was sent. Raises ConnectionError when it is gone."""

    def close(self, code: int, reason: str) -> None:
        """End it. Safe to call twice."""


class SocketDoor(Door, Protocol):
    """A door that WebSockets go through, too. `has_sockets` is true."""

    has_sockets: bool

    async def connect(self, platform: "Platform", http: HttpRequest, socket: Socket) -> bool:
        """Serve a WebSocket as long as it lasts; False means: not one of mine, and nothing was done."""


class CorsDoor(Door, Protocol):
    """A door of a service whose API pages may call, by rules of its own."""

    async def cors_headers(self, platform: "Platform", http: HttpRequest) -> Headers:
        """What is added to the reply to a page's request; nothing when the rules don't allow it."""
