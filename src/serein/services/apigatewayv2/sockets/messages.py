"""Messages: each is routed, given to an integration, and answered if its route has answers.

They are taken in the order in which they come, and the integrations of one connection work side by side, as on AWS,
which promises no order of answers. What needs no waiting (mock integrations) is done at once.
"""

import asyncio

import msgspec

from serein.kernel.call import Platform
from serein.services.apigatewayv2.sockets.backends import Answer, BackendFailed, Work, mock, new_trace_id, run
from serein.services.apigatewayv2.sockets.compiled import Route
from serein.services.apigatewayv2.sockets.connections import GOING_AWAY, Connection, new_message_id
from serein.services.apigatewayv2.sockets.events import message_event, request_context
from serein.services.apigatewayv2.sockets.mapping import Exchange, MappingFailed, Unsupported
from serein.services.apigatewayv2.sockets.observing import Observed, observe
from serein.services.apigatewayv2.sockets.routes import CONNECT, DEFAULT, DISCONNECT
from serein.services.apigatewayv2.sockets.stages import Stage, stages_of

MOST_UNDER_WAY = 32
_FAILED = "Internal server error"
_encode = msgspec.json.Encoder().encode


async def take_message(platform: Platform, connection: Connection, body: str) -> None:
    """Take a message; returns when the next one may come."""
    peer = connection.peer
    stages = stages_of(platform)
    stage = await stages.find(peer.api_id, peer.stage)
    request_id, now = new_message_id(), platform.clock.now()
    if stage is None:
        connection.socket.close(GOING_AWAY, "Going away")
        return
    exchange = Exchange(body, {}, stage.variables)
    routes = stage.compiled.routes
    key = stage.compiled.selection.evaluate(exchange.find)
    route = routes.get(key) if key not in (None, CONNECT, DISCONNECT) else None
    route = route or routes.get(DEFAULT)
    if route is None:
        _tell(connection, "Forbidden", request_id)
        return
    exchange.context = context = request_context(peer, route.key, "MESSAGE", now, request_id)
    if not stages.may_pass(stage, route.key, now):
        _tell(connection, "Too Many Requests", request_id)
        observe(platform, stage, Observed(context, 429, "Too Many Requests"))
        return
    invalid = _find_invalid(stage, route, exchange) if route.models else ""
    if invalid:
        _tell(connection, "Invalid request body", request_id)
        observe(platform, stage, Observed(context, 400, invalid))
        return
    integration = route.integration
    if integration is None:
        _tell(connection, _FAILED, request_id)
        observe(platform, stage, Observed(context, 500, "No integration is defined for the route"))
        return
    is_encoded = integration.content_handling == "CONVERT_TO_BINARY"
    event = {}
    if integration.kind == "AWS_PROXY":
        event = message_event(context, body, stage.variables, is_encoded=is_encoded)
    work = Work(peer.scope, route, integration, event, exchange, "")
    if integration.kind == "MOCK":
        _answer_at_once(platform, connection, stage, work)
        return
    work.trace_id = new_trace_id(now)
    task = platform.workers.activities.start(
        f"{peer.api_id} {route.key}", _have_answered(platform, connection, stage, work)
    )
    connection.under_way += 1
    if connection.under_way >= MOST_UNDER_WAY:
        await asyncio.wait((task,))


def _find_invalid(stage: Stage, route: Route, exchange: Exchange) -> str:
    """What is wrong with a body by the model that the route selects for it; empty when nothing is."""
    if not stage.compiled.is_validating:
        return ""
    key = route.model_selection.evaluate(exchange.find)
    name = route.models.get(key or DEFAULT) or route.models.get(DEFAULT)
    return stage.compiled.models.find_error(name, exchange.document) if name else ""


def _answer_at_once(platform: Platform, connection: Connection, stage: Stage, work: Work) -> None:
    context = work.exchange.context
    try:
        answer = mock(work)
    except MappingFailed as failure:
        _tell(connection, _FAILED, context["requestId"])
        observe(platform, stage, Observed(context, 500, str(failure)))
    except Unsupported:
        _tell(connection, "Unsupported Media Type", context["requestId"])
        observe(platform, stage, Observed(context, 415, "Unsupported Media Type"))
    else:
        _reply(connection, work, answer)
        observe(platform, stage, Observed(context, answer.status))


async def _have_answered(platform: Platform, connection: Connection, stage: Stage, work: Work) -> None:
    context, began = work.exchange.context, platform.clock.now()
    try:
        answer = await run(platform, work)
    except BackendFailed as failure:
        _tell(connection, failure.message, context["requestId"])
        observed = Observed(context, failure.status, str(failure))
    else:
        _reply(connection, work, answer)
        observed = Observed(context, answer.status)
    finally:
        connection.under_way -= 1
    observed.latency_ms = int((platform.clock.now() - began) * 1000)
    observe(platform, stage, observed)


def _reply(connection: Connection, work: Work, answer: Answer) -> None:
    if work.route.is_answered and answer.body:
        connection.socket.send(answer.body)


def _tell(connection: Connection, message: str, request_id: str) -> None:
    """Tell the client what went wrong, as AWS does whether or not the route has answers."""
    told = {"message": message, "connectionId": connection.peer.id, "requestId": request_id}
    connection.socket.send(_encode(told).decode())
