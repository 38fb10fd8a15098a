"""Requests as Lambda sees them: the proxy event in payload formats 1.0 and 2.0."""

import base64
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from serein.execute_api.client_certificates import described_certificate, identity_of
from serein.kernel.http import Headers, HttpRequest
from serein.kernel.scope import Scope

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript")
_NOT_SHOWN = frozenset({"connection", "expect", "keep-alive", "te", "transfer-encoding", "upgrade"})
_CANONICAL = {
    "host": "Host",
    "user-agent": "User-Agent",
    "content-length": "Content-Length",
    "content-type": "Content-Type",
}
_NO_IDENTITY: dict[str, Any] = dict.fromkeys(
    (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAmr",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
)


@dataclass(slots=True)
class Integrated:
    """What became of an integration."""

    status: int
    """What the backend answered; for Lambda, what its API did."""
    latency_ms: int
    error: str = ""
    request_id: str = ""


@dataclass(slots=True)
class Admission:
    """What an authorizer said of a request that it let through, or of one that it did not."""

    in_2_0: dict[str, Any]
    """`requestContext.authorizer` of format 2.0."""
    in_1_0: dict[str, Any] | None
    """The same of format 1.0; None when it has none."""
    identity: dict[str, Any] | None = None
    """What format 1.0's `requestContext.identity` has of a signer."""
    latency_ms: int = 0


@dataclass(slots=True)
class Arrival:
    """A request that found its route."""

    http: HttpRequest
    body: bytes
    account: str
    api_id: str
    stage: str
    variables: dict[str, str]
    route_key: str
    path: str
    """With the stage when it has a name, as the client sees it; percent-encoded."""
    parameters: dict[str, str]
    request_id: str
    trace_id: str
    now: float
    region: str = ""
    route_path: str = ""
    """Without the stage, and without the base path of a custom domain name."""
    domain_name: str = ""
    """The custom domain name that the client asked; empty for the API's own."""
    base_path: str = ""
    admission: Admission | None = None
    """What the route's authorizer said; None for an open route."""
    query: str | None = None
    """The query as parameter mapping left it, when it did; percent-encoded."""
    headers: Headers | None = None
    """The same for headers."""
    is_path_changed: bool = False
    """Whether parameter mapping has overwritten `path`."""
    integration: Integrated | None = None
    """What became of the integration, once it has been asked."""

    @property
    def domain_prefix(self) -> str:
        return self.domain_name.partition(".")[0] if self.domain_name else self.api_id

    @property
    def arn(self) -> str:
        """What the request asks for, as policies name it."""
        partition = Scope(self.account, self.region).partition
        return (
            f"arn:{partition}:execute-api:{self.region}:{self.account}:{self.api_id}/{self.stage}/"
            f"{self.http.method}{unquote(self.route_path)}"
        )

    @property
    def port(self) -> str:
        """Where the client sent the request; frameworks build links with it."""
        port = self.http.headers.get("host", "").rpartition(":")[2]
        return port if port.isdigit() else "443" if self.http.scheme == "https" else "80"

    @property
    def domain(self) -> str:
        if self.domain_name:
            return self.domain_name
        host = self.http.host
        return host if host.startswith(self.api_id) else f"{self.api_id}.execute-api.localhost"


def event_of(arrival: Arrival, version: str) -> dict[str, Any]:
    """The event of an arrival, in format `1.0` or `2.0`."""
    return _event_2_0(arrival) if version == "2.0" else _event_1_0(arrival)


def _event_2_0(arrival: Arrival) -> dict[str, Any]:
    http = arrival.http
    # AWS: an HTTP API decodes the path in both formats; the query string stays as it was sent.
    path = unquote(arrival.path)
    given = http.headers.items() if arrival.headers is None else joined_headers(arrival.headers).items()
    headers = {name: value for name, value in given if name not in _NOT_SHOWN}
    cookies = _cookies(http) if headers.pop("cookie", "") else []
    query = http.query if arrival.query is None else arrival.query
    headers.setdefault("content-length", str(len(arrival.body)))
    headers["x-amzn-trace-id"] = arrival.trace_id
    headers["x-forwarded-for"] = forwarded_for(arrival)
    headers["x-forwarded-port"] = arrival.port
    headers["x-forwarded-proto"] = http.scheme
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": arrival.route_key,
        "rawPath": path,
        "rawQueryString": query,
    }
    if cookies:
        event["cookies"] = cookies
    event["headers"] = headers
    if query:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in query_values(query).items()}
    context: dict[str, Any] = {"accountId": arrival.account, "apiId": arrival.api_id}
    if arrival.admission is not None:
        context["authorizer"] = arrival.admission.in_2_0
    if http.client_certificate:
        context["authentication"] = {"clientCert": described_certificate(http.client_certificate)}
    event["requestContext"] = {
        **context,
        "domainName": arrival.domain,
        "domainPrefix": arrival.domain_prefix,
        "http": {
            "method": http.method,
            "path": path,
            "protocol": f"HTTP/{http.http_version}",
            "sourceIp": http.client_address,
            "userAgent": http.headers.get("user-agent", ""),
        },
        "requestId": arrival.request_id,
        "routeKey": arrival.route_key,
        "stage": arrival.stage,
        "time": request_time(int(arrival.now)),
        "timeEpoch": int(arrival.now * 1000),
    }
    if arrival.parameters:
        event["pathParameters"] = arrival.parameters
    if arrival.variables:
        event["stageVariables"] = arrival.variables
    text, is_encoded = _body(http, arrival.body)
    if text is not None:
        event["body"] = text
    event["isBase64Encoded"] = is_encoded
    return event


def _event_1_0(arrival: Arrival) -> dict[str, Any]:
    http = arrival.http
    path = unquote(arrival.path)
    several: dict[str, list[str]] = {}
    for name, value in all_headers(http) if arrival.headers is None else arrival.headers:
        if name not in _NOT_SHOWN:
            several.setdefault(_CANONICAL.get(name, name), []).append(value)
    several.setdefault("Content-Length", [str(len(arrival.body))])
    several["X-Amzn-Trace-Id"] = [arrival.trace_id]
    several["X-Forwarded-For"] = [forwarded_for(arrival)]
    several["X-Forwarded-Port"] = [arrival.port]
    several["X-Forwarded-Proto"] = [http.scheme]
    raw_query = http.query if arrival.query is None else arrival.query
    query = query_values(raw_query) if raw_query else None
    admission = arrival.admission
    authorizer = {} if admission is None or admission.in_1_0 is None else {"authorizer": admission.in_1_0}
    resource = arrival.route_key.partition(" ")[2] or arrival.route_key
    text, is_encoded = _body(http, arrival.body)
    return {
        "version": "1.0",
        "resource": resource,
        "path": path,
        "httpMethod": http.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": query and {name: values[-1] for name, values in query.items()},
        "multiValueQueryStringParameters": query,
        "requestContext": {
            "accountId": arrival.account,
            "apiId": arrival.api_id,
            **authorizer,
            "domainName": arrival.domain,
            "domainPrefix": arrival.domain_prefix,
            "extendedRequestId": arrival.request_id,
            "httpMethod": http.method,
            "identity": {
                **_NO_IDENTITY,
                **(admission.identity or {} if admission is not None else {}),
                "sourceIp": http.client_address,
                "userAgent": http.headers.get("user-agent", ""),
                **identity_of(http),
            },
            "path": path,
            "protocol": f"HTTP/{http.http_version}",
            "requestId": arrival.request_id,
            "requestTime": request_time(int(arrival.now)),
            "requestTimeEpoch": int(arrival.now * 1000),
            "resourceId": arrival.route_key,
            "resourcePath": resource,
            "stage": arrival.stage,
        },
        "pathParameters": arrival.parameters or None,
        "stageVariables": arrival.variables or None,
        "body": text,
        "isBase64Encoded": is_encoded,
    }


def all_headers(http: HttpRequest) -> Headers:
    """Every header as it was sent, names in lower case."""
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in http.raw_headers]


def joined_headers(headers: Headers) -> dict[str, str]:
    """Headers by name, the values of repeated ones joined by commas."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _cookies(http: HttpRequest) -> list[str]:
    """Every cookie; HTTP/2 clients send a header for each."""
    headers = [value.decode("latin-1") for name, value in http.raw_headers if name.lower() == b"cookie"]
    return [part.strip() for header in headers for part in header.split(";") if part.strip()]


def forwarded_for(arrival: Arrival) -> str:
    earlier = arrival.http.headers.get("x-forwarded-for")
    address = arrival.http.client_address
    return f"{earlier}, {address}" if earlier else address


def query_values(query: str) -> dict[str, list[str]]:
    several: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        several.setdefault(name, []).append(value)
    return several


def _body(http: HttpRequest, body: bytes) -> tuple[str | None, bool]:
    """The body as the event has it, and whether it is base64.

    AWS: only text/* and JSON, XML and JavaScript arrive as text; everything else, forms and a body without a content
    type included, arrives as base64.
    """
    if not body:
        return None, False
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (kind.startswith("text/") or kind in _TEXT_TYPES) and "content-encoding" not in http.headers:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


@lru_cache(maxsize=8)
def request_time(second: int) -> str:
    """`12/Mar/2020:19:03:58 +0000`."""
    at = time.gmtime(second)
    return f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"
