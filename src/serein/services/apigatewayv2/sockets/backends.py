"""Integrations at work: a message, or the request of `$connect`, goes to a function, a server, a service or nowhere."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from serein.execute_api.aws_services import (
    ReplyTooLarge,
    ServiceRequest,
    call_service,
    find_service_uri,
    role_caller,
    whole,
)
from serein.execute_api.invocations import TookTooLong, invoke
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import Headers
from serein.kernel.ids import random_hex
from serein.kernel.scope import Caller, Scope
from serein.outgoing import AnsweredTooLate, OutgoingRequest, Unreachable, outgoing_of
from serein.services.apigatewayv2.compiled import with_variables
from serein.services.apigatewayv2.sockets.compiled import Integration, Route
from serein.services.apigatewayv2.sockets.mapping import (
    Exchange,
    MappingFailed,
    Unsupported,
    find_response,
    request_body,
    request_parameters,
    response_body,
    text_of,
)

_JSON = "application/json"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class BackendFailed(Exception):
    """The integration gave nothing that could go on. `status` is what a client that connects is refused with."""

    def __init__(self, reason: str, status: int = 502, message: str = "Internal server error") -> None:
        super().__init__(reason)
        self.status = status
        self.message = message


@dataclass(slots=True)
class Answer:
    """What came of an integration."""

    status: int
    body: str | bytes | None = None
    """What the client is sent, if its route has answers."""
    headers: dict[str, str] = field(default_factory=dict)
    """By names in lower case; they matter to `$connect` only."""


@dataclass(slots=True)
class Work:
    """What an integration is to do."""

    scope: Scope
    route: Route
    integration: Integration
    event: dict[str, Any]
    """The event that a proxy integration with a function gives it."""
    exchange: Exchange
    trace_id: str


def new_trace_id(now: float) -> str:
    return f"Root=1-{int(now):08x}-{random_hex(24)}"


def function_caller(platform: Platform, scope: Scope, resource: str, role: str) -> Caller | None:
    """Who invokes a function, as its policy sees it; None, which is API Gateway, where nobody asks policies.

    `resource` is what follows the account in the API's ARN.
    """
    if platform.signatures is None or not platform.signatures.is_enforced:
        return None
    if role:
        return role_caller(role, scope)
    source = f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{resource}"
    return Caller.of_service("apigateway", scope, source)


async def run(platform: Platform, work: Work) -> Answer:
    """Have an integration answer. Raises BackendFailed."""
    kind = work.integration.kind
    try:
        if kind == "MOCK":
            return mock(work)
        if kind == "AWS_PROXY":
            return await _proxy_to_function(platform, work)
        if kind in ("HTTP", "HTTP_PROXY"):
            return await _send(platform, work)
        if work.integration.function:
            return await _invoke(platform, work)
        return await _call_service(platform, work)
    except MappingFailed as error:
        raise BackendFailed(str(error), 500) from error
    except Unsupported:
        raise BackendFailed("No match for the request's template", 415, "Unsupported Media Type") from None
    except (TookTooLong, AnsweredTooLate) as error:
        raise BackendFailed("Execution failed due to a timeout error", 504, "Endpoint request timed out") from error
    except (Unreachable, ReplyTooLarge) as error:
        raise BackendFailed(str(error) or "The reply is too large", 502) from error
    except AwsError as error:
        raise BackendFailed(f"{error.code}: {error.message}", 500) from error


def mock(work: Work) -> Answer:
    """Answer without a backend: the request's template says with which status. Raises MappingFailed, Unsupported."""
    integration, exchange = work.integration, work.exchange
    rendered = request_body(integration, exchange)
    try:
        told = _decode(rendered)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise MappingFailed("The mock integration's request template gave no JSON") from error
    status = told.get("statusCode") if isinstance(told, dict) else None
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int):
        raise MappingFailed("The mock integration's request template gave no statusCode")
    response = find_response(integration, status, "")
    if response is None and integration.responses:
        raise MappingFailed(f"No integration response is for the status {status}")
    return Answer(status, response_body(response, exchange, b"") if response is not None else None)


async def _proxy_to_function(platform: Platform, work: Work) -> Answer:
    outcome = await _outcome(platform, work, _encode(work.event))
    if outcome.get("FunctionError"):
        raise BackendFailed("The function failed")
    payload = outcome.get("Payload") or b""
    try:
        returned = _decode(payload) if payload else None
    except msgspec.DecodeError:
        returned = None
    status = returned.get("statusCode") if isinstance(returned, dict) else None
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    # AWS: what isn't in the format of a proxy's answer is an error, also where no answer goes to the client.
    if not isinstance(returned, dict) or not isinstance(status, int):
        raise BackendFailed("Malformed Lambda proxy response")
    given = returned.get("headers")
    headers = {name.lower(): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    return Answer(status, _proxied_body(returned), headers)


def _proxied_body(returned: dict[str, Any]) -> str | bytes | None:
    body = returned.get("body")
    if body is None:
        return None
    if not isinstance(body, str):
        raise BackendFailed("Malformed Lambda proxy response")
    if returned.get("isBase64Encoded") is not True:
        return body
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BackendFailed("Malformed Lambda proxy response") from error


async def _outcome(platform: Platform, work: Work, payload: bytes) -> dict[str, Any]:
    function, context = work.integration.function, work.exchange.context
    resource = f"{context['apiId']}/{context['stage']}/{work.route.key}"
    if "${" in function:
        function = with_variables(function, work.exchange.variables)
    return await invoke(
        platform,
        function,
        payload,
        work.scope,
        trace_id=work.trace_id,
        timeout_seconds=work.integration.timeout_seconds,
        name=f"{context['apiId']} {work.route.key}",
        caller=function_caller(platform, work.scope, resource, work.integration.credentials),
    )


async def _invoke(platform: Platform, work: Work) -> Answer:
    """A function that gets what the template makes, and whose answer goes through a template too."""
    body = request_body(work.integration, work.exchange)
    outcome = await _outcome(platform, work, body.encode() if isinstance(body, str) else body)
    payload = outcome.get("Payload") or b""
    if not outcome.get("FunctionError"):
        return _mapped(work, 200, payload, "")
    told = _decode(payload)
    message = told.get("errorMessage") if isinstance(told, dict) else None
    error = message if isinstance(message, str) else ""
    if not any(each.pattern is not None and each.pattern.fullmatch(error) for each in work.integration.responses):
        raise BackendFailed("The function failed")
    return _mapped(work, 200, payload, error)


def _mapped(work: Work, status: int, content: bytes, error: str) -> Answer:
    response = find_response(work.integration, status, error)
    if response is None and work.integration.responses:
        raise MappingFailed(f"No integration response is for the status {status}")
    return Answer(status, response_body(response, work.exchange, content))


async def _send(platform: Platform, work: Work) -> Answer:
    """An HTTP server. With a proxy integration it gets the message as it is."""
    integration, exchange = work.integration, work.exchange
    is_proxy = integration.kind == "HTTP_PROXY"
    body = exchange.body if is_proxy else request_body(integration, exchange)
    parameters = request_parameters(integration, exchange)
    url = with_variables(integration.uri, exchange.variables)
    for name, value in parameters["path"].items():
        url = url.replace("{" + name + "}", quote(value, safe=""))
    query = dict(parameters["querystring"])
    headers = {"content-type": _JSON, "x-amzn-trace-id": work.trace_id}
    if is_proxy and exchange.headers:
        headers |= {name.lower(): values[-1] for name, values in exchange.headers.items() if _is_passed(name)}
        query = {**{name: values[-1] for name, values in exchange.query.items()}, **query}
    headers |= {name.lower(): value for name, value in parameters["header"].items()}
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    method = "POST" if integration.method == "ANY" else integration.method
    sent: Headers = list(headers.items())
    content = body.encode() if isinstance(body, str) else body
    reply = await outgoing_of(platform).send(OutgoingRequest(method, url, sent, content, integration.timeout_seconds))
    received = reply.body if isinstance(reply.body, bytes) else await whole(reply.body)
    if is_proxy:
        return Answer(reply.status, text_of(received) if received else None, dict(reply.headers))
    return _mapped(work, reply.status, received, "")


def _is_passed(name: str) -> bool:
    return name.lower() not in ("host", "content-length") and not name.lower().startswith("sec-websocket-")


async def _call_service(platform: Platform, work: Work) -> Answer:
    integration, exchange = work.integration, work.exchange
    uri = find_service_uri(with_variables(integration.uri, exchange.variables))
    if uri is None:
        raise BackendFailed(f"Invalid ARN specified: {integration.uri}", 500)
    body = request_body(integration, exchange)
    parameters = request_parameters(integration, exchange)
    path = uri.path
    for name, value in parameters["path"].items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    headers = {name.lower(): value for name, value in parameters["header"].items()}
    request = ServiceRequest(
        uri,
        integration.method,
        urlencode(parameters["querystring"]),
        headers,
        body.encode() if isinstance(body, str) else body,
        path,
    )
    reply = await call_service(
        platform,
        request,
        work.scope,
        role_caller(integration.credentials, work.scope),
        trace_id=work.trace_id,
        timeout_seconds=integration.timeout_seconds,
    )
    return _mapped(work, reply.status, await whole(reply.body), "")
