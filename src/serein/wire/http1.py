"""HTTP/1.1 on the event loop itself: httptools parses, one object serves one connection.

Why not a server of its own thread: every request would then hand the interpreter from thread to thread. Measured with
the same gateway, that halves the throughput of short requests (docs/adr/0006-http-on-the-event-loop.md).

One request is answered at a time; pipelined ones wait. Small bodies are complete when the gateway sees them, large ones
stream, and reading stops while nobody takes what has come.
"""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httptools

from serein.kernel.clock import monotonic
from serein.kernel.http import Client, HttpReply, HttpRequest
from serein.wire.bodies import ArrivingBody, CompleteBody
from serein.wire.replies import ReplyWriter, refusal
from serein.wire.sockets import WebSocket

log = logging.getLogger("serein.http")
Answer = Callable[[HttpRequest], Awaitable[HttpReply]]
Tunnel = Callable[["Connection", bytes], Awaitable[None]]
Connect = Callable[[HttpRequest, WebSocket], Awaitable[None]]
_WHOLE_BODY_BYTES = 256 * 1024
_MAXIMUM_HEAD_BYTES = 256 * 1024
_MAXIMUM_DISCARDED_BYTES = 16 * 1024 * 1024
_HTTP_2_PREFACE = b"PRI * HTTP/2.0\r\n"
TLS_RECORD = b"\x16"
"""What a connection begins with that wants TLS."""
_GOING_AWAY = 1001
_NO_BODY = CompleteBody(b"")


class Connection(asyncio.Protocol):
    """A client's connection: parses requests, has them answered in order, writes the replies."""

    def __init__(
        self,
        answer: Answer,
        connect: Connect | None,
        tunnel: Tunnel,
        connections: "set[Connection]",
        origins: Mapping[tuple[str, int], str] | None = None,
    ) -> None:
        """`origins` has the addresses of clients whose connections reach this one through a tunnel of ours."""
        self._answer = answer
        self._connect = connect
        self._tunnel = tunnel
        self._connections = connections
        self._origins = origins
        self._scheme = "http"
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._writer = ReplyWriter()
        self._waiting: deque[tuple[HttpRequest, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._client_address = ""
        self._client_certificate = b""
        self._client = Client()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._is_in_head = True
        self._parts: list[bytes] = []
        self._body: ArrivingBody | None = None
        self._request: HttpRequest | None = None
        self._raw = b""
        self._has_begun = False
        self._is_paused = False
        self._passed_on: Callable[[bytes], None] | None = None
        self.transport: Any = None
        self.socket: WebSocket | None = None
        """What the connection has turned into, if it is a WebSocket."""
        self.begun_at = 0.0
        """When the head of the request that is arriving began; 0 when none is."""

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._writer.transport = transport
        peer = transport.get_extra_info("peername")
        self._client_address = peer[0] if peer else ""
        secure = transport.get_extra_info("ssl_object")
        if secure is not None:
            self._scheme, self._client_certificate = "https", secure.getpeercert(True) or b""
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._writer.lost()
        self._client.leave()
        if self._body is not None:
            self._body.fail()
        if self._passed_on is not None:
            self._passed_on(b"")
        self._waiting.clear()

    def pause_writing(self) -> None:
        self._writer.pause()

    def resume_writing(self) -> None:
        self._writer.resume()

    def data_received(self, data: bytes) -> None:
        if self._passed_on is not None:
            self._passed_on(data)
            return
        if not self._has_begun:
            self._has_begun = True
            if self._origins:
                peer = self.transport.get_extra_info("peername")
                self._client_address = self._origins.get(tuple(peer[:2]), self._client_address)
            if data.startswith((_HTTP_2_PREFACE[: len(data)], TLS_RECORD)):
                self._hand_over(data)
                return
        if self._is_in_head:
            self._raw = self._raw + data if self._head_bytes else data
            self._head_bytes += len(data)
            if self.begun_at == 0.0:
                self.begun_at = monotonic()
            if self._head_bytes > _MAXIMUM_HEAD_BYTES and self._request is None:
                self._refuse(431, "the request's head is too large")
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._change(self._raw, data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(400, f"not HTTP/1.1: {error}")

    def pause_reading(self) -> None:
        """Let the client wait. Safe to call twice."""
        if not self._is_paused and not self.transport.is_closing():
            self._is_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on. Safe to call twice."""
        if self._is_paused and not self.transport.is_closing():
            self._is_paused = False
            self.transport.resume_reading()

    # The parser's calls.

    def on_message_begin(self) -> None:
        self._url, self._headers, self._parts = b"", [], []
        self._body = self._request = None
        self._is_in_head = True

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_bytes, self.begun_at = 0, 0.0
        if self._parser.should_upgrade():
            return  # the parser stops here, and the connection is handed over
        request = self._request_of()
        self._request = request
        length = request.headers.get("content-length")
        is_chunked = "transfer-encoding" in request.headers
        if not is_chunked and "expect" not in request.headers and (not length or int(length) <= _WHOLE_BODY_BYTES):
            return
        self._body = ArrivingBody(self, int(length) if length and not is_chunked else None)
        if request.headers.get("expect", "").lower() == "100-continue":
            self._body.on_wanted = lambda: self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = self._body
        self._dispatch(request)

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            self._parts.append(body)
        elif self._body.feed(body) > _MAXIMUM_DISCARDED_BYTES:
            self.transport.close()

    def on_message_complete(self) -> None:
        request, body = self._request, self._body
        self._is_in_head = True
        self._request = self._body = None
        if request is None:
            return
        if body is not None:
            body.complete()
            return
        parts = self._parts
        if parts:
            request.body = CompleteBody(parts[0] if len(parts) == 1 else b"".join(parts))
        self._dispatch(request)

    # Requests, one after the other.

    def _request_of(self) -> HttpRequest:
        headers = {_lower(name): value.decode("latin-1") for name, value in self._headers}
        if len(headers) != len(self._headers):
            headers = _joined(self._headers)
        url = self._url.decode("latin-1")
        if url[:1] != "/":
            url = _without_authority(url)
        path, _, query = url.partition("?")
        return HttpRequest(
            _text(self._parser.get_method()),
            path,
            query,
            headers,
            _NO_BODY,
            _host_name(headers.get("host", "")),
            self._client_address,
            self._scheme,
            self._headers,
            self._parser.get_http_version(),
            self._client,
            self._client_certificate,
        )

    def _dispatch(self, request: HttpRequest) -> None:
        keeps_alive = self._parser.should_keep_alive()
        if self._task is None:
            self._task = self._loop.create_task(self._serve(request, keeps_alive))
        else:
            self._waiting.append((request, keeps_alive))
            self.pause_reading()

    async def _serve(self, request: HttpRequest, keeps_alive: bool) -> None:
        try:
            while True:
                # Why kept: whoever answers may put a decoded body in its place.
                body = request.body
                reply = await self._answer(request)
                if isinstance(body, ArrivingBody) and body.is_withheld:
                    # Why: a client that wasn't told to go on sends no body, and its next request isn't one.
                    keeps_alive = False
                await self._writer.write(request, reply, keeps_alive)
                if isinstance(body, ArrivingBody):
                    body.discard()
                if not keeps_alive:
                    self.transport.close()
                    return
                if not self._waiting:
                    return
                request, keeps_alive = self._waiting.popleft()
        except ConnectionError:
            log.debug("%s %s: the client went away", request.method, request.path)
            self.transport.close()
        except BaseException:
            # Whatever it is, nobody is to wait for an answer that doesn't come.
            self.transport.close()
            raise
        finally:
            self._task = None
            self.resume_reading()

    def _refuse(self, status: int, message: str) -> None:
        self.transport.write(refusal(status, message))
        self.transport.close()

    # Connections that turn into something else.

    def _change(self, received: bytes, rest: bytes) -> None:
        """Become what the client asks for in `received`, which `rest` is the end of."""
        request = self._request_of()
        connect = self._connect
        is_socket = request.method == "GET" and request.headers.get("upgrade", "").lower() == "websocket"
        if connect is None or not is_socket:
            self._hand_over(received)
            return
        if self._task is not None or self._waiting:
            self._refuse(400, "no upgrade within a pipeline")
            return
        self.socket = WebSocket(request, self, self.transport, self._writer)
        self._passed_on, self._raw = self.socket.feed, b""
        if rest:
            self.socket.feed(rest)
        self._task = self._loop.create_task(self._serve_socket(connect, request, self.socket))

    async def _serve_socket(self, connect: Connect, request: HttpRequest, socket: WebSocket) -> None:
        try:
            await connect(request, socket)
        except ConnectionError:
            log.debug("%s: the client went away", request.path)
            self.transport.close()
        finally:
            self._task = None

    def _hand_over(self, data: bytes) -> None:
        if self._task is not None or self._waiting:
            self._refuse(400, "no upgrade within a pipeline")
            return
        self.begun_at = 0.0
        pending: list[bytes] = []
        self._passed_on = pending.append
        self._task = self._loop.create_task(self._hand_over_when_ready(data, pending))

    async def _hand_over_when_ready(self, data: bytes, pending: list[bytes]) -> None:
        try:
            await self._tunnel(self, data + b"".join(pending))
        except OSError:
            log.exception("a connection could not be handed over")
            self.transport.close()

    @property
    def client_address(self) -> str:
        return self._client_address

    @property
    def is_answering(self) -> bool:
        return self._task is not None and (self._passed_on is None or self.socket is not None)

    async def drained(self) -> None:
        """Return when the client has taken most of what was written. Raises ConnectionError when it is gone."""
        await self._writer.drained()

    def pass_on_to(self, sink: Callable[[bytes], None], pending: bytes = b"") -> None:
        """From now on give what arrives to `sink`; empty bytes mean the end."""
        self._passed_on = sink


def end_sockets(connections: "Iterable[Connection]") -> None:
    """Say good-bye to every WebSocket among them."""
    for connection in list(connections):
        if connection.socket is not None:
            connection.socket.close(_GOING_AWAY, "Going away")


@functools.lru_cache(maxsize=1024)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


@functools.lru_cache(maxsize=1024)
def _text(name: bytes) -> str:
    return name.decode("latin-1")


@functools.lru_cache(maxsize=1024)
def _host_name(host: str) -> str:
    """What a Host header names, in lower case and without the port."""
    name = host.rpartition(":")[0] if ":" in host and host[-1:] != "]" else host
    return name.lower()


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers of which some are repeated, their values joined."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key, text = _lower(name), value.decode("latin-1")
        joined[key] = f"{joined[key]},{text}" if key in joined else text
    return joined


def _without_authority(url: str) -> str:
    """The path and query of a URL in absolute form; `*` stays."""
    if url == "*":
        return "/"
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
