"""The data plane of REST APIs: requests to `{apiId}.execute-api.…`, `/_serein/api/{apiId}/…` and custom domain names.

Compiled deployments are kept by API and deployment, which never change; compiled stages by their revision. So a
request costs one read, which says what is served, and nothing has to be invalidated.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TypeVar
from urllib.parse import unquote

from serein.execute_api.addresses import find_address, find_mapped
from serein.execute_api.steps import Steps, find_steps
from serein.kernel.call import Platform
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import Scope
from serein.services.apigateway import store
from serein.services.apigateway.compiled import Deployment, compile_snapshot
from serein.services.apigateway.serving import logs, refusals
from serein.services.apigateway.serving.access import require_admitted
from serein.services.apigateway.serving.caching import ResponseCache
from serein.services.apigateway.serving.compression import pack
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.gateway_responses import refuse
from serein.services.apigateway.serving.metrics import Source, counts_of
from serein.services.apigateway.serving.pipeline import serve
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.stages import Stage

_MOST_KEPT = 256
T = TypeVar("T")


class RestApis:
    """The door of REST APIs."""

    def __init__(self) -> None:
        self._deployments: OrderedDict[Hashable, Deployment] = OrderedDict()
        self._stages: OrderedDict[Hashable, tuple[tuple[int, int, int], Stage]] = OrderedDict()
        self._cache = ResponseCache()

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        """Answer a request to a REST API; None when it names none."""
        mapped = find_mapped(platform.domains, http, serves_private=True)
        if mapped is not None:
            api_id, stage_name, path = mapped.api_id, mapped.stage, mapped.path
        else:
            api_id, whole = find_address(http)
            stage_name, path = _split(whole)
        if not api_id:
            return None
        began = monotonic()
        served = await platform.database.read(lambda tx: store.served_stage(tx, api_id, stage_name))
        if served is None:
            return None
        exchange = Exchange(platform, http, Scope(served.account, served.region), api_id, path)
        exchange.stage_name = stage_name
        exchange.shown_path = http.path if mapped is not None else whole
        if mapped is not None:
            exchange.base_path = mapped.base_path
        steps = find_steps(http)
        if steps is not None:
            exchange.lines, exchange.has_trace = [], True
        stage = self._stage(api_id, stage_name, served)
        deployment = None
        if served.stage is not None and (mapped is not None or not stage.is_disabled):
            deployment = await self._deployment(exchange, stage)
        try:
            if deployment is None:
                raise Refused(refusals.FORBIDDEN)
            if mapped is not None and mapped.privacy is not None:
                require_admitted(exchange, mapped.privacy)
            reply = await serve(exchange, stage, deployment, self._cache)
        except Refused as refused:
            reply = refuse(exchange, refused, {} if deployment is None else deployment.gateway_responses)
        return _finish(exchange, stage, deployment, reply, began, steps)

    def _stage(self, api_id: str, stage_name: str, served: store.Served) -> Stage:
        key = (api_id, stage_name)
        revisions = (served.revision, served.cache_revision, served.authorizers_revision)
        found = self._stages.get(key)
        if found is None or found[0] != revisions:
            found = _keep(self._stages, key, (revisions, Stage(served)))
        return found[1]

    async def _deployment(self, exchange: Exchange, stage: Stage) -> Deployment | None:
        """The deployment that answers, the canary's if the draw says so; None when the stage serves none."""
        deployment_id = stage.deployment_id
        exchange.variables, exchange.authorizers_revision = stage.variables, stage.authorizers_revision
        canary = stage.canary
        if canary is not None and canary.is_drawn():
            deployment_id, exchange.variables, exchange.is_canary = canary.deployment_id, canary.variables, True
        exchange.deployment_id = deployment_id
        key = (exchange.api_id, deployment_id)
        found = self._deployments.get(key)
        if found is not None or not deployment_id:
            return found

        def find(tx: Transaction) -> str | None:
            return store.find_snapshot(tx, exchange.api_id, deployment_id)

        snapshot = await exchange.platform.database.read(find)
        if snapshot is None:
            return None
        return _keep(self._deployments, key, compile_snapshot(snapshot, exchange.scope))


def _keep(kept: "OrderedDict[Hashable, T]", key: Hashable, value: T) -> T:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
    return value


def _split(path: str) -> tuple[str, str]:
    """A stage's name and the path behind it."""
    first, slash, rest = path[1:].partition("/")
    return (unquote(first) if "%" in first else first), slash + rest or "/"


def _finish(
    exchange: Exchange,
    stage: Stage,
    deployment: Deployment | None,
    reply: HttpReply,
    began: float,
    steps: Steps | None,
) -> HttpReply:
    """What is added to every reply, and told of it."""
    if deployment is not None and deployment.smallest_compressed >= 0:
        pack(exchange, reply, deployment.smallest_compressed)
    headers = reply.headers
    headers.append(("x-amzn-requestid", exchange.request_id))
    headers.append(("x-amz-apigw-id", exchange.extended_id))
    if exchange.integration:
        headers.append(("x-amzn-trace-id", exchange.trace_id))
    headers += exchange.warnings
    exchange.status = reply.status
    method = exchange.method
    settings = stage.settings_of(method.resource_path, method.verb) if method is not None else None
    if exchange.lines is not None:
        logs.end(exchange, reply)
        if settings is not None and settings.has_logs:
            logs.write_execution(exchange, is_error_log=settings.is_error_log)
    if stage.access_format is not None:
        logs.write_access(exchange, stage, reply, began)
    _count(
        exchange, stage, int((monotonic() - began) * 1000), has_metrics=settings is not None and settings.has_metrics
    )
    if steps is None:
        return reply
    for _, line in exchange.lines or ():
        name, _, detail = line.partition(": ")
        steps.add(name, detail=detail)
    return steps.reply(reply)


def _count(exchange: Exchange, stage: Stage, latency_ms: int, *, has_metrics: bool) -> None:
    """Count a request for CloudWatch, for its method too if the stage wants that."""
    counts, method = counts_of(exchange.platform), exchange.method
    if not counts.is_wanted or not stage.name:
        return
    source = Source(exchange.account, exchange.region, stage.api_name, stage.name)
    measured = (exchange.status, latency_ms, exchange.integration.get("latency"), exchange.cache_status)
    counts.answered(source, *measured)
    if has_metrics and method is not None:
        counts.answered(source._replace(resource=method.resource_path, verb=exchange.http.method), *measured)


door = RestApis()
