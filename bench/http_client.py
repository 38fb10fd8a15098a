"""A light HTTP/1.1 client: keep-alive connections that send prepared bytes, for loads that wrk can't drive."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

_PATIENCE_SECONDS = 5.0
_CLOSES = re.compile(rb"(?i)\r\nconnection: close")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


class Connection:
    """One keep-alive connection, made anew for a server that doesn't keep it."""

    def __init__(self, host: str, port: int, limit: int = 65_536) -> None:
        """`limit` is how many bytes are read ahead."""
        self._host, self._port, self._limit = host, port, limit
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._is_over = False

    async def open(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=self._limit)
        return self

    async def send(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Send a request whose head lacks only Content-Length; return status and body."""
        if self._is_over:
            self.close()
            await self.open()
        self._writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        received = await self._reader.readuntil(b"\r\n\r\n")
        status = int(received[9:12])
        self._is_over = _CLOSES.search(received) is not None
        length = _LENGTH.search(received)
        if length is not None:
            return status, await self._reader.readexactly(int(length[1]))
        if b"chunked" in received.lower():
            return status, await self._chunks()
        return status, b""

    async def _chunks(self) -> bytes:
        parts = []
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readline()
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        self._writer.close()


def json_head(host: str, service: str, target: str, version: str = "1.0") -> bytes:
    """The head of a JSON-RPC request, signed by name only."""
    return (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: {target}\r\n"
        f"Content-Type: application/x-amz-json-{version}\r\n"
        f"{authorization(service)}"
    ).encode()


def rest_head(host: str, method: str, path: str, service: str) -> bytes:
    """The head of a REST request, signed by name only."""
    line = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return (line + authorization(service)).encode()


def authorization(service: str) -> str:
    return (
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"
        f"{service}/aws4_request, SignedHeaders=host, Signature={'0' * 64}\r\nX-Amz-Date: 20260101T000000Z\r\n"
    )


async def rate(connections: int, seconds: float, port: int, work: Callable[[Connection, int], Awaitable[int]]) -> float:
    """Run `work` over and over on each connection; return the units a second that it says it did."""
    pool = [await Connection("127.0.0.1", port).open() for _ in range(connections)]
    done = 0
    end = time.perf_counter() + seconds

    async def one(connection: Connection, number: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            units = await work(connection, number)
            done += units

    begun = time.perf_counter()
    tasks = [asyncio.create_task(one(connection, number)) for number, connection in enumerate(pool)]
    # Why a limit: not every server answers every request of sixteen connections.
    ended, hung = await asyncio.wait(tasks, timeout=seconds + _PATIENCE_SECONDS)
    taken = time.perf_counter() - begun
    for task in hung:
        task.cancel()
    for task in ended:
        task.result()
    for connection in pool:
        connection.close()
    return done / taken


async def latencies(count: int, port: int, work: Callable[[Connection, int], Awaitable[int]]) -> list[float]:
    """The milliseconds that each of `count` calls took, one after another."""
    connection = await Connection("127.0.0.1", port).open()
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        await work(connection, 0)
        taken.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return taken
