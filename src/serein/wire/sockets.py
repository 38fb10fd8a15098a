"""WebSocket on our own connections: `websockets` reads and writes the frames, one object serves one connection.

Why not Granian behind the tunnel, which serves HTTP/2: 5,000 open connections cost it 765 MB and 34 µs of processor
time for each message that is echoed, and this 35 MB and 12 µs; `wsproto` is as small and takes 27 µs. Compression
is not offered, as API Gateway doesn't.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from serein.kernel.http import Closing, Headers, HttpReply, HttpRequest
from serein.wire.bodies import ClientDisconnected
from serein.wire.replies import ReplyWriter

if TYPE_CHECKING:
    from websockets.protocol import Protocol

    from serein.wire.bodies import Flow

log = logging.getLogger("serein.http")
_LARGEST_MESSAGE_BYTES = 128 * 1024
_LARGEST_FRAME_BYTES = 32 * 1024
_MOST_WAITING = 64
_FULL_BYTES = 1024 * 1024
_CLOSING_SECONDS = 5.0
_INTERNAL_ERROR = 1011
_INVALID_DATA = 1007
_ABNORMAL = 1006
_NO_STATUS = 1005


class WebSocket:
    """A client's WebSocket: asked for, then open, then closed (`kernel.http.Socket`)."""

    __slots__ = (
        "_arrived",
        "_connection",
        "_messages",
        "_opcode",
        "_parts",
        "_protocol",
        "_request",
        "_transport",
        "_writer",
        "closing",
        "on_heard",
    )

    def __init__(self, request: HttpRequest, connection: "Flow", transport: Any, writer: ReplyWriter) -> None:
        self._request = request
        self._connection = connection
        self._transport = transport
        self._writer = writer
        self._protocol: Protocol | None = None
        self._messages: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._opcode = 0
        self._arrived: asyncio.Future[None] | None = None
        self.closing: Closing | None = None
        self.on_heard: Callable[[], None] | None = None

    # What a door does.

    async def accept(self, headers: Headers) -> None:
        """Open it. Raises ConnectionError when the client has gone, or asked for no WebSocket that could be opened."""
        # Why here: most servers never see a WebSocket, and this takes 100 ms.
        from websockets.datastructures import Headers as HandshakeHeaders
        from websockets.http11 import Request
        from websockets.protocol import OPEN, SERVER, Protocol
        from websockets.server import ServerProtocol

        if self.closing is not None:
            raise ClientDisconnected
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._request.raw_headers]
        response = ServerProtocol(logger=log).accept(Request(self._request.path, HandshakeHeaders(pairs)))
        if response.status_code != 101:
            kept = [(name, value) for name, value in response.headers.raw_items() if name not in ("Connection", "Date")]
            await self.refuse(HttpReply(response.status_code, kept, bytes(response.body)))
            raise ClientDisconnected
        for name, value in headers:
            response.headers[name] = value
        self._transport.write(response.serialize())
        self._protocol = Protocol(
            SERVER, state=OPEN, max_size=(_LARGEST_MESSAGE_BYTES, _LARGEST_FRAME_BYTES), logger=log
        )
        early, self._parts = b"".join(self._parts), []
        if early:
            self.feed(early)

    async def refuse(self, reply: HttpReply) -> None:
        """Answer like any HTTP request, and end the connection. One that is open already fails, and is closed."""
        if self._protocol is not None:
            self.close(_INTERNAL_ERROR, "Internal server error")
            return
        self.closing = self.closing or Closing(_ABNORMAL, "")
        await self._writer.write(self._request, reply, False)
        self._transport.close()

    async def receive(self) -> str | bytes | None:
        """The next message; None once it is closed."""
        while not self._messages:
            if self.closing is not None:
                return None
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        message = self._messages.popleft()
        if len(self._messages) < _MOST_WAITING:
            self._connection.resume_reading()
        return message

    def send(self, message: str | bytes) -> bool:
        """Send a message, in frames of 32 KB at most; False when it is closed already."""
        protocol = self._protocol
        if protocol is None or self.closing is not None:
            return False
        if isinstance(message, str):
            data, send = message.encode("utf-8", "surrogatepass"), protocol.send_text
        else:
            data, send = message, protocol.send_binary
        if len(data) <= _LARGEST_FRAME_BYTES:
            send(data)
        else:
            send(data[:_LARGEST_FRAME_BYTES], fin=False)
            for at in range(_LARGEST_FRAME_BYTES, len(data), _LARGEST_FRAME_BYTES):
                end = at + _LARGEST_FRAME_BYTES
                protocol.send_continuation(data[at:end], fin=end >= len(data))
        self._flush(protocol)
        return True

    @property
    def is_full(self) -> bool:
        """Whether the client takes so little of what it is sent that nothing should be added."""
        return bool(self._transport.get_write_buffer_size() > _FULL_BYTES)

    async def drained(self) -> None:
        """Return when the client has taken most of what was sent. Raises ConnectionError when it is gone."""
        await self._writer.drained()

    def close(self, code: int, reason: str) -> None:
        """Say good-bye, and end the connection when the client has answered, or soon anyway."""
        protocol = self._protocol
        if self.closing is not None:
            return
        if protocol is None:
            self._transport.abort()
        else:
            protocol.send_close(code, reason)
            self._flush(protocol)
            asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self._transport.abort)
        self._end(Closing(code, reason))

    # What the connection does.

    def feed(self, data: bytes) -> None:
        """Take what has arrived; nothing at all is the connection's end."""
        protocol = self._protocol
        if not data:
            self._end(Closing(_ABNORMAL, "Connection Closed Abnormally"))
        elif protocol is None:
            self._parts.append(data)
            self._connection.pause_reading()
        else:
            protocol.receive_data(data)
            for frame in protocol.events_received():
                self._take(protocol, frame)
            self._flush(protocol)
            sent = protocol.close_sent
            if sent is not None and self.closing is None:
                self._end(Closing(sent.code, sent.reason))
            if len(self._messages) >= _MOST_WAITING:
                self._connection.pause_reading()

    def _take(self, protocol: "Protocol", frame: Any) -> None:
        if frame.opcode > 2:
            if frame.opcode == 8 and self.closing is None:
                self._end(_closing_of(protocol))
            elif self.on_heard is not None:
                self.on_heard()
            return
        if self.closing is not None:
            return
        if frame.opcode:
            self._opcode = frame.opcode
        if not frame.fin:
            self._parts.append(bytes(frame.data))
            return
        data = frame.data
        if self._parts:
            data, self._parts = b"".join([*self._parts, frame.data]), []
        try:
            self._messages.append(bytes(data) if self._opcode == 2 else str(data, "utf-8"))
        except UnicodeDecodeError:
            protocol.fail(_INVALID_DATA, "Not UTF-8")
            return
        self._wake()

    def _flush(self, protocol: "Protocol") -> None:
        for data in protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def _end(self, closing: Closing) -> None:
        if self.closing is None:
            self.closing = closing
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)


def _closing_of(protocol: "Protocol") -> Closing:
    """What the client's close frame said."""
    received = protocol.close_rcvd
    if received is None or received.code == _NO_STATUS:
        return Closing(_NO_STATUS, "Client-side close frame status not set")
    return Closing(received.code, received.reason)
