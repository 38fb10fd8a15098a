"""Request bodies: complete ones, and those that arrive while they are read."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream

MAXIMUM_BODY_BYTES = 72 * 1024 * 1024
"""Of requests held in memory: a 50 MB function package in base64, and some. Objects are streamed."""
_HIGH_WATER_BYTES = 1024 * 1024


class RequestEntityTooLarge(AwsError):
    """The request is larger than the service accepts."""

    code = "RequestEntityTooLargeException"
    status = 413


class ClientDisconnected(ConnectionError):
    """The client went away in the middle of its request's body."""


class Flow(Protocol):
    """A connection that can be told to stop and to go on reading."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class CompleteBody(ByteStream):
    """A body that has arrived."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._once()

    async def _once(self) -> AsyncIterator[bytes]:
        if self._content:
            yield self._content

    async def read(self) -> bytes:
        return self._content


class ArrivingBody(ByteStream):
    """A body that arrives in pieces. The connection stops reading while too much of it waits."""

    def __init__(self, connection: Flow, size_bytes: int | None) -> None:
        super().__init__(self._arriving(), size_bytes)
        self._connection = connection
        self._pending: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._arrived: asyncio.Future[None] | None = None
        self._has_begun = False
        self._is_complete = False
        self._has_failed = False
        self._discarded_bytes = -1
        self.on_wanted: Callable[[], None] | None = None
        """Called when somebody first wants the body (`Expect: 100-continue`)."""

    @property
    def is_withheld(self) -> bool:
        """Whether the client waits to be told to send it (`Expect: 100-continue`), and nobody has."""
        return self.on_wanted is not None and not (self._has_begun or self._pending or self._is_complete)

    def feed(self, data: bytes) -> int:
        """Take a piece; return how much has been thrown away since nobody wants the body any more."""
        if self._discarded_bytes >= 0:
            self._discarded_bytes += len(data)
            return self._discarded_bytes
        self._pending.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _HIGH_WATER_BYTES:
            self._connection.pause_reading()
        self._wake()
        return 0

    def complete(self) -> None:
        """All of it has come."""
        self._is_complete = True
        self._wake()

    def fail(self) -> None:
        """The connection broke off."""
        self._has_failed = True
        self._wake()

    def discard(self) -> None:
        """Nobody wants the rest."""
        self._pending.clear()
        self._discarded_bytes = 0
        if not self._is_complete:
            self._connection.resume_reading()

    async def read(self) -> bytes:
        """The whole body. Raises RequestEntityTooLarge beyond the limit."""
        if self.size_bytes is not None and self.size_bytes > MAXIMUM_BODY_BYTES:
            raise RequestEntityTooLarge
        parts, total = [], 0
        async for chunk in self:
            total += len(chunk)
            if total > MAXIMUM_BODY_BYTES:
                raise RequestEntityTooLarge
            parts.append(chunk)
        return b"".join(parts)

    async def _arriving(self) -> AsyncIterator[bytes]:
        if self.on_wanted is not None and not self._pending and not self._is_complete:
            self.on_wanted()
        self._has_begun = True
        while True:
            while self._pending:
                chunk = self._pending.popleft()
                self._waiting_bytes -= len(chunk)
                yield chunk
            if self._is_complete:
                return
            if self._has_failed:
                raise ClientDisconnected
            self._connection.resume_reading()
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
