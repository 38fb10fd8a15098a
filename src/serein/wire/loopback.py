"""Ports of the loopback network that are opened when a function first needs them, each with the same application."""

import asyncio
import logging

from serein.wire.http1 import Answer, Connection
from serein.wire.listener import bind

log = logging.getLogger("serein.http")


class LoopbackListener:
    """HTTP/1.1 for functions on this machine, besides the server's own address."""

    def __init__(self, what: str) -> None:
        """`what` it serves, for people."""
        self._what = what
        self._answer: Answer | None = None
        self._ports: dict[int, int] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._opening = asyncio.Lock()

    def start(self, answer: Answer) -> None:
        """Have requests answered, once anybody opens this."""
        self._answer = answer

    async def open(self, port: int) -> int:
        """Listen on the port, or on another one when it is taken or not ours to take; returns which."""
        async with self._opening:
            if port not in self._ports:
                self._ports[port] = await self._open(port)
        return self._ports[port]

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.transport.abort()

    async def _open(self, port: int) -> int:
        answer = self._answer
        assert answer is not None
        try:
            listening = bind("127.0.0.1", port)
        except OSError as error:
            listening = bind("127.0.0.1", 0)
            log.warning("%s is not at port %d but at another one: %s", self._what, port, error.strerror)

        def connection() -> Connection:
            return Connection(answer, None, _refuse, self._connections)

        self._servers.append(await asyncio.get_running_loop().create_server(connection, sock=listening))
        opened: int = listening.getsockname()[1]
        return opened


async def _refuse(connection: Connection, _received: bytes) -> None:
    """HTTP/2 and WebSocket have nothing to look for here."""
    connection.transport.close()
