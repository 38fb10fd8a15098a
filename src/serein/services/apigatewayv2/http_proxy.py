"""HTTP_PROXY integrations: the request goes on to another HTTP server, whose reply comes back."""

from urllib.parse import quote, urlsplit, urlunsplit

from serein.execute_api.steps import Steps
from serein.kernel.call import Platform
from serein.kernel.http import Headers, HttpReply
from serein.outgoing import OutgoingRequest, outgoing_of
from serein.services.apigatewayv2.compiled import Route
from serein.services.apigatewayv2.events import Arrival, all_headers

_NOT_FORWARDED = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)


async def forward(platform: Platform, arrival: Arrival, route: Route, uri: str, steps: Steps | None) -> HttpReply:
    """Forward a request to `uri`, which may hold path parameters (`{proxy}`). Raises Unreachable."""
    url = url_of(arrival, route, uri)
    given = all_headers(arrival.http) if arrival.headers is None else arrival.headers
    headers: Headers = [(name, value) for name, value in given if name not in _NOT_FORWARDED]
    forwarded = f"by=127.0.0.1;for={arrival.http.client_address};host={arrival.domain};proto={arrival.http.scheme}"
    headers = [header for header in headers if header[0] not in ("forwarded", "x-amzn-trace-id")]
    headers += [("forwarded", forwarded), ("x-amzn-trace-id", arrival.trace_id)]
    verb = arrival.http.method if route.method == "ANY" else route.method
    if steps is not None:
        steps.add("integration request", method=verb, url=url, headers=headers)
    request = OutgoingRequest(verb, url, headers, arrival.body, route.timeout_seconds, route.server_name)
    return await outgoing_of(platform).send(request)


def url_of(arrival: Arrival, route: Route, uri: str) -> str:
    """The URL that a request goes on to."""
    for name, value in arrival.parameters.items():
        encoded = _without_dots(quote(value))
        uri = uri.replace("{%s}" % name, encoded).replace("{%s+}" % name, encoded)  # noqa: UP031
    parts = urlsplit(uri)
    path, query = parts.path, parts.query
    if arrival.is_path_changed:
        path = _without_dots(arrival.path)
    elif route.link:
        # AWS: a load balancer gets the path that the client asked for, with the stage's name.
        path = path.rstrip("/") + _without_dots(arrival.path)
    own = arrival.http.query if arrival.query is None else arrival.query
    return urlunsplit((parts.scheme, parts.netloc, path, "&".join(filter(None, (query, own))), ""))


def _without_dots(path: str) -> str:
    """A path whose `.` and `..` are encoded: what clients send must not lead out of the path that the API names."""
    if "." not in path:
        return path
    return "/".join([part.replace(".", "%2E") if part in (".", "..") else part for part in path.split("/")])
