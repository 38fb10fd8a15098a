"""HTTP_PROXY integrations: the request goes on to another HTTP server, whose reply comes back."""

from urllib.parse import quote

from serein.execute_api.outgoing import OutgoingRequest, outgoing_of
from serein.kernel.call import Platform
from serein.kernel.http import Headers, HttpReply
from serein.services.apigatewayv2.events import Arrival

_NOT_FORWARDED = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)


async def forward(platform: Platform, arrival: Arrival, uri: str, method: str, timeout_seconds: float) -> HttpReply:
    """Forward a request. `uri` may hold path parameters (`{proxy}`). Raises Unreachable."""
    for name, value in arrival.parameters.items():
        uri = uri.replace("{%s}" % name, quote(value)).replace("{%s+}" % name, quote(value))  # noqa: UP031
    if arrival.http.query:
        uri += ("&" if "?" in uri else "?") + arrival.http.query
    headers: Headers = [(name, value) for name, value in arrival.http.headers.items() if name not in _NOT_FORWARDED]
    forwarded = f"by=127.0.0.1;for={arrival.http.client_address};host={arrival.domain};proto={arrival.http.scheme}"
    headers += [("forwarded", forwarded), ("x-amzn-trace-id", arrival.trace_id)]
    verb = arrival.http.method if method == "ANY" else method
    return await outgoing_of(platform).send(OutgoingRequest(verb, uri, headers, arrival.body, timeout_seconds))
