"""What answers a request that found its route and may pass: functions, other HTTP servers, AWS's services."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from serein.execute_api.aws_services import ReplyTooLarge, call_service, role_caller
from serein.execute_api.invocations import TookTooLong, invoke
from serein.execute_api.steps import Steps
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.http import HttpReply
from serein.kernel.scope import Scope
from serein.outgoing import AnsweredTooLate, Unreachable
from serein.services.apigatewayv2.callers import backend_caller, route_resource
from serein.services.apigatewayv2.compiled import Route, with_variables
from serein.services.apigatewayv2.context import RequestSources
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.events import Arrival, Integrated, all_headers, event_of
from serein.services.apigatewayv2.http_proxy import forward
from serein.services.apigatewayv2.parameters import (
    changed_headers,
    changed_path,
    changed_query,
    changed_reply,
    changes_query,
)
from serein.services.apigatewayv2.private_links import find_address
from serein.services.apigatewayv2.replies import MalformedResponse, message, reply_of
from serein.services.apigatewayv2.service_integrations import service_request

log = logging.getLogger("serein.apigatewayv2")
_THROTTLED = frozenset({"TooManyRequestsException", "ServiceException", "EC2ThrottledException"})
_INTERNAL, _UNAVAILABLE = "Internal Server Error", "Service Unavailable"
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answer:
    """The integration's reply, or API Gateway's own where there is none."""

    reply: HttpReply
    is_integrations: bool
    error: str = ""


async def answer(platform: Platform, arrival: Arrival, route: Route, steps: Steps | None) -> HttpReply:
    """The reply of a route's integration, with parameters mapped both ways."""
    if route.request_changes:
        _change_request(arrival, route)
    began = platform.clock.now()
    target = with_variables(route.target, arrival.variables) if "${" in route.target else route.target
    scope = Scope(arrival.account, arrival.region)
    if route.service is not None:
        found = await _call(platform, arrival, route, scope, steps)
    elif route.kind == "AWS_PROXY":
        found = await _invoke(platform, arrival, route, target, scope, steps)
    elif route.kind == "HTTP_PROXY":
        found = await _forward(platform, arrival, route, target, scope, steps)
    else:
        found = Answer(message(500, _INTERNAL), is_integrations=False, error="The route has no integration")
    latency = int((platform.clock.now() - began) * 1000)
    arrival.integration = Integrated(found.reply.status if found.is_integrations else 0, latency, found.error)
    if steps is not None:
        steps.add("integration reply", status=found.reply.status, error=found.error, headers=found.reply.headers)
    if route.reply_changes and found.is_integrations:
        changes = route.reply_changes.get(found.reply.status)
        if changes:
            found.reply = changed_reply(found.reply, changes, RequestSources(arrival, found.reply))
            if steps is not None:
                steps.add("response parameters", status=found.reply.status, headers=found.reply.headers)
    return found.reply


def _change_request(arrival: Arrival, route: Route) -> None:
    sources, changes = RequestSources(arrival), route.request_changes
    headers = changed_headers(all_headers(arrival.http), changes, sources)
    path = changed_path(changes, sources)
    if changes_query(changes):
        arrival.query = changed_query(parse_qsl(arrival.http.query, keep_blank_values=True), changes, sources)
    arrival.headers = headers
    if path is not None:
        arrival.path, arrival.is_path_changed = path, True


async def _invoke(
    platform: Platform, arrival: Arrival, route: Route, function: str, scope: Scope, steps: Steps | None
) -> Answer:
    """Invoke the function. When it takes too long the client hears so, and the function runs on, as on AWS."""
    event = event_of(arrival, route.payload_version)
    if steps is not None:
        steps.add("integration request", function=function, event=event)
    try:
        outcome = await invoke(
            platform,
            function,
            _encode(event),
            scope,
            trace_id=arrival.trace_id,
            timeout_seconds=route.timeout_seconds,
            name=f"{arrival.api_id} {route.key}",
            caller=backend_caller(platform, arrival, route_resource(arrival), route.credentials),
        )
    except TookTooLong:
        return Answer(message(503, _UNAVAILABLE), is_integrations=False, error="The function did not answer in time")
    except AwsError as error:
        log.warning("%s %s: %s: %s", arrival.api_id, route.key, error.code, error.message)
        return Answer(_refused(error), is_integrations=False, error=f"{error.code}: {error.message}")
    payload = outcome.get("Payload") or b""
    if steps is not None:
        steps.add("function", error=outcome.get("FunctionError", ""), payload=payload.decode("utf-8", "replace"))
    if outcome.get("FunctionError"):
        text = "The Lambda function returned the following error: "
        return Answer(message(500, _INTERNAL), is_integrations=False, error=text + _error_text(payload))
    try:
        return Answer(reply_of(payload, route.payload_version), is_integrations=True)
    except MalformedResponse:
        log.warning("%s %s: what %s returned is no HTTP response", arrival.api_id, route.key, function)
        text = "The response received from Lambda is invalid"
        return Answer(message(500, _INTERNAL), is_integrations=False, error=text)


def _error_text(payload: bytes) -> str:
    try:
        failure: Any = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return ""
    return str(failure.get("errorMessage", "")) if isinstance(failure, dict) else ""


def _refused(error: AwsError) -> HttpReply:
    if error.code in _THROTTLED:
        return message(503, _UNAVAILABLE)
    if error.code == "RequestTooLargeException":
        return message(413, "Request Entity Too Large")
    return message(500, _INTERNAL)


async def _forward(
    platform: Platform, arrival: Arrival, route: Route, uri: str, scope: Scope, steps: Steps | None
) -> Answer:
    if route.link:
        address = await find_address(platform, scope, route.link, uri)
        if not address:
            text = f"The VPC link {route.link} leads nowhere: tag it serein:address=http://host:port"
            return Answer(message(503, _UNAVAILABLE), is_integrations=False, error=text)
        uri = address
    try:
        reply = await forward(platform, arrival, route, uri, steps)
    except AnsweredTooLate:
        return Answer(message(503, _UNAVAILABLE), is_integrations=False, error="The backend did not answer in time")
    except Unreachable as error:
        return Answer(message(503, _UNAVAILABLE), is_integrations=False, error=f"The backend is unreachable: {error}")
    return Answer(reply, is_integrations=True)


async def _call(platform: Platform, arrival: Arrival, route: Route, scope: Scope, steps: Steps | None) -> Answer:
    call = route.service
    assert call is not None
    try:
        request = service_request(call.subtype, call.parameters, RequestSources(arrival))
        if steps is not None:
            text = request.body.decode("utf-8", "replace")
            steps.add("integration request", service=call.subtype.service, action=call.subtype.action, body=text)
        reply = await call_service(
            platform,
            request,
            scope,
            role_caller(with_variables(route.credentials, arrival.variables), scope),
            trace_id=arrival.trace_id,
            timeout_seconds=route.timeout_seconds,
        )
    except TookTooLong:
        return Answer(message(503, _UNAVAILABLE), is_integrations=False, error="The service did not answer in time")
    except ReplyTooLarge:
        return Answer(message(500, _INTERNAL), is_integrations=False, error="The service's reply is too large")
    except BadRequestException as error:
        return Answer(message(400, error.message), is_integrations=False, error=error.message)
    except AwsError as error:
        status = error.status if isinstance(error, NotImplementedHere) else 500
        text = error.message if isinstance(error, NotImplementedHere) else _INTERNAL
        return Answer(message(status, text), is_integrations=False, error=f"{error.code}: {error.message}")
    return Answer(reply, is_integrations=True)
