"""The bytes a function answers with: gathered for a buffered invocation, passed on for a streamed one."""

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import AsyncIterator, Callable

from serein.kernel.runner import Outcome
from serein.runtime.runtime_api import MAXIMUM_RESPONSE_BYTES, MAXIMUM_STREAM_BYTES, Connection

_STREAM_AHEAD_BYTES = 1_048_576
"""How far a function may be ahead of whoever reads its streamed response."""


class ResponseStream:
    """A streamed response on its way from the Runtime API to a reader that may be slower."""

    def __init__(self) -> None:
        self.started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the response has begun or the invocation has ended."""
        self.content_type = "application/octet-stream"
        self.outcome: Outcome | None = None
        self._chunks: deque[bytes] = deque()
        self._ahead_bytes = 0
        self._is_finished = False
        self._more = asyncio.Event()
        self._connection: Connection | None = None
        self._has_streamed = False

    def begin(self, content_type: str, streaming: bool) -> None:
        """The response begins."""
        self._has_streamed = True
        if content_type:
            self.content_type = content_type
        if not self.started.done():
            self.started.set_result(None)

    def feed(self, data: bytes, connection: Connection) -> None:
        self._chunks.append(data)
        self._ahead_bytes += len(data)
        self._more.set()
        if self._ahead_bytes > _STREAM_AHEAD_BYTES:
            self._connection = connection
            connection.pause()

    def finish(self, outcome: Outcome) -> None:
        """The invocation has its outcome. Without a response its error document is the content."""
        self.outcome = outcome
        if not self._has_streamed:
            self.content_type = "application/json"
            self._chunks.append(outcome.payload)
        self._is_finished = True
        self._more.set()
        if not self.started.done():
            self.started.set_result(None)

    @property
    def failed(self) -> Outcome | None:
        """The outcome of an invocation that failed before its response began."""
        is_failure = self.outcome is not None and self.outcome.function_error and not self._has_streamed
        return self.outcome if is_failure else None

    def abandon(self, error: Exception | None = None) -> None:
        """There will be no outcome: the environment has ended."""
        self._is_finished = True
        self._more.set()
        if error is None:
            self.started.cancel()
        elif not self.started.done():
            self.started.set_exception(error)

    async def chunks(self, errors: list[Outcome], outcomes: list[Outcome]) -> AsyncIterator[bytes]:
        """The bytes as they come; `outcomes` gets the outcome, and `errors` that of an invocation that failed."""
        while True:
            while self._chunks:
                data = self._chunks.popleft()
                self._ahead_bytes -= len(data)
                yield data
            self._resume()
            if self._is_finished:
                break
            self._more.clear()
            await self._more.wait()
        if self.outcome is not None:
            outcomes.append(self.outcome)
            if self.outcome.function_error and not errors:
                errors.append(self.outcome)

    def _resume(self) -> None:
        if self._connection is not None:
            self._connection.resume()
            self._connection = None


class Response:
    """The body of a POST to …/response."""

    def __init__(
        self,
        ended: Callable[[str, bytes | None, bytes | None], None],
        broke_off: Callable[[str], None],
        request_id: str,
        stream: ResponseStream | None,
    ) -> None:
        """`ended` gets the request id, the payload (None when too large) and a function's late error document.

        `broke_off` gets the request id when the connection ends inside the response.
        """
        self._ended = ended
        self._broke_off = broke_off
        self._streamed_bytes = 0
        self._request_id = request_id
        self._stream = stream
        self._data = bytearray()
        self._is_too_large = False

    def feed(self, data: bytes | bytearray, connection: Connection) -> None:
        if self._stream is not None:
            self._streamed_bytes += len(data)
            if self._streamed_bytes > MAXIMUM_STREAM_BYTES:
                self._is_too_large = True
            else:
                self._stream.feed(bytes(data), connection)
        elif len(self._data) + len(data) > MAXIMUM_RESPONSE_BYTES:
            self._is_too_large = True
            self._data.clear()
        elif not self._is_too_large:
            self._data += data

    def end(self, trailers: dict[bytes, bytes]) -> None:
        payload = None if self._is_too_large else bytes(self._data)
        self._ended(self._request_id, payload, _error_of(trailers))

    def abort(self) -> None:
        self._broke_off(self._request_id)


def _error_of(trailers: dict[bytes, bytes]) -> bytes | None:
    """The error document of a function that failed while it streamed."""
    if b"lambda-runtime-function-error-type" not in trailers:
        return None
    try:
        return base64.b64decode(trailers.get(b"lambda-runtime-function-error-body", b""), validate=True)
    except binascii.Error:
        return b"{}"
