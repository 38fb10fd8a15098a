"""Outgoing HTTP: requests that services make to servers elsewhere, over pooled connections.

AWS's own host names and `*.localhost` lead back to this platform: an API that calls another one by its AWS address
finds it here, as functions do.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from serein.kernel.call import Platform
from serein.kernel.http import Headers, HttpReply

if TYPE_CHECKING:
    import urllib3

log = logging.getLogger("serein.outgoing")
T = TypeVar("T")
_MEMORY = "outgoing http"
_MOST_AT_ONCE = 64
_CHUNK_BYTES = 65_536
_LARGEST_ANSWER_BYTES = 10 * 1024 * 1024
_NOT_RETURNED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_PLATFORM_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws", ".localhost")


class Unreachable(Exception):
    """The other server could not be reached, broke off, or answered with more than 10 MB."""


class AnsweredTooLate(Unreachable):
    """The other server did not answer in time."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request to a server elsewhere; `url` is absolute and percent-encoded."""

    method: str
    url: str
    headers: Headers = field(default_factory=list)
    """As they are sent, without Host and Content-Length unless others than the usual ones are wanted."""
    body: bytes = b""
    timeout_seconds: float = 30.0
    server_name: str = ""
    """The name that the server's certificate must have; empty for the URL's."""
    is_verified: bool = True
    """Whether the server's certificate must be trusted."""


class OutgoingHttp:
    """Pools of connections, and threads for the requests that are under way: one slow server holds up no other."""

    def __init__(self, endpoint: str) -> None:
        """`endpoint` is the platform's own address."""
        self._endpoint = urlsplit(endpoint)
        self._threads: ThreadPoolExecutor | None = None
        self._pools: dict[tuple[str, bool], urllib3.PoolManager] = {}

    async def send(self, request: OutgoingRequest) -> HttpReply:
        """Send a request; redirects are returned, not followed. Raises Unreachable, AnsweredTooLate."""
        return await self._in_time(request, self._send)

    async def stream(self, request: OutgoingRequest) -> HttpReply:
        """As `send`, and return once the head has come: the body, of any length, follows as it comes."""
        answer = await self._in_time(request, self._open)
        return HttpReply(answer.status, _returned(answer), self._chunks(answer))

    async def _in_time(self, request: OutgoingRequest, work: Callable[[OutgoingRequest], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._executor, work, request)
        done, _ = await asyncio.wait((future,), timeout=request.timeout_seconds)
        if not done:
            future.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise AnsweredTooLate(request.url)
        return future.result()

    @property
    def _executor(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_MOST_AT_ONCE, "outgoing-http")
        return self._threads

    async def _chunks(self, answer: "urllib3.BaseHTTPResponse") -> AsyncIterator[bytes]:
        """What follows a head; it ends early when the other server breaks off."""
        import urllib3  # as below

        def read() -> bytes:
            try:
                return answer.read1(_CHUNK_BYTES, decode_content=False)
            except urllib3.exceptions.HTTPError as error:
                log.info("the other server broke off: %s", error)
                return b""

        loop = asyncio.get_running_loop()
        try:
            while chunk := await loop.run_in_executor(self._executor, read):
                yield chunk
        finally:
            answer.close()

    def _send(self, request: OutgoingRequest) -> HttpReply:
        import urllib3  # as below

        answer = self._open(request)
        try:
            content = answer.read(_LARGEST_ANSWER_BYTES + 1, decode_content=False)
        except urllib3.exceptions.TimeoutError as error:
            raise AnsweredTooLate(str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(str(error)) from error
        if len(content) > _LARGEST_ANSWER_BYTES:
            answer.close()
            raise Unreachable(f"{request.url} answered with more than 10 MB")
        answer.release_conn()
        return HttpReply(answer.status, _returned(answer), content)

    def _open(self, request: OutgoingRequest) -> "urllib3.BaseHTTPResponse":
        """Send a request; the head of the answer has come then. Raises Unreachable, AnsweredTooLate."""
        import urllib3  # start-up cost: few applications send anything

        headers = urllib3.HTTPHeaderDict()
        for name, value in request.headers:
            headers.add(name, value)
        url, host = self._address(request.url)
        if host:
            headers["Host"] = host
        try:
            return self._pool(request.server_name, is_verified=request.is_verified).request(
                request.method,
                url,
                headers=headers,
                body=request.body or None,
                timeout=urllib3.Timeout(total=request.timeout_seconds),
                redirect=False,
                decode_content=False,
                preload_content=False,
            )
        except urllib3.exceptions.ConnectTimeoutError as error:
            raise Unreachable(str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise AnsweredTooLate(str(error)) from error
        except (urllib3.exceptions.HTTPError, UnicodeError, ValueError) as error:
            raise Unreachable(str(error)) from error

    def _address(self, url: str) -> tuple[str, str]:
        """The URL to connect to and the Host header for it, empty when that is the URL's own."""
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        if not name.endswith(_PLATFORM_SUFFIXES):
            return url, ""
        if not name.endswith(".localhost"):
            return urlunsplit((self._endpoint.scheme, self._endpoint.netloc, *parts[2:])), name
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit((parts.scheme, f"127.0.0.1{port}", *parts[2:])), parts.netloc

    def _pool(self, server_name: str, *, is_verified: bool) -> "urllib3.PoolManager":
        found = self._pools.get((server_name, is_verified))
        if found is None:
            import urllib3  # as above

            options: dict[str, Any] = {} if is_verified else {"cert_reqs": "CERT_NONE"}
            if server_name:
                options |= {"server_hostname": server_name, "assert_hostname": server_name}
            found = urllib3.PoolManager(num_pools=32, maxsize=_MOST_AT_ONCE, retries=False, **options)
            self._pools[server_name, is_verified] = found
        return found


def outgoing_of(platform: Platform) -> OutgoingHttp:
    """The platform's connections to elsewhere."""
    found: OutgoingHttp | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = OutgoingHttp(platform.limits.endpoint)
    return found


def _returned(answer: "urllib3.BaseHTTPResponse") -> Headers:
    return [(name.lower(), value) for name, value in answer.headers.iteritems() if name.lower() not in _NOT_RETURNED]
