"""An HTTP client that sends what it is told to, valid or not, and never waits for long."""

import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

PATIENCE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is 0 when the server closed the connection without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        return self.headers.get("x-amzn-requestid") or self.headers.get("x-amz-request-id") or ""


class RawClient:
    """One connection at a time, kept alive where the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, head: Iterable[bytes], body: bytes = b"", *, method: str = "POST") -> Answer:
        """Send the lines of a head, the request line first, and a body; a length is added."""
        lines = [*head, b"Content-Length: %d" % len(body)]
        return self.send_bytes(b"\r\n".join(lines) + b"\r\n\r\n" + body, method=method)

    def send_bytes(self, request: bytes, *, method: str = "POST") -> Answer:
        """Send bytes and read one answer. Raises TimeoutError when there is none in time."""
        connection = self.connection()
        # Why: the server may answer and close before it has read everything; what it said can still be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return self._answer(connection, method)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def connection(self) -> socket.socket:
        """The connection, opened when there is none."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _answer(self, connection: socket.socket, method: str) -> Answer:
        reply = HTTPResponse(connection, method=method)
        try:
            reply.begin()
            answer = Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        except (HTTPException, ConnectionError):
            self.close()
            return Answer(0, {}, b"")
        finally:
            reply.close()
        if reply.will_close:
            self.close()
        return answer


def credential_of(account: str, service: str) -> bytes:
    """An Authorization header that names an account and a service; its signature is not right."""
    return (
        f"Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, "
        f"SignedHeaders=host, Signature={'0' * 64}"
    ).encode()
