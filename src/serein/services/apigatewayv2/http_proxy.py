"""HTTP_PROXY integrations: the request goes on to another HTTP server, whose reply comes back."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from serein.kernel.http import Headers, HttpReply
from serein.services.apigatewayv2.events import Arrival

if TYPE_CHECKING:
    import urllib3

_NOT_FORWARDED = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
_NOT_RETURNED = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


class Unreachable(Exception):
    """The other server could not be reached, or took too long: the client gets 503 Service Unavailable."""


class HttpProxy:
    """A pool of connections to the servers behind HTTP_PROXY integrations."""

    def __init__(self) -> None:
        self._connections: urllib3.PoolManager | None = None

    async def answer(self, arrival: Arrival, uri: str, method: str, timeout_seconds: float) -> HttpReply:
        """Forward a request. `uri` may hold path parameters (`{proxy}`). Raises Unreachable."""
        for name, value in arrival.parameters.items():
            uri = uri.replace("{%s}" % name, quote(value)).replace("{%s+}" % name, quote(value))  # noqa: UP031
        if arrival.http.query:
            uri += ("&" if "?" in uri else "?") + arrival.http.query
        headers = {name: value for name, value in arrival.http.headers.items() if name not in _NOT_FORWARDED}
        headers["forwarded"] = (
            f"by=127.0.0.1;for={arrival.http.client_address};host={arrival.domain};proto={arrival.http.scheme}"
        )
        headers["x-amzn-trace-id"] = arrival.trace_id
        verb = arrival.http.method if method == "ANY" else method
        return await asyncio.to_thread(self._send, verb, uri, headers, arrival.body, timeout_seconds)

    def _send(self, method: str, uri: str, headers: dict[str, str], body: bytes, timeout_seconds: float) -> HttpReply:
        import urllib3  # start-up cost: few applications have an HTTP_PROXY integration

        if self._connections is None:
            self._connections = urllib3.PoolManager(num_pools=16, maxsize=16, retries=False)
        try:
            answer = self._connections.request(
                method,
                uri,
                headers=headers,
                body=body or None,
                timeout=timeout_seconds,
                redirect=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(str(error)) from error
        returned: Headers = [
            (name.lower(), value) for name, value in answer.headers.iteritems() if name.lower() not in _NOT_RETURNED
        ]
        return HttpReply(answer.status, returned, answer.data)
