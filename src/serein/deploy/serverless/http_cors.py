"""Preflight requests of web pages: the OPTIONS method that answers them for a path."""

from typing import Any

_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)


def preflight(events: list[tuple[str, Any]]) -> dict[str, Any]:
    """A method's integration and responses, of the verbs of a path and what each says of CORS."""
    settings: dict[str, Any] = {}
    for _, cors in events:
        settings |= cors if isinstance(cors, dict) else {}
    origins = settings.get("origins") or settings.get("origin") or "*"
    verbs = dict.fromkeys(["OPTIONS", *(settings.get("methods") or [verb for verb, _ in events])])
    headers = {
        "Access-Control-Allow-Origin": ",".join(origins) if isinstance(origins, list) else str(origins),
        "Access-Control-Allow-Headers": _listed(settings.get("headers") or _HEADERS),
        "Access-Control-Allow-Methods": ",".join(verbs),
    }
    if settings.get("allowCredentials"):
        headers["Access-Control-Allow-Credentials"] = "true"
    if settings.get("maxAge"):
        headers["Access-Control-Max-Age"] = str(settings["maxAge"])
    if settings.get("cacheControl"):
        headers["Cache-Control"] = str(settings["cacheControl"])
    mapped = {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}
    return {
        "MethodResponses": [{"StatusCode": "200", "ResponseParameters": dict.fromkeys(mapped, True)}],
        "Integration": {
            "Type": "MOCK",
            "ContentHandling": "CONVERT_TO_TEXT",
            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
            "IntegrationResponses": [
                {"StatusCode": "200", "ResponseParameters": mapped, "ResponseTemplates": {"application/json": ""}}
            ],
        },
    }


def _listed(headers: Any) -> str:
    return headers if isinstance(headers, str) else ",".join(headers)
