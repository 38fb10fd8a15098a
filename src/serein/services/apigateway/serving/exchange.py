"""A request on its way through a REST API: what is known of it, and `$context`."""

import base64
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from serein.execute_api.client_certificates import identity_of
from serein.kernel.call import Platform
from serein.kernel.http import HttpRequest
from serein.kernel.ids import new_request_id, random_bytes
from serein.kernel.scope import Scope

if TYPE_CHECKING:
    from serein.services.apigateway.serving.methods import Method

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_SHOWN = frozenset(
    {
        *("connection", "content-length", "expect", "keep-alive", "proxy-authenticate", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    }
)
_IDENTITY: dict[str, Any] = dict.fromkeys(
    (
        *("accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider"),
        *("cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId"),
        *("sourceIp", "user", "userAgent", "userArn"),
    )
)


class Authorized(dict[str, Any]):
    """What an authorizer found, as `$context.authorizer` has it, where events have it otherwise."""

    __slots__ = ("event",)

    def __init__(self, found: dict[str, Any], event: dict[str, Any]) -> None:
        super().__init__(found)
        self.event = event


class Exchange:
    """A request and what has become of it so far.

    `vpc_endpoint` is the one of a private domain name's endpoints that the request is taken to come through.
    """

    __slots__ = (
        *("_context", "_headers", "_query", "account", "api_id", "api_key", "api_key_id", "authorizer"),
        *("authorizers_revision", "base_path", "body"),
        *("cache_status", "deployment_id", "error", "extended_id", "has_trace", "http", "identity", "integration"),
        *("is_canary", "lines", "method", "now", "parameters", "path", "platform", "region", "request_id"),
        "request_override",
        *("shown_path", "stage_name", "status", "trace_id", "variables", "vpc_endpoint", "warnings"),
    )

    def __init__(self, platform: Platform, http: HttpRequest, scope: Scope, api_id: str, path: str) -> None:
        """`path` is percent-encoded and has no stage in it."""
        self.platform = platform
        self.http = http
        self.account, self.region = scope.account, scope.region
        self.api_id = api_id
        self.path = self.shown_path = path
        self.base_path: str | None = None
        """What of a custom domain name's path led here, without slashes around it; None for the API's own host."""
        self.stage_name = self.deployment_id = self.vpc_endpoint = ""
        self.variables: Mapping[str, str] = {}
        self.is_canary = False
        self.now = platform.clock.now()
        self.request_id = new_request_id()
        random = random_bytes(23)
        self.extended_id = base64.b64encode(random[:11]).decode()
        self.trace_id = http.headers.get("x-amzn-trace-id") or f"Root=1-{int(self.now):08x}-{random[11:].hex()}"
        self.body = b""
        self.method: Method | None = None
        self.parameters: dict[str, str] = {}
        self.api_key = self.api_key_id = ""
        self.authorizers_revision = 0
        self.identity: dict[str, Any] = {}
        """What of `$context.identity` is known beyond address and user agent."""
        self.authorizer: dict[str, Any] | None = None
        self.integration: dict[str, Any] = {}
        """`$context.integration`."""
        self.request_override: dict[str, Any] = {"header": {}, "querystring": {}, "path": {}}
        """What the request's template overrode; the reply's template sees it too."""
        self.error: dict[str, Any] | None = None
        self.status = 0
        self.cache_status = ""
        self.warnings: list[tuple[str, str]] = []
        """Headers that are added to whatever is answered."""
        self.lines: list[tuple[float, str]] | None = None
        """What execution logs say; None when nobody wants them."""
        self.has_trace = False
        """Whether they have headers and bodies too."""
        self._headers: dict[str, list[str]] | None = None
        self._query: dict[str, list[str]] | None = None
        self._context: dict[str, Any] | None = None

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)

    @property
    def event_path(self) -> str:
        """The path as events have it: without the stage, with a custom domain name's base path."""
        return f"/{self.base_path}{self.path}" if self.base_path else self.path

    @property
    def port(self) -> str:
        """Where the client sent the request; frameworks build links with it."""
        port = self.http.headers.get("host", "").rpartition(":")[2]
        return port if port.isdigit() else "443" if self.http.scheme == "https" else "80"

    @property
    def domain(self) -> str:
        host = self.http.host
        is_path_style = self.http.path.startswith(("/_aws/", "/_serein/"))
        return f"{self.api_id}.execute-api.localhost" if is_path_style or not host else host

    @property
    def headers(self) -> dict[str, list[str]]:
        """The request's headers as integrations see them, every value."""
        found = self._headers
        if found is None:
            found = self._headers = self._read_headers()
        return found

    def use_headers(self, headers: dict[str, list[str]]) -> None:
        """Have these for headers, and no others."""
        self._headers = headers

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters, decoded, every value."""
        found = self._query
        if found is None:
            found = self._query = {}
            if self.http.query:
                for name, value in parse_qsl(self.http.query, keep_blank_values=True, errors="replace"):
                    found.setdefault(name, []).append(value)
        return found

    def _read_headers(self) -> dict[str, list[str]]:
        http = self.http
        several: dict[str, list[str]] = {}
        for raw_name, value in http.raw_headers:
            if name := shown_name(raw_name):
                several.setdefault(name, []).append(value.decode("utf-8", "replace"))
        earlier = http.headers.get("x-forwarded-for")
        address = http.client_address
        several["X-Amzn-Trace-Id"] = [self.trace_id]
        several["X-Forwarded-For"] = [f"{earlier}, {address}" if earlier else address]
        several["X-Forwarded-Port"] = [self.port]
        several["X-Forwarded-Proto"] = [http.scheme]
        return several

    def find_header(self, name: str) -> str | None:
        """A header by its name in any case."""
        values = self.find_headers(name)
        return values[-1] if values else None

    def find_headers(self, name: str) -> list[str]:
        lowered = name.lower()
        return next((values for key, values in self.headers.items() if key.lower() == lowered), [])

    def log(self, text: str) -> None:
        """Add a line to the execution log."""
        if self.lines is not None:
            self.lines.append((self.platform.clock.now(), text))

    def trace(self, what: str, value: Any) -> None:
        """Add a line with a request's or a reply's own data, which dataTrace shows."""
        if self.lines is not None and self.has_trace:
            if isinstance(value, bytes):
                value = value.decode("utf-8", "replace")
            elif isinstance(value, Mapping):
                value = "{" + ", ".join([f"{name}={_shown(each)}" for name, each in value.items()]) + "}"
            self.lines.append((self.platform.clock.now(), f"{what}: {value}"))

    @property
    def context(self) -> dict[str, Any]:
        """`$context`, as a dict that templates, mappings and logs read."""
        found = self._context
        if found is None:
            found = self._context = self._make_context()
        found["authorizer"] = self.authorizer or {}
        if self.error is not None:
            found["error"] = self.error
        return found

    @property
    def all_identity(self) -> dict[str, Any]:
        """`$context.identity`."""
        http = self.http
        identity = dict(_IDENTITY)
        identity["sourceIp"] = http.client_address
        identity["userAgent"] = http.headers.get("user-agent")
        if self.api_key:
            identity["apiKey"], identity["apiKeyId"] = self.api_key, self.api_key_id
        identity.update(self.identity)
        identity.update(identity_of(http))
        return identity

    def _make_context(self) -> dict[str, Any]:
        http, method, domain = self.http, self.method, self.domain
        context: dict[str, Any] = {
            "accountId": self.account,
            "apiId": self.api_id,
            "deploymentId": self.deployment_id,
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "extendedRequestId": self.extended_id,
            "httpMethod": http.method,
            "identity": self.all_identity,
            "isCanaryRequest": self.is_canary,
            "path": self.shown_path,
            "protocol": f"HTTP/{http.http_version}",
            "requestId": self.request_id,
            "requestTime": request_time(int(self.now)),
            "requestTimeEpoch": int(self.now * 1000),
            "stage": self.stage_name,
            "xrayTraceId": self.trace_id.removeprefix("Root=").partition(";")[0],
        }
        if self.base_path is not None:
            context["customDomain"] = {"basePathMatched": self.base_path or "(none)"}
        if method is not None:
            context["resourceId"], context["resourcePath"] = method.resource_id, method.resource_path
            if method.operation_name:
                context["operationName"] = method.operation_name
        return context


def _shown(value: Any) -> Any:
    """Several values of one name as a log has them."""
    return ",".join(value) if isinstance(value, list) else value


@lru_cache(maxsize=2048)
def shown_name(raw: bytes) -> str:
    """A header's name as the client wrote it; empty for headers that concern the connection alone."""
    name = raw.decode("latin-1")
    return "" if name.lower() in _NOT_SHOWN else name


@lru_cache(maxsize=8)
def request_time(second: int) -> str:
    """`12/Mar/2020:19:03:58 +0000`."""
    at = time.gmtime(second)
    return f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"


def last_values(several: dict[str, list[str]]) -> dict[str, str]:
    """One value for each name: the last."""
    return {name: values[-1] for name, values in several.items()}
