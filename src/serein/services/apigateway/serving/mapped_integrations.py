"""Integrations with requests and replies that are mapped: AWS (functions and other services), HTTP and HTTP_PROXY."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from serein.execute_api.aws_services import (
    ReplyTooLarge,
    ServiceRequest,
    ServiceUri,
    call_service,
    find_service_uri,
    role_caller,
)
from serein.execute_api.invocations import TookTooLong
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.http import Headers, HttpReply
from serein.outgoing import AnsweredTooLate, OutgoingRequest, Unreachable, outgoing_of
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.integrations import (
    DEFAULT_TIMEOUT_MS,
    FunctionCaller,
    Traits,
    fill_variables,
    measured,
)
from serein.services.apigateway.serving.mappings import Received
from serein.services.apigateway.serving.method_responses import ResponseMapping
from serein.services.apigateway.serving.proxy_replies import passed_headers
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.transformations import IntegrationRequest, RequestMapping, fill_path
from serein.services.apigateway.store import things

ADDRESS_TAG = "serein:address"
_NOT_SENT = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "max-forwards", "proxy-authenticate", "te"),
        *("trailer", "transfer-encoding", "upgrade", "via", "www-authenticate"),
    }
)


def answered(exchange: Exchange, received: Received) -> Received:
    """Note an integration's answer in the execution log."""
    exchange.trace("Endpoint response headers", dict(received.headers))
    exchange.trace("Endpoint response body before transformations", received.body)
    return received


class FunctionIntegration:
    """AWS with a function: the payload is what the template makes, selection patterns look at its error."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        integration = method["methodIntegration"]
        self._caller = FunctionCaller(integration)
        self._request = RequestMapping(integration, traits.binary)
        self._responses = ResponseMapping(method, integration, traits.binary)

    async def answer(self, exchange: Exchange) -> HttpReply:
        request = self._request.transform(exchange)
        if request.find_header("x-amz-invocation-type") == "Event":
            received = await self._queue(exchange, request.body)
        else:
            outcome = await self._caller.invoke(exchange, request.body)
            received = Received(200, [], outcome.get("Payload") or b"")
            # AWS: an object with an errorMessage counts as a failure, whatever Lambda says of it.
            if outcome.get("FunctionError") or b'"errorMessage"' in received.body:
                document = received.document
                message = document.get("errorMessage") if isinstance(document, dict) else None
                received.error_message = message if isinstance(message, str) else None
        return self._responses.respond(exchange, received, received.error_message or "")

    async def _queue(self, exchange: Exchange, body: bytes) -> Received:
        """AWS: with `X-Amz-Invocation-Type: Event` nobody waits for the function."""
        request = {"FunctionName": self._caller.function(exchange), "InvocationType": "Event", "Payload": body}
        began = monotonic()
        try:
            await exchange.platform.call(
                "lambda",
                "Invoke",
                request,
                scope=exchange.scope,
                caller=self._caller.caller(exchange),
                trace_id=exchange.trace_id,
            )
        except AwsError as error:
            measured(exchange, began, error.status)
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=f"{error.code}: {error.message}") from error
        measured(exchange, began, 202)
        return answered(exchange, Received(202, [], b""))


class ServiceIntegration:
    """AWS with a service's action or path."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        integration = method["methodIntegration"]
        self._uri: str = integration.get("uri") or ""
        self._verb: str = integration.get("httpMethod") or "POST"
        self._role: str = integration.get("credentials") or ""
        self._timeout_seconds = (integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000
        self._request = RequestMapping(integration, traits.binary)
        self._responses = ResponseMapping(method, integration, traits.binary)

    async def answer(self, exchange: Exchange) -> HttpReply:
        request = self._request.transform(exchange)
        uri = find_service_uri(fill_variables(self._uri, exchange) if "${" in self._uri else self._uri)
        if uri is None:
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason="the URI names no service")
        path, query = _path_of(uri, request)
        exchange.log(f"Endpoint request URI: https://{uri.service}.{uri.region}.amazonaws.com{path or '/'}")
        exchange.trace("Endpoint request headers", dict(request.headers))
        exchange.trace("Endpoint request body after transformations", request.body)
        service_request = ServiceRequest(
            uri,
            exchange.http.method if self._verb == "ANY" else self._verb,
            query,
            {name.lower(): value for name, value in request.headers},
            request.body,
            path,
        )
        received = answered(exchange, await self._call(exchange, service_request))
        return self._responses.respond(exchange, received, str(received.status))

    async def _call(self, exchange: Exchange, request: ServiceRequest) -> Received:
        began = monotonic()
        role = fill_variables(self._role, exchange) if "${" in self._role else self._role
        try:
            reply = await call_service(
                exchange.platform,
                request,
                exchange.scope,
                role_caller(role, exchange.scope),
                trace_id=exchange.trace_id,
                timeout_seconds=self._timeout_seconds,
            )
        except TookTooLong:
            measured(exchange, began, 504)
            raise Refused(refusals.INTEGRATION_TIMEOUT) from None
        except (AwsError, ReplyTooLarge) as error:
            measured(exchange, began, 500)
            exchange.log(f"Execution failed due to configuration error: {error}")
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=str(error)) from error
        measured(exchange, began, reply.status)
        assert isinstance(reply.body, bytes)
        return Received(reply.status, reply.headers, reply.body)


def _path_of(uri: ServiceUri, request: IntegrationRequest) -> tuple[str, str]:
    """The path and the query of a request to a service; the URI may have a query itself."""
    path, _, own = fill_path(uri.path, request.path).partition("?")
    return path, "&".join(part for part in (own, request.query_text) if part)


class HttpIntegration:
    """HTTP: a request that is mapped to a server elsewhere, and its mapped reply."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        integration = method["methodIntegration"]
        self._request = RequestMapping(integration, traits.binary)
        self._responses = ResponseMapping(method, integration, traits.binary)
        self._outgoing = _Outgoing(integration)
        self._agent = f"AmazonAPIGateway_{traits.api_id}"

    async def answer(self, exchange: Exchange) -> HttpReply:
        request = self._request.transform(exchange)
        for name, value in (
            ("Accept", "application/json"),
            ("User-Agent", self._agent),
            ("X-Amzn-Trace-Id", exchange.trace_id),
            ("x-amzn-apigateway-api-id", exchange.api_id),
        ):
            if not request.find_header(name):
                request.headers.append((name, value))
        received = await self._outgoing.send(exchange, request)
        return self._responses.respond(exchange, received, str(received.status))


class HttpProxyIntegration:
    """HTTP_PROXY: the request as it came, with mapped parameters put in, and the reply as it comes back."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        integration = method["methodIntegration"]
        self._request = RequestMapping(integration, traits.binary)
        self._outgoing = _Outgoing(integration)
        self._is_streamed = integration.get("responseTransferMode") == "STREAM"

    async def answer(self, exchange: Exchange) -> HttpReply:
        headers: Headers = [(name, value) for name, values in exchange.headers.items() for value in values]
        query = [(name, value) for name, values in exchange.query.items() for value in values]
        request = IntegrationRequest(headers, query, {}, self._request.payload(exchange))
        self._request.map_parameters(exchange, request)
        request.headers.append(("x-amzn-apigateway-api-id", exchange.api_id))
        if self._is_streamed:
            reply = await self._outgoing.begin(exchange, request, is_streamed=True)
            return HttpReply(reply.status, passed_headers(reply.headers), reply.body)
        received = await self._outgoing.send(exchange, request)
        return HttpReply(received.status, passed_headers(received.headers), received.body)


class _Outgoing:
    """Sends requests to an integration's URL."""

    def __init__(self, integration: dict[str, Any]) -> None:
        self._uri: str = integration.get("uri") or ""
        self._verb: str = integration.get("httpMethod") or "ANY"
        self._timeout_seconds = (integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000
        tls = integration.get("tlsConfig") or {}
        self._is_verified = not tls.get("insecureSkipVerification", False)
        is_private = integration.get("connectionType") == "VPC_LINK"
        self._link: str = (integration.get("connectionId") or "") if is_private else ""

    async def send(self, exchange: Exchange, request: IntegrationRequest) -> Received:
        """The other server's answer. Raises Refused."""
        reply = await self.begin(exchange, request, is_streamed=False)
        assert isinstance(reply.body, bytes)
        return answered(exchange, Received(reply.status, reply.headers, reply.body))

    async def begin(self, exchange: Exchange, request: IntegrationRequest, *, is_streamed: bool) -> HttpReply:
        """The answer; where it is streamed, its body is still to come. Raises Refused."""
        url = self._url(exchange, request)
        if self._link:
            url = await self._private(exchange, url)
        exchange.log(f"Endpoint request URI: {url}")
        exchange.trace("Endpoint request headers", dict(request.headers))
        exchange.trace("Endpoint request body after transformations", request.body)
        verb = exchange.http.method if self._verb == "ANY" else self._verb
        headers = [header for header in request.headers if header[0].lower() not in _NOT_SENT]
        outgoing = OutgoingRequest(
            verb,
            url,
            headers,
            b"" if verb in ("GET", "HEAD") and not exchange.body else request.body,
            self._timeout_seconds,
            is_verified=self._is_verified,
        )
        began = monotonic()
        try:
            http = outgoing_of(exchange.platform)
            reply = await (http.stream(outgoing) if is_streamed else http.send(outgoing))
        except AnsweredTooLate:
            measured(exchange, began, 504)
            raise Refused(refusals.INTEGRATION_TIMEOUT) from None
        except Unreachable as error:
            measured(exchange, began, 504)
            exchange.integration["error"] = str(error)
            exchange.log(f"Execution failed due to a network error communicating with endpoint: {error}")
            raise Refused(refusals.INTEGRATION_FAILURE, reason=str(error)) from error
        measured(exchange, began, reply.status)
        return reply

    async def _private(self, exchange: Exchange, url: str) -> str:
        """Where a VPC link leads on a machine without VPCs: to the address that its tag names, else where it says."""
        link_id = fill_variables(self._link, exchange) if "${" in self._link else self._link

        def find(tx: Transaction) -> str:
            link = things.find_thing(tx, exchange.scope, "VpcLink", link_id) or {}
            address: str = (link.get("tags") or {}).get(ADDRESS_TAG, "")
            return address

        address = await exchange.platform.database.read(find)
        if not address.startswith(("http://", "https://")):
            return url
        base, parts = urlsplit(address), urlsplit(url)
        return parts._replace(scheme=base.scheme, netloc=base.netloc).geturl()

    def _url(self, exchange: Exchange, request: IntegrationRequest) -> str:
        uri = fill_variables(self._uri, exchange) if "${" in self._uri else self._uri
        if "://" not in uri:
            uri = f"http://{uri}"
        try:
            parts = urlsplit(fill_path(uri, request.path))
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.netloc or "{" in parts.netloc:
            exchange.log("Execution failed due to configuration error: Invalid endpoint address")
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason="the URI is none")
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *request.query])
        return parts._replace(query=query, fragment="").geturl()
