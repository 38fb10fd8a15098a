"""Between Granian and the gateway: an ASGI message in, an HttpRequest out, and back.

Why ASGI and not Granian's own interface: that one gives the path decoded, and `%2F` is not `/` in object keys, in ARNs
within paths, in signatures, and for the functions behind an API.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.wire.bodies import MAXIMUM_BODY_BYTES, ClientDisconnected, RequestEntityTooLarge

log = logging.getLogger("serein.gateway")
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Body(ByteStream):
    """A request's body as it arrives."""

    def __init__(self, receive: Receive, size_bytes: int | None) -> None:
        super().__init__(self._arriving(), size_bytes)
        self._receive = receive

    async def _arriving(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            if body := message.get("body", b""):
                yield body
            more = message.get("more_body", False)

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


def request_of(scope: dict[str, Any], receive: Receive) -> HttpRequest:
    """The request that an ASGI scope describes. A repeated header's values are joined by commas."""
    headers: dict[str, str] = {}
    raw_headers = scope["headers"]
    for name, value in raw_headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    host = headers.setdefault("host", "")
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    length = headers.get("content-length", "")
    # Without a length a body comes in chunks, or not at all; only HTTP/2 leaves open which.
    has_none = not length and "transfer-encoding" not in headers and scope["http_version"][0] == "1"
    return HttpRequest(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        Body(receive, int(length) if length.isdigit() else 0 if has_none else None),
        name.lower(),
        scope["client"][0] if scope.get("client") else "",
        scope["scheme"],
        raw_headers,
        scope["http_version"],
    )


async def send_reply(send: Send, http: HttpRequest, reply: HttpReply) -> None:
    """Send a reply; a streamed body is sent as it is made."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = reply.body
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
    elif isinstance(body, Path):
        await send({"type": "http.response.pathsend", "path": str(body)})
    else:
        await _send_stream(send, http, body)


async def _send_stream(send: Send, http: HttpRequest, body: AsyncIterator[bytes]) -> None:
    try:
        async for chunk in body:
            await send({"type": "http.response.body", "body": bytes(chunk), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if isinstance(body, AsyncGenerator):
            await body.aclose()
    log.debug("%s %s streamed", http.method, http.path)
