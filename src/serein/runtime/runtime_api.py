"""The Lambda Runtime API of one environment: a loopback listener that speaks just enough HTTP/1.1.

Hand-written because it is on the path of every invocation: a request costs some ten microseconds. Every size is
bounded, and whatever is not a request of this API is answered with the API's own error and changes nothing.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

MAXIMUM_RESPONSE_BYTES = 6_291_556
"""AWS: what a buffered response may have; the error message names this very number."""
MAXIMUM_STREAM_BYTES = 209_715_200
"""AWS: what a streamed response may have, 200 MB since July 2025."""
_MAXIMUM_HEAD_BYTES = 1_200_000
"""Room for the X-Ray cause, which the runtime client sends as a header of up to 1 MiB."""
_MAXIMUM_CHUNK_LINE = 1_024
_MAXIMUM_JOINED_BYTES = 65_536
_PREFIX = "/2018-06-01/runtime/"
_EXTENSION_PREFIXES = ("/2020-01-01/extension/", "/2022-07-01/telemetry", "/2020-08-15/logs")
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"status":"OK"}\n'
)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Refused(Exception):
    """A request that the API turns down: status, error type and message of the reply."""

    def __init__(self, status: str, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


class Environment(Protocol):
    """What the API tells, and asks, the environment it serves. Methods raise Refused."""

    def next_wanted(self, connection: "Connection") -> None:
        """The runtime asks for an event; answered by `connection.reply` once there is one."""

    def response_started(self, request_id: str, content_type: str, streaming: bool) -> "Body":
        """A response arrives; its bytes go to the body returned."""

    def error_reported(self, request_id: str, document: bytes, error_type: str) -> None:
        """The invocation failed. An empty id is the initialisation's."""

    def restore_wanted(self, connection: "Connection") -> None:
        """The runtime is ready for a snapshot; answered once it is restored."""

    def restore_failed(self, document: bytes, error_type: str) -> None:
        """What the runtime does after a restore failed."""

    def extension_asks(
        self, method: bytes, target: str, headers: dict[bytes, bytes], connection: "Connection"
    ) -> "Body | None":
        """A request of the Extensions, Telemetry or Logs API; None when the answer comes later."""


class Body(Protocol):
    """Where a response's bytes go."""

    def feed(self, data: bytes | bytearray, connection: "Connection") -> None:
        """Take some bytes."""

    def end(self, trailers: dict[bytes, bytes]) -> bytes | None:
        """The body is complete. Gives the reply; None is that it was accepted. Raises Refused."""

    def abort(self) -> None:
        """The connection broke off inside the body."""


class _ErrorDocument:
    """The body of a POST to …/error."""

    def __init__(self, ended: Callable[[bytes, str], None], error_type: str) -> None:
        """`ended` gets the document and the error type. It may raise Refused."""
        self._ended = ended
        self._error_type = error_type
        self._data = bytearray()

    def feed(self, data: bytes | bytearray, connection: "Connection") -> None:
        if len(self._data) <= MAXIMUM_RESPONSE_BYTES:
            self._data += data

    def end(self, trailers: dict[bytes, bytes]) -> None:
        self._ended(bytes(self._data[:MAXIMUM_RESPONSE_BYTES]), self._error_type)

    def abort(self) -> None:
        pass


class _Nothing:
    """A body that nobody wants."""

    def feed(self, data: bytes | bytearray, connection: "Connection") -> None:
        pass

    def end(self, trailers: dict[bytes, bytes]) -> None:
        pass

    def abort(self) -> None:
        pass


class Connection(asyncio.Protocol):
    """One connection of a runtime: requests one after the other."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._body: Body | None = None
        self._left = 0
        """Bytes of the body, or of its current chunk, still to come; -1 between chunks, -2 in the trailers."""
        self._is_chunked = False
        self._trailers: dict[bytes, bytes] = {}
        self._held = b""
        """A reply whose client has already asked the next thing: the two replies go out together."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if (body := self._body) is not None:
            self._body = None
            body.abort()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def reply(self, head: bytes, body: bytes = b"") -> None:
        """Write a whole reply; dropped when the runtime has gone."""
        if self._transport is None:
            return
        head, self._held = self._held + head, b""
        if len(body) <= _MAXIMUM_JOINED_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))

    def pause(self) -> None:
        """Take no more bytes for now: whoever reads the response is slower than the function."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while self._advance():
                pass
        except Refused as refused:
            self._refuse(refused)
            self._buffer.clear()
            self.close()

    def _advance(self) -> bool:
        """Consume what can be consumed; true when there may be more."""
        if self._body is None:
            return self._take_head()
        if not self._is_chunked:
            return self._take_bytes(is_last=True)
        if self._left == -1:
            return self._take_chunk_line()
        if self._left == -2:
            return self._take_trailer()
        return self._take_bytes(is_last=False)

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAXIMUM_HEAD_BYTES:
                raise Refused("431 Request Header Fields Too Large", "InvalidRequest", "Request head too large")
            return False
        lines = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        words = lines[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            raise Refused("400 Bad Request", "InvalidRequest", "Malformed request line")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon:
                raise Refused("400 Bad Request", "InvalidRequest", "Malformed header")
            headers[name.lower()] = value.strip()
        self._begin(words[0], words[1].decode("latin-1"), headers)
        return self._body is not None or bool(self._buffer)

    def _begin(self, method: bytes, target: str, headers: dict[bytes, bytes]) -> None:
        self._is_chunked = headers.get(b"transfer-encoding", b"").lower() == b"chunked"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18:
            raise Refused("400 Bad Request", "InvalidRequest", "Malformed content length")
        self._left = -1 if self._is_chunked else int(length)
        self._trailers = {}
        try:
            self._body = self._route(method, target.partition("?")[0], headers)
        except Refused as refused:
            self._refuse(refused)
            self._body = _Nothing()
        if b"expect" in headers:
            self.reply(_CONTINUE)
        if self._body is None and self._left:
            self._body = _Nothing()
        elif self._body is not None and self._left == 0:
            self._finish()

    def _route(self, method: bytes, target: str, headers: dict[bytes, bytes]) -> Body | None:
        if target.startswith(_PREFIX):
            words = target[len(_PREFIX) :].split("/")
            if method == b"GET" and words == ["invocation", "next"]:
                self._environment.next_wanted(self)
                return None
            if method == b"POST" and len(words) == 3 and words[0] == "invocation":
                if words[2] == "response":
                    return self._environment.response_started(
                        words[1],
                        headers.get(b"content-type", b"").decode("latin-1"),
                        headers.get(b"lambda-runtime-function-response-mode", b"").lower() == b"streaming",
                    )
                if words[2] == "error":
                    return _ErrorDocument(partial(self._environment.error_reported, words[1]), _error_type(headers))
            if method == b"POST" and words == ["init", "error"]:
                return _ErrorDocument(partial(self._environment.error_reported, ""), _error_type(headers))
            if method == b"GET" and words == ["restore", "next"]:
                self._environment.restore_wanted(self)
                return None
            if method == b"POST" and words == ["restore", "error"]:
                return _ErrorDocument(self._environment.restore_failed, _error_type(headers))
        elif target.startswith(_EXTENSION_PREFIXES):
            return self._environment.extension_asks(method, target, headers, self)
        raise Refused("404 Not Found", "ResourceNotFound", f"No such resource: {target}")

    def _take_bytes(self, is_last: bool) -> bool:
        assert self._body is not None
        if not self._buffer:
            return False
        if len(self._buffer) <= self._left:
            data, self._buffer = self._buffer, bytearray()
        else:
            data = self._buffer[: self._left]
            del self._buffer[: self._left]
        self._left -= len(data)
        self._body.feed(data, self)
        if self._left == 0:
            if is_last:
                self._finish()
            else:
                self._left = -1
        return bool(self._buffer)

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _MAXIMUM_HEAD_BYTES:
                raise Refused("400 Bad Request", "InvalidRequest", "Malformed chunk")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take_chunk_line(self) -> bool:
        line = self._take_line()
        if line is None:
            return False
        if not line:
            return True
        size = line.partition(b";")[0].strip()
        if len(line) > _MAXIMUM_CHUNK_LINE or len(size) > 15 or not size.isalnum():
            raise Refused("400 Bad Request", "InvalidRequest", "Malformed chunk")
        try:
            self._left = int(size, 16) or -2
        except ValueError:
            raise Refused("400 Bad Request", "InvalidRequest", "Malformed chunk") from None
        return True

    def _take_trailer(self) -> bool:
        line = self._take_line()
        if line is None:
            return False
        if not line:
            self._finish()
            return bool(self._buffer)
        name, _, value = line.partition(b":")
        if len(self._trailers) < 64:
            self._trailers[name.lower()] = value.strip()
        return True

    def _finish(self) -> None:
        body, self._body = self._body, None
        assert body is not None
        if isinstance(body, _Nothing):
            return
        try:
            reply = body.end(self._trailers) or _ACCEPTED
        except Refused as refused:
            self._refuse(refused)
            return
        if self._buffer.startswith(b"GET "):
            self._held += reply
        else:
            self.reply(reply)

    def _refuse(self, refused: Refused) -> None:
        document = b'{"errorMessage":"%s","errorType":"%s"}' % (
            refused.message.replace("\\", "").replace('"', "'").encode(),
            refused.error_type.encode(),
        )
        self.reply(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (refused.status.encode(), len(document), document)
        )


def _error_type(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")[:256]
