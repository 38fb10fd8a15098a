"""Replies as HTTP/1.1: heads, bodies with and without a known length, and waiting for slow clients."""

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any

from serein.kernel.clock import monotonic, wall_seconds
from serein.kernel.http import HttpReply, HttpRequest
from serein.wire.bodies import ClientDisconnected

_CHUNK_BYTES = 1024 * 1024
_BODILESS = frozenset({204, 304})
_LENGTH_OF_CONTENT_LENGTH = len("content-length")


class ReplyWriter:
    """Writes replies to one connection."""

    def __init__(self) -> None:
        self.transport: Any = None
        self._resumed: asyncio.Future[None] | None = None
        self._is_lost = False

    def pause(self) -> None:
        """The client is slower than we are."""
        if self._resumed is None:
            self._resumed = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """It caught up."""
        if self._resumed is not None:
            if not self._resumed.done():
                self._resumed.set_result(None)
            self._resumed = None

    def lost(self) -> None:
        """The connection is gone."""
        self._is_lost = True
        self.resume()

    async def write(self, request: HttpRequest, reply: HttpReply, keeps_alive: bool) -> None:
        """Write a reply; returns when the connection took it. Raises ConnectionError."""
        body = reply.body
        if isinstance(body, bytes):
            if self._is_lost:
                return
            self.transport.write(_whole(request, reply, body, keeps_alive))
            if self._resumed is not None:
                await self.drained()
            return
        chunks = _chunks_of(body) if isinstance(body, Path) else body
        try:
            await self._stream(request, reply, chunks, keeps_alive)
        finally:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()

    async def _stream(
        self, request: HttpRequest, reply: HttpReply, chunks: AsyncIterator[bytes], keeps_alive: bool
    ) -> None:
        left = next((int(value) for name, value in reply.headers if name.lower() == "content-length"), None)
        has_body = request.method != "HEAD" and reply.status not in _BODILESS
        is_chunked = left is None and has_body and request.http_version == "1.1"
        extra = b"transfer-encoding: chunked\r\n" if is_chunked else b""
        if left is None and not is_chunked:
            keeps_alive = keeps_alive and not has_body
        self._require_client()
        self.transport.write(_head(reply, keeps_alive, extra))
        if has_body:
            async for chunk in chunks:
                self._require_client()
                if chunk:
                    self.transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else bytes(chunk))
                    left = left - len(chunk) if left is not None else None
                if self._resumed is not None:
                    await self.drained()
            if is_chunked:
                self._require_client()
                self.transport.write(b"0\r\n\r\n")
        if has_body and (left or (left is None and not is_chunked)):
            self.transport.close()  # shorter than announced, or ended by the end of the connection

    async def drained(self) -> None:
        """Wait for a slow client. Raises ConnectionError when it is gone."""
        if self._resumed is not None:
            await self._resumed
        self._require_client()

    def _require_client(self) -> None:
        if self._is_lost:
            raise ClientDisconnected


def _whole(request: HttpRequest, reply: HttpReply, body: bytes, keeps_alive: bool) -> bytes:
    if reply.status in _BODILESS:
        return _head(reply, keeps_alive, b"")
    has_length = False
    for name, _ in reply.headers:
        if len(name) == _LENGTH_OF_CONTENT_LENGTH and name.lower() == "content-length":
            has_length = True
    head = _head(reply, keeps_alive, b"" if has_length else b"content-length: %d\r\n" % len(body))
    return head if request.method == "HEAD" else head + body


def _head(reply: HttpReply, keeps_alive: bool, extra: bytes) -> bytes:
    headers = reply.headers
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
        lines = "".join([f"{name}: {_one_line(value)}\r\n" for name, value in headers])
    close = b"" if keeps_alive else b"connection: close\r\n"
    return b"%b%b%b%b%b\r\n" % (_status_line(reply.status), lines.encode("latin-1", "replace"), extra, close, _date())


@functools.lru_cache(maxsize=128)
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


def _date() -> bytes:
    return _date_in(int(monotonic()))


@functools.lru_cache(maxsize=2)
def _date_in(_second: int) -> bytes:
    return f"date: {formatdate(wall_seconds(), usegmt=True)}\r\nserver: Serein\r\n".encode()


def _one_line(value: str) -> str:
    """A header's value that can't end the header early."""
    return value.replace("\r", " ").replace("\n", " ")


async def _chunks_of(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
    finally:
        file.close()


def refusal(status: int, message: str) -> bytes:
    """The reply to something that is not a request; the connection closes after it."""
    body = f'{{"message":"{message}"}}'.encode()
    reply = HttpReply(status, [("content-type", "application/json")], body)
    return _head(reply, keeps_alive=False, extra=b"content-length: %d\r\n" % len(body)) + body
