"""The HTTP server: Granian embedded in our event loop, on a socket of our own."""

import asyncio
import socket
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server as GranianServer

_BACKLOG = 2048
_BUFFER_BYTES = 1 << 20


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address. Raises OSError when it is taken: Granian itself would share it silently."""
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


class _OnSocket(GranianServer):
    """Granian on a socket that is already bound, so that port 0 works and a taken port is an error."""

    descriptor: int

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder
        self._shd: Any = holder(self.descriptor, False, _BACKLOG)
        self._sfd: Any = self.descriptor


class Listener:
    """Takes connections from `listening` and gives requests to an ASGI application."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._server: _OnSocket | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, application: Any) -> None:
        server = _OnSocket(
            application,
            interface=Interfaces.ASGINL,
            backlog=_BACKLOG,
            backpressure=8192,
            http=HTTPModes.auto,
            # Why not pipeline_flush: with it, a reply to a slow client piles up in memory.
            http1_settings=HTTP1Settings(max_buffer_size=_BUFFER_BYTES),
            http2_settings=HTTP2Settings(max_headers_size=64 * 1024),
            log_enabled=False,
            log_level=LogLevels.error,
            websockets=True,
        )
        server.descriptor = self._listening.detach()  # Granian closes it
        self._server = server
        self._serving = asyncio.get_running_loop().create_task(server.serve(), name="http")
        await asyncio.sleep(0)
        if self._serving.done():
            self._serving.result()

    async def close(self) -> None:
        if self._server is not None and self._serving is not None:
            stop: Any = self._server.stop
            stop()
            await asyncio.wait({self._serving}, timeout=5)
        self._listening.close()
