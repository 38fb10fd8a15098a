"""The data plane of HTTP APIs: requests to `{apiId}.execute-api.…` and `/_aws/execute-api/{apiId}/…`.

A request is read, routed by the deployment that its stage serves, and answered by an integration. Compiled deployments
are kept by (API, deployment id): a deployment never changes, so nothing has to be invalidated.
"""

import base64
import logging
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from serein.execute_api.addresses import find_address
from serein.execute_api.bodies import TooLarge, read_body
from serein.execute_api.invocations import TookTooLong, invoke
from serein.execute_api.outgoing import Unreachable
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.http import Headers, HttpReply, HttpRequest
from serein.kernel.ids import random_bytes, random_hex
from serein.kernel.scope import Scope
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.compiled import Compiled, Route, compile_snapshot, with_variables
from serein.services.apigatewayv2.cors import Cors
from serein.services.apigatewayv2.events import Arrival, event_of
from serein.services.apigatewayv2.http_proxy import forward
from serein.services.apigatewayv2.replies import MalformedResponse, message, reply_of
from serein.services.apigatewayv2.routing import DEFAULT

log = logging.getLogger("serein.apigatewayv2")
_COMPILED_KEPT = 256
_THROTTLED = frozenset({"TooManyRequestsException", "ServiceException", "EC2ThrottledException"})
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Entrance:
    """The stage that a request goes to, and what is left of its path."""

    stage: store.Served
    path: str
    shown_path: str
    """With the stage's name when it has one."""


class ExecuteApi:
    """The door of `execute-api`."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[tuple[str, str], Compiled] = OrderedDict()

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        """Answer a request to an HTTP API; None when it names none."""
        api_id, path = find_address(http)
        if not api_id:
            return None
        entrance, snapshot = await platform.database.read(lambda tx: self._enter(tx, api_id, path))
        request_id = base64.b64encode(random_bytes(11)).decode()
        if entrance is None:
            return _finished(message(404, f"There is no HTTP API {api_id}"), request_id, None, "")
        deployment_id = entrance.stage.deployment_id
        if entrance.stage.is_disabled or not deployment_id:
            return _finished(message(404, "Not Found"), request_id, None, "")
        compiled = self._compiled.get((api_id, deployment_id))
        if compiled is None:
            compiled = self._keep((api_id, deployment_id), compile_snapshot(snapshot or ""))
        origin = http.headers.get("origin", "")
        if compiled.cors is not None and _is_preflight(http):
            return HttpReply(204, [*compiled.cors.preflight(origin), ("apigw-requestid", request_id)])
        reply = await self._route(platform, http, api_id, entrance, compiled, request_id)
        return _finished(reply, request_id, compiled.cors, origin)

    def _enter(self, tx: Transaction, api_id: str, path: str) -> tuple[Entrance | None, str | None]:
        rows = store.served_stages(tx, api_id)
        if not rows:
            return None, None
        entrance = _entrance(rows, path)
        deployment_id = entrance.stage.deployment_id
        if not deployment_id or (api_id, deployment_id) in self._compiled:
            return entrance, None
        return entrance, store.find_snapshot(tx, api_id, deployment_id)

    def _keep(self, key: tuple[str, str], compiled: Compiled) -> Compiled:
        self._compiled[key] = compiled
        if len(self._compiled) > _COMPILED_KEPT:
            self._compiled.popitem(last=False)
        return compiled

    async def _route(
        self,
        platform: Platform,
        http: HttpRequest,
        api_id: str,
        entrance: Entrance,
        compiled: Compiled,
        request_id: str,
    ) -> HttpReply:
        found = compiled.routes.find(http.method, entrance.path)
        if found is None:
            return message(404, "Not Found")
        route, parameters = found
        try:
            body = await read_body(http)
        except TooLarge:
            return message(413, "Request Entity Too Large")
        stage, now = entrance.stage, platform.clock.now()
        arrival = Arrival(
            http=http,
            body=body,
            account=stage.account,
            api_id=api_id,
            stage=stage.stage_name or "",
            variables=msgspec.json.decode(stage.variables) if stage.variables else {},
            route_key=route.key,
            path=entrance.shown_path,
            parameters=parameters,
            request_id=request_id,
            trace_id=http.headers.get("x-amzn-trace-id") or f"Root=1-{int(now):08x}-{random_hex(24)}",
            now=now,
        )
        target = with_variables(route.target, arrival.variables) if "${" in route.target else route.target
        if route.kind == "AWS_PROXY":
            return await self._invoke(platform, arrival, route, target, Scope(stage.account, stage.region))
        if route.kind == "HTTP_PROXY":
            try:
                return await forward(platform, arrival, target, route.method, route.timeout_seconds)
            except Unreachable:
                return message(503, "Service Unavailable")
        return message(500, "Internal Server Error")

    async def _invoke(
        self, platform: Platform, arrival: Arrival, route: Route, function: str, scope: Scope
    ) -> HttpReply:
        """Invoke the function. When it takes too long the client hears so, and the function runs on, as on AWS."""
        try:
            outcome = await invoke(
                platform,
                function,
                _encode(event_of(arrival, route.payload_version)),
                scope,
                trace_id=arrival.trace_id,
                timeout_seconds=route.timeout_seconds,
                name=f"{arrival.api_id} {route.key}",
            )
        except TookTooLong:
            return message(503, "Service Unavailable")
        except AwsError as error:
            log.warning("%s %s: %s: %s", arrival.api_id, route.key, error.code, error.message)
            return _refused(error)
        if outcome.get("FunctionError"):
            return message(500, "Internal Server Error")
        try:
            return reply_of(outcome.get("Payload") or b"", route.payload_version)
        except MalformedResponse:
            log.warning("%s %s: what %s returned is no HTTP response", arrival.api_id, route.key, function)
            return message(500, "Internal Server Error")


def _refused(error: AwsError) -> HttpReply:
    if error.code in _THROTTLED:
        return message(503, "Service Unavailable")
    if error.code == "RequestTooLargeException":
        return message(413, "Request Entity Too Large")
    return message(500, "Internal Server Error")


def _entrance(rows: list[store.Served], path: str) -> Entrance:
    """The stage that a path's first segment names, else `$default`, else one that serves nothing."""
    first, _, rest = path[1:].partition("/")
    name = unquote(first) if "%" in first else first
    default = None
    for row in rows:
        if row.stage_name == DEFAULT:
            default = row
        elif row.stage_name == name:
            return Entrance(row, f"/{rest}", path)
    if default is not None:
        path = f"/{rest}" if name == DEFAULT else path
        return Entrance(default, path, path)
    row = rows[0]
    return Entrance(store.Served(row.account, row.region, row.is_disabled, None, None, None), path, path)


def _is_preflight(http: HttpRequest) -> bool:
    return http.method == "OPTIONS" and "origin" in http.headers and "access-control-request-method" in http.headers


def _finished(reply: HttpReply, request_id: str, cors: Cors | None, origin: str) -> HttpReply:
    headers: Headers = reply.headers
    if cors is not None:
        headers = [header for header in headers if not header[0].startswith("access-control-")]
        headers += cors.plain(origin)
    reply.headers = [*headers, ("apigw-requestid", request_id)]
    return reply


door = ExecuteApi()
