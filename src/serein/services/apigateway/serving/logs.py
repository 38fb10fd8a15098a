"""Execution logs and access logs of REST APIs.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from typing import Any

from serein.execute_api.access_logs import find_in, log_lines, stream_of
from serein.kernel.clock import monotonic
from serein.kernel.http import HttpReply
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.stages import Stage

_LONGEST_LINE = 1024
_FAILURES = ("Execution failed", "Lambda execution failed", "Lambda invocation failed", "Unauthorized request")


def begin(exchange: Exchange) -> None:
    """Write the lines that every execution log begins with."""
    exchange.log(f"Starting execution for request: {exchange.request_id}")
    exchange.log(f"HTTP Method: {exchange.http.method}, Resource Path: {exchange.path}")
    if exchange.has_trace:
        exchange.trace("Method request path", exchange.parameters)
        exchange.trace("Method request query string", exchange.query)
        exchange.trace("Method request headers", exchange.headers)
        exchange.trace("Method request body before transformations", exchange.body)


def end(exchange: Exchange, reply: HttpReply) -> None:
    """Write the lines that every execution log ends with."""
    if exchange.has_trace:
        exchange.trace("Method response body after transformations", reply.body)
        exchange.trace("Method response headers", dict(reply.headers))
    if exchange.error is None:
        exchange.log("Successfully completed execution")
    exchange.log(f"Method completed with status: {reply.status}")


def write_execution(exchange: Exchange, *, is_error_log: bool) -> None:
    """Send the execution log to its group."""
    group = f"API-Gateway-Execution-Logs_{exchange.api_id}/{exchange.stage_name}"
    if exchange.is_canary:
        group += "/Canary"
    stream = stream_of(exchange.api_id, exchange.stage_name, exchange.request_id[:1])
    lines = log_lines(exchange.platform)
    for _, text in exchange.lines or ():
        if not is_error_log or text.startswith(_FAILURES):
            line = f"({exchange.request_id}) {text}"
            if len(line) > _LONGEST_LINE:
                line = f"{line[:_LONGEST_LINE]} [TRUNCATED]"
            lines.append_to_group(exchange.scope, group, stream, line)


def write_access(exchange: Exchange, stage: Stage, reply: HttpReply, began: float) -> None:
    """Send a request's line to the stage's access log."""
    line_format = stage.access_format
    if line_format is None:
        return
    integration = exchange.integration
    known: dict[str, Any] = {
        "status": reply.status,
        "responseLength": len(reply.body) if isinstance(reply.body, bytes) else None,
        "responseLatency": int((monotonic() - began) * 1000),
        "integrationLatency": integration.get("latency"),
        "integrationStatus": integration.get("status"),
        "integrationErrorMessage": integration.get("error"),
    }
    context = exchange.context
    context["integration"] = integration

    def find(name: str) -> Any:
        return known[name] if name in known else find_in(context, name)

    stream = stream_of(exchange.api_id, exchange.stage_name)
    log_lines(exchange.platform).append(stage.access_destination, stream, line_format.line(find))
