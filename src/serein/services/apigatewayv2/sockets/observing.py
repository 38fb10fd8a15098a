"""What is told of connections and messages: access logs, execution logs and metrics."""

from dataclasses import dataclass
from typing import Any

from serein.execute_api.access_logs import compile_format, find_in, log_lines, stream_of
from serein.kernel.call import Platform
from serein.services.apigatewayv2.metrics import Source, counts_of
from serein.services.apigatewayv2.sockets.stages import Stage

_LEVELS = {"INFO": 2, "ERROR": 1}


@dataclass(slots=True)
class Observed:
    """A request that is over."""

    context: dict[str, Any]
    status: int
    error: str = ""
    latency_ms: int | None = None
    """How long the integration took; None without one."""


def observe(platform: Platform, stage: Stage, observed: Observed) -> None:
    """Count a request, and write the stage's logs about it."""
    _count(platform, stage, observed)
    settings = stage.settings
    access = settings.get("AccessLogSettings")
    if access and access.get("DestinationArn") and access.get("Format"):
        line = compile_format(access["Format"]).line(lambda name: _value(observed, name))
        stream = stream_of(stage.api_id, stage.name)
        log_lines(platform).append(access["DestinationArn"], stream, line)
    key = observed.context["routeKey"]
    route_settings = {**settings.get("DefaultRouteSettings", {}), **settings.get("RouteSettings", {}).get(key, {})}
    level = _LEVELS.get(route_settings.get("LoggingLevel", "OFF"), 0)
    if level and (level > 1 or observed.error):
        _log_execution(platform, stage, observed, level, has_data=bool(route_settings.get("DataTraceEnabled")))


def _count(platform: Platform, stage: Stage, observed: Observed) -> None:
    """AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html"""
    counts, kind = counts_of(platform), observed.context["eventType"]
    source = Source(stage.scope.account, stage.scope.region, stage.api_id, stage.name, "")
    if kind == "CONNECT":
        counts.add(source, "ConnectCount", 1)
    elif kind == "MESSAGE":
        counts.add(source, "MessageCount", 1)
    if observed.latency_ms is not None:
        counts.tally(source, "IntegrationLatency").add(observed.latency_ms)
    if observed.status >= 400:
        refused = "ClientError" if observed.status < 500 else "ExecutionError"
        counts.add(source, "IntegrationError" if observed.latency_ms is not None else refused, 1)


def _value(observed: Observed, name: str) -> Any:
    if name == "status":
        return observed.status
    if name in ("error.message", "integrationErrorMessage", "integration.error"):
        return observed.error
    if name == "error.messageString":
        return f'"{observed.error}"' if observed.error else None
    if name in ("integrationLatency", "integration.latency"):
        return observed.latency_ms
    if name in ("integrationStatus", "integration.status", "integration.integrationStatus"):
        return observed.status
    return find_in(observed.context, name)


def _log_execution(platform: Platform, stage: Stage, observed: Observed, level: int, *, has_data: bool) -> None:
    context = observed.context
    request_id, key = context["requestId"], context["routeKey"]
    lines = []
    if level > 1:
        lines.append(f"Extended Request Id: {request_id}")
        lines.append(f"Client [Connection Id: {context['connectionId']}] {_said(context, stage.api_id)}")
        if has_data:
            lines.append(f"Request context: {context}")
        lines.append(f"Selected route key [{key}], status: {observed.status}")
    if observed.error:
        lines.append(f"Execution failed: {observed.error}")
    group = f"/aws/apigateway/{stage.api_id}/{stage.name}"
    stream = stream_of(stage.api_id, stage.name)
    for line in lines:
        log_lines(platform).append_to_group(stage.scope, group, stream, f"({request_id}) {line}")


def _said(context: dict[str, Any], api_id: str) -> str:
    kind = context["eventType"]
    if kind == "CONNECT":
        return f"is connecting to WebSocket API [{api_id}]."
    return f"sent a message to API [{api_id}]." if kind == "MESSAGE" else f"disconnected from API [{api_id}]."
