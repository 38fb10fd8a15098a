"""HTTP requests to other servers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from serein.kernel.call import Platform
from serein.services.events.errors import DeliveryFailed

if TYPE_CHECKING:
    import urllib3

# AWS: "Requests have a maximum client execution timeout of 5 seconds"
# (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
_PATIENCE_SECONDS = 5.0
_THREADS = 32


@dataclass(slots=True)
class Outgoing:
    """A request; `query` is added to the one of the address."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reply."""

    status: int
    headers: dict[str, str]
    body: bytes


async def send(platform: Platform, request: Outgoing) -> Incoming:
    """Send a request. Raises DeliveryFailed when there is no answer."""
    # Why threads of its own: those of the event loop are few, and a server that doesn't answer holds one for seconds.
    threads: ThreadPoolExecutor | None = platform.memory.get("events threads")
    if threads is None:
        threads = platform.memory["events threads"] = ThreadPoolExecutor(_THREADS, "events")
    return await asyncio.get_running_loop().run_in_executor(threads, _send, platform, request)


def _send(platform: Platform, request: Outgoing) -> Incoming:
    import urllib3  # start-up cost: few applications have API destinations

    pool = _pool(platform)
    url = request.url
    if request.query:
        url += ("&" if "?" in url else "?") + urlencode(request.query)
    try:
        answer = pool.request(
            request.method,
            url,
            headers=request.headers,
            body=request.body or None,
            timeout=_PATIENCE_SECONDS,
            redirect=False,
        )
    except urllib3.exceptions.TimeoutError as error:
        raise DeliveryFailed("TIMEOUT", str(error), is_retriable=True) from error
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise DeliveryFailed("CONNECTION_FAILURE", str(error), is_retriable=True) from error
    return Incoming(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)


def _pool(platform: Platform) -> "urllib3.PoolManager":
    import urllib3  # as above

    known: Any = platform.memory.get("events connections")
    if known is None:
        known = platform.memory["events connections"] = urllib3.PoolManager(
            num_pools=32, maxsize=_THREADS, retries=False
        )
    pool: urllib3.PoolManager = known
    return pool
