"""The transport of AWS's runtime client: what `awslambdaric` has a native module of this name for, in Python alone.

Why not the native one: it is built for one version of Python, it has to be loaded again in every environment because
it takes its address when it is loaded, and a thread that waits in it does not let signal handlers run. Runs in the
functions' interpreter with the standard library alone.
"""

import os
import socket
import sys
import time

_PREFIX = "/2018-06-01/runtime/invocation/"
_OPTIONAL = (
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Client-Context",
    "Content-Type",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Invocation-Id",
)


class _Link:
    """A connection to the Runtime API that is kept between requests."""

    def __init__(self):
        self.address = ("127.0.0.1", 9001)
        self.agent = ""
        self._socket = None

    def exchange(self, head, body):
        """Send a request and return the status, the headers by lower-case name and the body. Raises OSError."""
        request = f"{head}Host: {self.address[0]}\r\nUser-Agent: {self.agent}\r\n\r\n".encode() + body
        if self._socket is not None:
            try:
                self._socket.sendall(request)
                return self._receive()
            except ConnectionError:
                # Why again: a connection that was kept may have been closed meanwhile. The API takes no answer twice.
                self._close()
        self._socket = socket.create_connection(self.address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(request)
            return self._receive()
        except OSError:
            self._close()
            raise

    def _close(self):
        self._socket.close()
        self._socket = None

    def _receive(self):
        while True:
            lines = self._take_until(b"\r\n\r\n").decode("utf-8", "replace").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            if status >= 200:
                break
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._take_chunks()
        else:
            body = self._take(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self._close()
        return status, headers, body

    def _take_chunks(self):
        chunks = []
        while True:
            size = int(self._take_until(b"\r\n").partition(b";")[0], 16)
            if size == 0:
                while self._take_until(b"\r\n"):
                    pass
                return b"".join(chunks)
            chunks.append(self._take(size))
            self._take(2)

    def _take_until(self, mark):
        taken = b""
        while True:
            # Why only a look: what follows the head is then received straight into the body's own memory.
            seen = self._some(65536, socket.MSG_PEEK)
            end = (taken + seen).find(mark)
            if end >= 0:
                return (taken + self._some(end + len(mark) - len(taken)))[:end]
            taken += self._some(len(seen))

    def _take(self, count):
        parts = []
        while count:
            parts.append(self._some(count, socket.MSG_WAITALL))
            count -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, count, flags=0):
        data = self._socket.recv(count, flags)
        if not data:
            raise ConnectionResetError("the Runtime API closed the connection")
        return data


_link = _Link()


def initialize_client(user_agent):
    """Say who asks, and read from the environment where the Runtime API is."""
    host, _, port = os.environ.get("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001").rpartition(":")
    _link.address = (host, int(port))
    _link.agent = user_agent


def next():
    """The next event: its bytes and its headers. Raises RuntimeError, as the native module does."""
    try:
        status, headers, body = _link.exchange(f"GET {_PREFIX}next HTTP/1.1\r\n", b"")
    except OSError as error:
        raise RuntimeError("Failed to get next") from error
    if status != 200:
        raise RuntimeError("Failed to get next")
    given = {name: headers.get(name.lower()) or None for name in _OPTIONAL}
    given["Lambda-Runtime-Aws-Request-Id"] = headers.get("lambda-runtime-aws-request-id", "")
    given["Lambda-Runtime-Invoked-Function-Arn"] = headers.get("lambda-runtime-invoked-function-arn", "")
    given["Lambda-Runtime-Deadline-Ms"] = int(headers.get("lambda-runtime-deadline-ms", 0))
    return body, given


def post_invocation_result(request_id, response, content_type, invocation_id=None):
    """Answer an invocation. Raises RuntimeError."""
    head = f"POST {_PREFIX}{request_id}/response HTTP/1.1\r\nContent-Type: {content_type}\r\n"
    _post(head, response, invocation_id, "response")


def post_error(request_id, document, xray_cause, invocation_id=None):
    """Answer an invocation with an error; `xray_cause` is JSON on one line. Raises RuntimeError."""
    head = f"POST {_PREFIX}{request_id}/error HTTP/1.1\r\nContent-Type: application/json\r\n"
    if xray_cause:
        head += f"lambda-runtime-function-xray-error-cause: {xray_cause}\r\n"
    _post(head, document.encode("utf-8", "surrogatepass"), invocation_id, "error")


def _post(head, body, invocation_id, kind):
    if invocation_id:
        head += f"Lambda-Runtime-Invocation-Id: {invocation_id}\r\n"
    problem = f"Failed to post invocation {kind}"
    try:
        status, _, _ = _link.exchange(f"{head}Content-Length: {len(body)}\r\n", body)
    except OSError as error:
        raise RuntimeError(problem) from error
    if not 200 <= status < 300:
        what = {"response": "success", "error": "failure"}[kind]
        now = time.time_ns() // 1_000_000
        line = f"[ERROR] [{now}] LAMBDA_RUNTIME Failed to post handler {what} response. Http response code: {status}.\n"
        sys.stderr.write(line)
        raise RuntimeError(problem)
