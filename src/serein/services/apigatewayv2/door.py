"""The data plane of HTTP APIs: requests to `{apiId}.execute-api.…`, `/_serein/api/{apiId}/…` and custom domain names.

A request is read, routed by the deployment that its stage serves, admitted by the route's authorizer and answered by
its integration. Compiled deployments are kept by (API, deployment id): a deployment never changes, so nothing has to be
invalidated. This door is asked last: an API that it doesn't know is nobody's.
"""

import base64
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from serein.execute_api.addresses import MappedAddress, find_address, find_mapped
from serein.execute_api.bodies import TooLarge, read_body
from serein.execute_api.steps import Steps, find_steps
from serein.execute_api.throttling import TokenBuckets
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.http import Headers, HttpReply, HttpRequest
from serein.kernel.ids import random_bytes, random_hex
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.answering import answer
from serein.services.apigatewayv2.authorization import find_refusal
from serein.services.apigatewayv2.compiled import Compiled, Route, compile_snapshot
from serein.services.apigatewayv2.cors import Cors
from serein.services.apigatewayv2.events import Arrival
from serein.services.apigatewayv2.metrics import Source, count_request, counts_of
from serein.services.apigatewayv2.observing import log_request
from serein.services.apigatewayv2.replies import message
from serein.services.apigatewayv2.routing import DEFAULT
from serein.services.apigatewayv2.served_stages import StageSettings, read_stage
from serein.services.apigatewayv2.sockets.door import connect

_COMPILED_KEPT = 256
_LONGEST_HEAD = 10_240
_MEMORY = "apigatewayv2 throttles"


@dataclass(frozen=True, slots=True)
class Entrance:
    """The stage that a request goes to, and what is left of its path."""

    stage: store.Served
    path: str
    shown_path: str
    """With the stage's name when it has one, or the base path of a custom domain name."""
    domain: str = ""
    base_path: str = ""


@dataclass(slots=True)
class Visit:
    """A request on its way through."""

    http: HttpRequest
    api_id: str
    entrance: Entrance
    compiled: Compiled
    settings: StageSettings
    request_id: str
    began: float
    steps: Steps | None
    arrival: Arrival | None = None


class ExecuteApi:
    """The door of `execute-api`. WebSockets go their own way."""

    has_sockets = True
    connect = staticmethod(connect)

    def __init__(self) -> None:
        self._compiled: OrderedDict[tuple[str, str], Compiled] = OrderedDict()

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        """Answer a request to an HTTP API, or to one that nobody has; None when it names none."""
        mapped = find_mapped(platform.domains, http)
        api_id, path = find_address(http) if mapped is None else (mapped.api_id, mapped.path)
        if not api_id and mapped is None:
            return None
        steps = find_steps(http)
        request_id = base64.b64encode(random_bytes(11)).decode()
        entrance, snapshot = await platform.database.read(lambda tx: self._enter(tx, api_id, path, http, mapped))
        if entrance is None or (entrance.stage.is_disabled and mapped is None):
            # AWS: an API that isn't there and one whose own endpoint is disabled look the same.
            return _finished(message(403, "Forbidden"), request_id, None, "")
        deployment_id, settings = entrance.stage.deployment_id, entrance.stage.settings
        if not deployment_id or settings is None:
            return _finished(message(404, "Not Found"), request_id, None, "")
        compiled = self._compiled.get((api_id, deployment_id))
        if compiled is None:
            compiled = self._keep((api_id, deployment_id), compile_snapshot(snapshot or ""))
        if compiled.has_sockets:
            return _finished(message(403, "Forbidden"), request_id, None, "")
        origin = http.headers.get("origin", "")
        if compiled.cors is not None and _is_preflight(http):
            return HttpReply(204, [*compiled.cors.preflight(origin), ("apigw-requestid", request_id)])
        began = platform.clock.now()
        visit = Visit(http, api_id, entrance, compiled, read_stage(settings), request_id, began, steps)
        reply = _finished(await self._route(platform, visit), request_id, compiled.cors, origin)
        if visit.arrival is not None:
            _observe(platform, visit, visit.arrival, reply)
        return reply if steps is None else steps.reply(reply)

    def _enter(
        self, tx: Transaction, api_id: str, path: str, http: HttpRequest, mapped: MappedAddress | None
    ) -> tuple[Entrance | None, str | None]:
        rows = store.served_stages(tx, api_id) if api_id else []
        if not rows:
            return None, None
        entrance = _entrance(rows, path) if mapped is None else _mapped_entrance(rows, mapped, http.path)
        deployment_id = entrance.stage.deployment_id
        if not deployment_id or (api_id, deployment_id) in self._compiled:
            return entrance, None
        return entrance, store.find_snapshot(tx, api_id, deployment_id)

    def _keep(self, key: tuple[str, str], compiled: Compiled) -> Compiled:
        self._compiled[key] = compiled
        if len(self._compiled) > _COMPILED_KEPT:
            self._compiled.popitem(last=False)
        return compiled

    async def _route(self, platform: Platform, visit: Visit) -> HttpReply:
        http, entrance = visit.http, visit.entrance
        arrival = _arrive(visit)
        if sum([len(name) + len(value) for name, value in http.raw_headers]) > _LONGEST_HEAD:
            return message(431, "Request Header Fields Too Large")
        found = visit.compiled.routes.find(http.method, entrance.path)
        if found is None:
            return message(404, "Not Found")
        route, arrival.parameters = found
        arrival.route_key = route.key
        if not _may_pass(platform, visit, route):
            return message(429, "Too Many Requests")
        try:
            arrival.body = await read_body(http)
        except TooLarge:
            return message(413, "Request Entity Too Large")
        if visit.steps is not None:
            visit.steps.add("route", key=route.key, stage=arrival.stage, parameters=arrival.parameters)
        if route.gate is not None:
            refusal = await find_refusal(platform, arrival, route.gate)
            if visit.steps is not None:
                said = arrival.admission.in_2_0 if arrival.admission is not None else None
                outcome = refusal.status if refusal is not None else "admitted"
                gate = route.gate
                visit.steps.add("authorizer", kind=gate.kind, authorizer=gate.name, outcome=outcome, said=said)
            if refusal is not None:
                return refusal
        return await answer(platform, arrival, route, visit.steps)


def _arrive(visit: Visit) -> Arrival:
    """The request before its route is known."""
    http, entrance, now = visit.http, visit.entrance, visit.began
    stage = entrance.stage
    visit.arrival = Arrival(
        http=http,
        body=b"",
        account=stage.account,
        api_id=visit.api_id,
        stage=stage.stage_name or "",
        variables=visit.settings.variables,
        route_key="",
        path=entrance.shown_path,
        parameters={},
        request_id=visit.request_id,
        trace_id=http.headers.get("x-amzn-trace-id") or f"Root=1-{int(now):08x}-{random_hex(24)}",
        now=now,
        region=stage.region,
        route_path=entrance.path,
        domain_name=entrance.domain,
        base_path=entrance.base_path,
    )
    return visit.arrival


def _may_pass(platform: Platform, visit: Visit, route: Route) -> bool:
    """Whether the route's throttle, if it has one, lets the request through."""
    throttle = visit.settings.throttle_of(route.key)
    if throttle is None:
        return True
    buckets: TokenBuckets | None = platform.memory.get(_MEMORY)
    if buckets is None:
        buckets = platform.memory[_MEMORY] = TokenBuckets()
    key = (visit.api_id, visit.entrance.stage.stage_name, route.key)
    return buckets.take(key, throttle.rate, throttle.burst, visit.began)


def _observe(platform: Platform, visit: Visit, arrival: Arrival, reply: HttpReply) -> None:
    latency = int((platform.clock.now() - visit.began) * 1000)
    settings = visit.settings
    if settings.log_destination:
        error = arrival.integration.error if arrival.integration is not None else HTTPStatus(reply.status).phrase
        log_request(platform, arrival, settings, reply, error, latency)
    counts = counts_of(platform)
    if counts.is_wanted:
        stage = visit.entrance.stage
        route = arrival.route_key if arrival.route_key and settings.has_detailed_metrics(arrival.route_key) else ""
        source = Source(stage.account, stage.region, visit.api_id, arrival.stage, route)
        count_request(counts, source, arrival, reply, latency)


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
    return _nowhere(rows[0], path)


def _mapped_entrance(rows: list[store.Served], mapped: MappedAddress, path: str) -> Entrance:
    """The stage that a mapping names. AWS: events show the path with the mapping's key."""
    for row in rows:
        if row.stage_name == mapped.stage:
            return Entrance(row, mapped.path, path or "/", mapped.domain, mapped.base_path)
    return _nowhere(rows[0], path)


def _nowhere(row: store.Served, path: str) -> Entrance:
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
