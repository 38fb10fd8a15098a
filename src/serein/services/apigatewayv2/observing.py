"""Access logs of HTTP APIs: a line for each request, in the stage's format."""

from typing import Any

from serein.execute_api.access_logs import find_in, log_lines, stream_of
from serein.kernel.call import Platform
from serein.kernel.http import HttpReply
from serein.services.apigatewayv2.context import context_of
from serein.services.apigatewayv2.events import Arrival
from serein.services.apigatewayv2.served_stages import StageSettings


def log_request(
    platform: Platform, arrival: Arrival, settings: StageSettings, reply: HttpReply, error: str, latency_ms: int
) -> None:
    """Write the line of a stage's access log."""
    log_format = settings.log_format
    assert log_format is not None
    context = {**context_of(arrival), **_outcome(arrival, reply, error, latency_ms)}
    line = log_format.line(lambda name: find_in(context, name))
    log_lines(platform).append(settings.log_destination, stream_of(arrival.api_id, arrival.stage), line)


def _outcome(arrival: Arrival, reply: HttpReply, error: str, latency_ms: int) -> dict[str, Any]:
    """The variables that are known once a request is answered."""
    length = len(reply.body) if isinstance(reply.body, bytes) else 0
    found: dict[str, Any] = {
        "dataProcessed": len(arrival.body) + length,
        "responseLatency": latency_ms,
        "responseLength": length,
        "status": reply.status,
    }
    if error:
        found["error"] = {"message": error, "messageString": f'"{error}"', "responseType": _kind(reply.status)}
    done = arrival.integration
    if done is not None:
        status = done.status or None
        found["integration"] = {
            "error": done.error,
            "integrationStatus": status,
            "latency": done.latency_ms,
            "requestId": done.request_id,
            "status": status,
        }
        found["integrationErrorMessage"] = done.error
        found["integrationLatency"] = done.latency_ms
        found["integrationStatus"] = status
    return found


def _kind(status: int) -> str:
    return {401: "UNAUTHORIZED", 403: "ACCESS_DENIED", 413: "REQUEST_TOO_LARGE", 429: "THROTTLED"}.get(
        status, "DEFAULT_4XX" if status < 500 else "INTEGRATION_FAILURE"
    )
