"""PostToEndpoint: send a message to an HTTP endpoint, once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from serein.kernel.call import Call, Platform
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.errors import EndpointFailed, EndpointRefused

if TYPE_CHECKING:
    import urllib3

# AWS: an endpoint that takes longer has failed
# (https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html).
_PATIENCE_SECONDS = 15.0
_THREADS = 32
_TOO_MANY_REQUESTS = 429


@operation("PostToEndpoint", internal=True)
async def post_to_endpoint(call: Call, request: Request) -> Reply:
    """Raises EndpointRefused when another attempt would be in vain, and EndpointFailed when it may help."""
    # Why threads of its own: those of the event loop are few, and an endpoint that doesn't answer holds one.
    memory = call.platform.memory
    threads: ThreadPoolExecutor | None = memory.get("sns threads")
    if threads is None:
        threads = memory["sns threads"] = ThreadPoolExecutor(_THREADS, "sns")
    status = await asyncio.get_running_loop().run_in_executor(threads, _post, _pool(call.platform), request)
    if 200 <= status < 300:
        return {}
    problem = f"{request['Url']} answered with the status {status}"
    if 400 <= status < 500 and status != _TOO_MANY_REQUESTS:
        raise EndpointRefused(problem)
    raise EndpointFailed(problem)


def _post(pool: "urllib3.PoolManager", request: Request) -> int:
    import urllib3  # start-up cost: few applications have HTTP subscriptions

    try:
        answer = pool.request(
            "POST",
            request["Url"],
            headers=request["Headers"],
            body=request["Body"].encode(),
            timeout=_PATIENCE_SECONDS,
            redirect=False,
        )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise EndpointFailed(f"{request['Url']} can't be reached: {error}") from error
    return int(answer.status)


def _pool(platform: Platform) -> "urllib3.PoolManager":
    import urllib3  # as above

    known: Any = platform.memory.get("sns connections")
    if known is None:
        known = platform.memory["sns connections"] = urllib3.PoolManager(num_pools=32, maxsize=_THREADS, retries=False)
    pool: urllib3.PoolManager = known
    return pool
