"""The way in for WebSockets: a client asks for one, is admitted or refused, and is served until it leaves."""

import logging
from http.client import responses
from typing import Any
from urllib.parse import unquote

import msgspec

from serein.execute_api.addresses import find_address, find_mapped
from serein.kernel.call import Platform
from serein.kernel.http import Headers, HttpReply, HttpRequest, Socket
from serein.services.apigatewayv2.sockets import store
from serein.services.apigatewayv2.sockets.admission import Refused, admit
from serein.services.apigatewayv2.sockets.backends import BackendFailed, Work, new_trace_id, run
from serein.services.apigatewayv2.sockets.compiled import Route
from serein.services.apigatewayv2.sockets.connections import Connection, Peer, connections_of, new_message_id
from serein.services.apigatewayv2.sockets.disconnecting import owe, settle
from serein.services.apigatewayv2.sockets.events import connect_event, query_of, request_context
from serein.services.apigatewayv2.sockets.mapping import Exchange
from serein.services.apigatewayv2.sockets.messages import take_message
from serein.services.apigatewayv2.sockets.observing import Observed, observe
from serein.services.apigatewayv2.sockets.owing import ABNORMAL
from serein.services.apigatewayv2.sockets.routes import CONNECT
from serein.services.apigatewayv2.sockets.stages import Stage, stages_of

log = logging.getLogger("serein.apigatewayv2")
_PROTOCOL = "sec-websocket-protocol"
_UNACCEPTABLE = 1003
_CONNECTS_A_SECOND = 500.0
_ERROR_TYPES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    429: "TooManyRequestsException",
}
_encode = msgspec.json.Encoder().encode


async def connect(platform: Platform, http: HttpRequest, socket: Socket) -> bool:
    """Serve a WebSocket as long as it lasts; False when the request names no WebSocket API."""
    mapped = find_mapped(platform.domains, http)
    if mapped is not None:
        api_id, name = mapped.api_id, mapped.stage
    else:
        api_id, path = find_address(http)
        name = unquote(path[1:].partition("/")[0])
    protocol = await platform.database.read(lambda tx: store.find_protocol(tx, api_id)) if api_id else None
    if protocol != "WEBSOCKET":
        return False
    connections = connections_of(platform)
    stage = await stages_of(platform).find(api_id, name)
    connection_id = connections.new_id()
    if stage is None or (stage.is_disabled and mapped is None):
        await socket.refuse(_refusal(403, "Forbidden", connection_id, new_message_id()))
        return True
    peer = _peer_of(http, stage, connection_id, platform.clock.now())
    if mapped is not None:
        peer.domain = mapped.domain
    connection = Connection(peer, socket)
    await _serve(platform, http, stage, connection)
    return True


def _peer_of(http: HttpRequest, stage: Stage, connection_id: str, now: float) -> Peer:
    # Why AWS's own name: callback URLs are built of it, and it leads here from within functions.
    domain = f"{stage.api_id}.execute-api.{stage.scope.region}.amazonaws.com"
    identity = {"sourceIp": http.client_address}
    if agent := http.headers.get("user-agent"):
        identity = {"userAgent": agent, **identity}
    return Peer(connection_id, stage.api_id, stage.name, stage.scope, domain, now, identity)


async def _serve(platform: Platform, http: HttpRequest, stage: Stage, connection: Connection) -> None:
    connections, socket = connections_of(platform), connection.socket
    request_id = new_message_id()
    try:
        headers = await _admit(platform, http, stage, connection, request_id)
    except Refused as refused:
        await socket.refuse(_refusal(refused.status, refused.message, connection.peer.id, request_id))
        return
    await owe(platform, connection, stage)
    connections.add(connection)
    try:
        await socket.accept(headers)

        def heard() -> None:
            connection.active_at = platform.clock.now()

        socket.on_heard = heard
        await _listen(platform, connection)
    finally:
        connections.remove(connection)
        await settle(platform, connection, socket.closing or ABNORMAL)


async def _listen(platform: Platform, connection: Connection) -> None:
    socket = connection.socket
    while (message := await socket.receive()) is not None:
        connection.active_at = platform.clock.now()
        if isinstance(message, bytes):
            # AWS: binary frames are refused, and the client is disconnected with code 1003.
            socket.close(_UNACCEPTABLE, "Binary frames are not supported")
            return
        await take_message(platform, connection, message)
        if socket.is_full:
            await socket.drained()


async def _admit(
    platform: Platform, http: HttpRequest, stage: Stage, connection: Connection, request_id: str
) -> Headers:
    """Have the client admitted by everything that `$connect` asks; the headers of the answer. Raises Refused."""
    now, peer = platform.clock.now(), connection.peer
    stages = stages_of(platform)
    if platform.realism.is_throttling:
        scope = stage.scope
        key = ("connects", scope.account, scope.region)
        if not stages.buckets.take(key, _CONNECTS_A_SECOND, _CONNECTS_A_SECOND, now):
            raise Refused(429, "Too Many Requests")
    route = stage.compiled.routes.get(CONNECT)
    if route is None:
        return []
    if not stages.may_pass(stage, CONNECT, now):
        raise Refused(429, "Too Many Requests")
    context = request_context(peer, CONNECT, "CONNECT", now, request_id)
    trace_id = http.headers.get("x-amzn-trace-id") or new_trace_id(now)
    event = connect_event(http, peer.domain, trace_id, context, stage.variables)
    exchange = Exchange("", context, stage.variables, event["multiValueHeaders"], query_of(http) if http.query else {})
    try:
        peer.authorizer = await admit(platform, http, stage, route, exchange, trace_id)
        if peer.authorizer is not None:
            context["authorizer"] = peer.authorizer
        headers, status = await _integrate(platform, stage, route, event, exchange, trace_id)
    except Refused as refused:
        observe(platform, stage, Observed(context, refused.status, refused.message))
        raise
    observe(platform, stage, Observed(context, status))
    return headers


async def _integrate(
    platform: Platform, stage: Stage, route: Route, event: dict[str, Any], exchange: Exchange, trace_id: str
) -> tuple[Headers, int]:
    """The headers that the integration of `$connect` gives, and its status. Raises Refused."""
    if route.integration is None:
        return [], 200
    try:
        answer = await run(platform, Work(stage.scope, route, route.integration, event, exchange, trace_id))
    except BackendFailed as failure:
        log.warning("%s $connect: %s", stage.api_id, failure)
        raise Refused(failure.status, failure.message) from failure
    if 400 <= answer.status < 500:
        raise Refused(answer.status, responses.get(answer.status, "Bad Request"))
    if not 200 <= answer.status < 300:
        raise Refused(answer.status if 500 <= answer.status < 600 else 502, "Internal server error")
    chosen = answer.headers.get(_PROTOCOL)
    return ([("Sec-WebSocket-Protocol", chosen)] if chosen else []), answer.status


def _refusal(status: int, message: str, connection_id: str, request_id: str) -> HttpReply:
    told = {"message": message, "connectionId": connection_id, "requestId": request_id}
    kind = _ERROR_TYPES.get(status, "InternalServerErrorException")
    headers = [("content-type", "application/json"), ("x-amzn-errortype", kind), ("x-amzn-requestid", request_id)]
    return HttpReply(status, headers, _encode(told))
