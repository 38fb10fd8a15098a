"""Ports that are opened for functions."""

import asyncio

from serein.kernel.http import HttpReply, HttpRequest
from serein.wire.listener import bind
from serein.wire.loopback import LoopbackListener


async def answer(http: HttpRequest) -> HttpReply:
    return HttpReply(200, [], http.path.encode())


async def fetch(port: int, head: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    received = await reader.read()
    writer.close()
    return received


def test_a_port_is_opened_once_and_another_one_when_it_is_taken() -> None:
    async def run() -> None:
        listener = LoopbackListener("what functions look for")
        listener.start(answer)
        taken = bind("127.0.0.1", 0)
        wanted = taken.getsockname()[1]
        port = await listener.open(wanted)
        assert port != wanted and await listener.open(wanted) == port
        reply = await fetch(port, b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert reply.startswith(b"HTTP/1.1 200") and reply.endswith(b"/a")
        taken.close()
        await listener.close()

    asyncio.run(run())


def test_http_2_is_refused() -> None:
    async def run() -> None:
        listener = LoopbackListener("what functions look for")
        listener.start(answer)
        port = await listener.open(0)
        assert await fetch(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == b""
        await listener.close()

    asyncio.run(run())
