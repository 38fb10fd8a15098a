"""Integrations that answer by themselves or by a function's proxy event: MOCK and AWS_PROXY."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from serein.execute_api.aws_services import find_service_uri, role_caller
from serein.execute_api.invocations import TookTooLong, invoke
from serein.kernel.clock import monotonic
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply
from serein.kernel.operation import Reply
from serein.kernel.scope import Caller
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.binary import BinaryTypes
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.mappings import Received
from serein.services.apigateway.serving.method_responses import ResponseMapping
from serein.services.apigateway.serving.proxy_events import event_of
from serein.services.apigateway.serving.proxy_replies import MalformedReply, reply_of
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.transformations import RequestMapping

DEFAULT_TIMEOUT_MS = 29_000
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})(?!\d)""")
_encode = msgspec.json.Encoder().encode


class Integration(Protocol):
    """What answers a method's requests."""

    async def answer(self, exchange: Exchange) -> HttpReply:
        """The method response. Raises Refused."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What integrations need to know of their API."""

    api_id: str
    binary: BinaryTypes


class MockIntegration:
    """MOCK: the request's template says the status, the integration responses the rest."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        integration = method["methodIntegration"]
        self._request = RequestMapping(integration, traits.binary)
        self._responses = ResponseMapping(method, integration, traits.binary)

    async def answer(self, exchange: Exchange) -> HttpReply:
        text = self._request.find_static(exchange)
        if text is None:
            text = self._request.transform(exchange).body.decode("utf-8", "replace")
        status = _mock_status(text)
        exchange.integration["status"] = status
        return self._responses.respond(exchange, Received(status, [], b""), str(status))


@lru_cache(maxsize=256)
def _mock_status(text: str) -> int:
    """The statusCode that a template made. AWS: JSON with bare names will do; without a status it is an error."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        found = _STATUS.search(text)
        document = {"statusCode": found[1]} if found else None
    status = str(document.get("statusCode", "")) if isinstance(document, dict) else ""
    if len(status) != 3 or not (status.isascii() and status.isdigit()):
        raise Refused(refusals.INTERNAL, reason="Unable to parse statusCode. It should be an integer.")
    return int(status)


class FunctionCaller:
    """Invokes the function that an integration's URI names."""

    def __init__(self, integration: dict[str, Any]) -> None:
        self.uri: str = integration.get("uri") or ""
        self.timeout_seconds = (integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000
        self._role: str = integration.get("credentials") or ""
        self._function = "" if "${" in self.uri else function_in(self.uri)

    def function(self, exchange: Exchange) -> str:
        """The function's ARN. Raises Refused with 500 when the URI names none."""
        function = self._function or function_in(fill_variables(self.uri, exchange))
        if not function:
            exchange.log("Execution failed due to configuration error: Invalid function ARN or invalid URI")
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason="the URI names no function")
        return function

    def caller(self, exchange: Exchange) -> Caller | None:
        """Whose permissions count: the role's, or API Gateway's on behalf of the method."""
        path = exchange.method.resource_path if exchange.method is not None else exchange.path
        return backend_caller(exchange, self._role, method_arn(exchange, path))

    async def invoke(self, exchange: Exchange, event: bytes) -> Reply:
        """Lambda's reply. Raises Refused."""
        function = self.function(exchange)
        address = f"https://lambda.{exchange.region}.amazonaws.com/2015-03-31/functions/{function}/invocations"
        exchange.log(f"Endpoint request URI: {address}")
        if exchange.has_trace:
            exchange.trace("Endpoint request headers", _shown_headers(exchange))
            exchange.trace("Endpoint request body after transformations", event)
        exchange.log(f"Sending request to {address}")
        began = monotonic()
        try:
            reply = await invoke(
                exchange.platform,
                function,
                event,
                exchange.scope,
                trace_id=exchange.trace_id,
                timeout_seconds=self.timeout_seconds,
                name=f"REST API {exchange.api_id}",
                caller=self.caller(exchange),
            )
        except TookTooLong:
            measured(exchange, began, 504)
            exchange.log(f"Execution failed due to a timeout error: more than {self.timeout_seconds * 1000:.0f} ms")
            raise Refused(refusals.INTEGRATION_TIMEOUT) from None
        except AwsError as error:
            measured(exchange, began, error.status)
            exchange.integration["error"] = error.message
            exchange.log(f"Lambda invocation failed with status: {error.status}. {error.code}: {error.message}")
            exchange.log("Execution failed due to configuration error: ")
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=f"{error.code}: {error.message}") from error
        measured(exchange, began, reply.get("StatusCode", 200))
        if reply.get("FunctionError"):
            exchange.integration["error"] = "The Lambda function returned an error"
        if exchange.has_trace:
            payload = reply.get("Payload") or b""
            headers = {"Content-Type": "application/json", "Content-Length": len(payload)}
            headers["X-Amz-Executed-Version"] = reply.get("ExecutedVersion", "")
            exchange.trace("Endpoint response headers", {**headers, "X-Amzn-Trace-Id": exchange.trace_id})
            exchange.trace("Endpoint response body before transformations", payload)
        return reply


def _shown_headers(exchange: Exchange) -> dict[str, str]:
    """The headers that API Gateway sends to Lambda, as far as logs have any use for them."""
    return {
        "x-amzn-lambda-integration-tag": exchange.request_id,
        "x-amzn-apigateway-api-id": exchange.api_id,
        "Accept": "application/json",
        "User-Agent": f"AmazonAPIGateway_{exchange.api_id}",
        "X-Amzn-Trace-Id": exchange.trace_id,
    }


def backend_caller(exchange: Exchange, role: str, source_arn: str) -> Caller | None:
    """The role, or API Gateway on behalf of a part of the API; None, which may do all, where nothing is enforced."""
    signatures = exchange.platform.signatures
    if signatures is None or not signatures.is_enforced:
        return None
    role = fill_variables(role, exchange) if "${" in role else role
    # AWS: `arn:aws:iam::*:user/*` stands for the caller's own credentials, which only a signed request has.
    if role and not role.endswith(":user/*"):
        return role_caller(role, exchange.scope)
    return Caller.of_service("apigateway", exchange.scope, source_arn)


def measured(exchange: Exchange, began: float, status: int) -> None:
    """Note what `$context.integration` tells of a call that is over."""
    latency_ms = int((monotonic() - began) * 1000)
    exchange.integration["latency"] = latency_ms
    exchange.integration["status"] = exchange.integration["integrationStatus"] = status
    exchange.log(f"Received response. Status: {status}, Integration latency: {latency_ms} ms")


class LambdaProxyIntegration:
    """AWS_PROXY: the whole request as an event, the function's answer as the reply."""

    def __init__(self, method: dict[str, Any], traits: Traits) -> None:
        self._caller = FunctionCaller(method["methodIntegration"])
        self._binary = traits.binary

    async def answer(self, exchange: Exchange) -> HttpReply:
        event = _encode(event_of(exchange, self._binary))
        outcome = await self._caller.invoke(exchange, event)
        payload = outcome.get("Payload") or b""
        if outcome.get("FunctionError"):
            exchange.log(f"Lambda execution failed with status 200 due to customer function error: {text(payload)}")
            raise Refused(refusals.MALFORMED_REPLY, reason="the function failed")
        wants_bytes = bool(self._binary) and self._binary.is_accepted(exchange.http.headers.get("accept"))
        try:
            return reply_of(payload, wants_bytes=wants_bytes)
        except MalformedReply as malformed:
            exchange.log("Execution failed due to configuration error: Malformed Lambda proxy response")
            raise Refused(refusals.MALFORMED_REPLY, reason=str(malformed)) from malformed


def text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def function_in(uri: str) -> str:
    """The function that an integration's URI names; empty when it names none."""
    service = find_service_uri(uri)
    if service is None:
        return uri if uri.startswith("arn:") and ":lambda:" in uri and ":apigateway:" not in uri else ""
    return service.function


def fill_variables(text: str, exchange: Exchange) -> str:
    """Fill in `${stageVariables.x}`; AWS: an unknown one becomes empty."""
    head, *rest = text.split("${stageVariables.")
    filled = [head]
    for part in rest:
        name, _, literal = part.partition("}")
        filled.append(exchange.variables.get(name, "") + literal)
    return "".join(filled)


def method_arn(exchange: Exchange, path: str | None = None) -> str:
    """The ARN of a method as policies know it: with the request's path, or the resource's."""
    shown = exchange.path if path is None else path
    verb = exchange.http.method
    scope = exchange.scope
    return (
        f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{exchange.api_id}/"
        f"{exchange.stage_name}/{verb}/{shown.removeprefix('/')}"
    )
