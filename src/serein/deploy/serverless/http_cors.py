"""Preflight requests of web pages: the OPTIONS method that answers them for a path."""

from typing import Any

_ANY = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
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
    given = settings.get("origins") or settings.get("origin") or "*"
    origins = given if isinstance(given, list) else [part.strip() for part in str(given).split(",")]
    wanted = settings.get("methods") or [verb for verb, _ in events]
    verbs = dict.fromkeys(["OPTIONS", *(each for verb in wanted for each in (_ANY if verb == "ANY" else [verb]))])
    headers = {
        "Access-Control-Allow-Origin": origins[0],
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
    template = _echo(origins) if isinstance(given, list) or len(origins) > 1 else ""
    return {
        "MethodResponses": [
            {"StatusCode": "200", "ResponseParameters": dict.fromkeys(mapped, True), "ResponseModels": {}}
        ],
        "Integration": {
            "Type": "MOCK",
            "ContentHandling": "CONVERT_TO_TEXT",
            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
            "IntegrationResponses": [
                {"StatusCode": "200", "ResponseParameters": mapped, "ResponseTemplates": {"application/json": template}}
            ],
        },
    }


def _echo(origins: list[str]) -> str:
    """A template that answers with the page's own origin, when it is one of those allowed."""
    patterns = [origin.replace(".", "[.]").replace("*", ".+") for origin in origins]
    matches = " || ".join(f'$origin.matches("{pattern}")' for pattern in patterns)
    return (
        '#set($origin = $input.params("Origin"))#if($origin == "")#set($origin = $input.params("origin"))#end'
        f"#if({matches})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
    )


def _listed(headers: Any) -> str:
    return headers if isinstance(headers, str) else ",".join(headers)
