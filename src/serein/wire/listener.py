"""Listens for connections: HTTP/1.1 and WebSocket are served here, and Granian serves the rest behind a tunnel.

HTTP/2 without TLS (some AWS SDKs insist on it) is rare and large; a well-kept server knows it. It is imported and
started when the first such connection comes, and connections are handed to it byte by byte.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from serein.kernel.clock import monotonic
from serein.kernel.http import HttpReply, HttpRequest
from serein.wire.bodies import ClientDisconnected
from serein.wire.http1 import TLS_RECORD, Connection, Tunnel, end_sockets
from serein.wire.sockets import WebSocket

log = logging.getLogger("serein.http")
_BACKLOG = 2048
_HEAD_SECONDS = 30.0
_SWEEP_SECONDS = 5.0
_CLOSING_SECONDS = 3.0
_READ_BYTES = 256 * 1024


class Application(Protocol):
    """What answers requests: the gateway."""

    async def reply_to(self, http: HttpRequest) -> HttpReply:
        """Answer an HTTP/1.1 request; never raises but for a connection that broke."""

    async def connect(self, http: HttpRequest, socket: WebSocket) -> None:
        """Serve a WebSocket as long as it lasts; never raises but for a connection that broke."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer over ASGI."""


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address. Raises OSError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


class Listener:
    """Takes connections from `listening` and has requests answered by an application."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._behind: BehindServer | None = None

    async def start(self, application: Application, secure: Tunnel | None = None) -> None:
        """`secure` takes the connections that begin with TLS: the port speaks both."""
        behind = self._behind = BehindServer(application)

        async def tunnel(connection: Connection, received: bytes) -> None:
            if secure is not None and received.startswith(TLS_RECORD):
                await secure(connection, received)
            else:
                await behind.take(connection, received)

        def connection() -> Connection:
            return Connection(application.reply_to, application.connect, tunnel, self._connections)

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(connection, sock=self._listening, backlog=_BACKLOG)
        self._sweeping = loop.create_task(self._sweep(), name="http-sweep")

    async def close(self) -> None:
        """Stop listening, let what is being answered end (for a moment), and close the connections."""
        if self._server is None or self._sweeping is None or self._behind is None:
            self._listening.close()
            return
        self._server.close()
        self._sweeping.cancel()
        self.end_sockets()
        await self._behind.close()
        deadline = monotonic() + _CLOSING_SECONDS
        while any(connection.is_answering for connection in self._connections) and monotonic() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.transport.abort()

    def end_sockets(self) -> None:
        """Say good-bye to every WebSocket; what has to be done when one ends is done while connections are closed."""
        end_sockets(self._connections)

    async def _sweep(self) -> None:
        """Close connections whose request has been arriving for too long: one byte a second is an attack."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            limit = monotonic() - _HEAD_SECONDS
            for connection in list(self._connections):
                if 0.0 < connection.begun_at < limit:
                    connection.transport.abort()


async def carry(
    connection: Connection, received: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry the bytes of a connection to another one and back until either side ends it."""

    def sink(data: bytes) -> None:
        if data:
            writer.write(data)
        else:
            writer.close()

    connection.pass_on_to(sink)
    writer.write(received)
    try:
        while data := await reader.read(_READ_BYTES):
            await connection.drained()
            connection.transport.write(data)
    except ClientDisconnected:
        log.debug("a client left its connection")
    finally:
        writer.close()
        connection.transport.close()


class BehindServer:
    """Granian on a loopback port of its own, started when it is first needed."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._port = 0
        self._starting = asyncio.Lock()

    async def take(self, connection: Connection, received: bytes) -> None:
        """Carry the bytes of a connection both ways until either side ends it."""
        await self._start()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        await carry(connection, received, reader, writer)

    async def close(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.stop()
            await asyncio.wait({self._serving}, timeout=_CLOSING_SECONDS)

    async def _start(self) -> None:
        async with self._starting:
            if self._server is not None:
                return
            listening = bind("127.0.0.1", 0)
            self._port = listening.getsockname()[1]
            self._server = _granian(self._application, listening.detach())
            self._serving = asyncio.get_running_loop().create_task(self._server.serve(), name="http-2")
            await asyncio.sleep(0)
            if self._serving.done():
                self._serving.result()


def _granian(application: Callable[..., Any], descriptor: int) -> Any:
    """A Granian server on a socket that is bound already."""
    # Why here: most servers never see HTTP/2, and this takes 40 ms and 8 MB.
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.net import SocketHolder  # type: ignore[attr-defined]
    from granian.server.embed import Server

    class OnSocket(Server):
        def _init_shared_socket(self) -> None:
            holder: Any = SocketHolder
            self._shd: Any = holder(descriptor, False, _BACKLOG)
            self._sfd: Any = descriptor

    return OnSocket(
        application,
        interface=Interfaces.ASGINL,
        backlog=_BACKLOG,
        backpressure=8192,
        http=HTTPModes.auto,
        log_enabled=False,
        log_level=LogLevels.error,
        websockets=False,
    )
