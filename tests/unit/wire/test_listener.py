"""Connections, whatever becomes of those who answer."""

import asyncio
from typing import Any

from serein.kernel.http import HttpReply, HttpRequest
from serein.wire.listener import Listener, bind


class Failing:
    """An application that fails, after which nothing is known of the connection."""

    async def reply_to(self, http: HttpRequest) -> HttpReply:
        raise RuntimeError("as asked")

    async def connect(self, http: HttpRequest, socket: Any) -> None:
        raise RuntimeError("as asked")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise RuntimeError("as asked")


def test_a_connection_ends_when_its_request_can_never_be_answered() -> None:
    async def case() -> bytes:
        failures: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
        listening = bind("127.0.0.1", 0)
        address = listening.getsockname()
        listener = Listener(listening)
        await listener.start(Failing())
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await listener.close()
        return received

    assert asyncio.run(case()) == b""
