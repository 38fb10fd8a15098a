"""Integrations and routes: what may be asked for, and what is kept."""

import re
from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.routing import parse_route_key

LONGEST_TIMEOUT_MS = 30_000
SHORTEST_TIMEOUT_MS = 50
_KEPT = ("CredentialsArn", "Description", "IntegrationMethod", "IntegrationUri", "PayloadFormatVersion")
_WEBSOCKET_ONLY = (
    "ContentHandlingStrategy",
    "PassthroughBehavior",
    "RequestTemplates",
    "TemplateSelectionExpression",
)
_LAMBDA_PATH = re.compile(r"arn:[^:]+:apigateway:[^:]*:lambda:path/[^/]+/functions/(.+)/invocations")


def new_integration(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of an integration to be created. Raises for what AWS or Serein refuses."""
    return checked_integration({**_given(request), "IntegrationId": random_lower(7)})


def changed_integration(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateIntegration's request."""
    return checked_integration({**settings, **_given(request)})


def _given(request: dict[str, Any]) -> dict[str, Any]:
    for name in _WEBSOCKET_ONLY:
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for WebSocket APIs")
    for name in ("IntegrationSubtype", "RequestParameters", "ResponseParameters", "TlsConfig"):
        if request.get(name):
            raise NotImplementedHere(f"Serein does not implement an integration's {name} yet")
    if request.get("ConnectionType", "INTERNET") != "INTERNET" or request.get("ConnectionId"):
        raise NotImplementedHere("Serein does not implement VPC links (ConnectionType VPC_LINK)")
    names = (*_KEPT, "IntegrationType", "TimeoutInMillis")
    return {name: request[name] for name in names if name in request}


def checked_integration(settings: dict[str, Any]) -> dict[str, Any]:
    """Complete an integration with AWS's defaults. Raises BadRequestException when it makes no sense."""
    kind, uri = settings["IntegrationType"], settings.get("IntegrationUri", "")
    settings = {"ConnectionType": "INTERNET", "TimeoutInMillis": LONGEST_TIMEOUT_MS, **settings}
    if not SHORTEST_TIMEOUT_MS <= settings["TimeoutInMillis"] <= LONGEST_TIMEOUT_MS:
        raise BadRequestException(f"Timeout should be between {SHORTEST_TIMEOUT_MS} ms and {LONGEST_TIMEOUT_MS} ms")
    if kind == "AWS_PROXY":
        settings.setdefault("IntegrationMethod", "POST")
        if find_function(uri) is None:
            raise BadRequestException(f"Invalid lambda function ARN specified in integration URI: {uri}")
        if settings.get("PayloadFormatVersion") is None:
            raise BadRequestException(
                "PayloadFormatVersion is a required parameter for integration with type AWS_PROXY"
            )
        if settings["PayloadFormatVersion"] not in ("1.0", "2.0"):
            raise BadRequestException("Invalid PayloadFormatVersion specified. Allowed values are 1.0 and 2.0")
    elif kind == "HTTP_PROXY":
        settings.setdefault("PayloadFormatVersion", "1.0")
        if not uri.startswith(("http://", "https://")):
            raise BadRequestException(f"Invalid HTTP endpoint specified for URI: {uri}")
        if not settings.get("IntegrationMethod"):
            raise BadRequestException("HttpMethod is a required parameter for integration with type HTTP_PROXY")
        if settings["PayloadFormatVersion"] != "1.0":
            raise BadRequestException("Invalid PayloadFormatVersion specified. HTTP_PROXY supports only 1.0")
    else:
        raise BadRequestException(f"Integration type {kind} is not supported for HTTP APIs")
    return settings


def find_function(uri: str) -> str | None:
    """The function that an integration's URI names (an ARN, possibly with stage variables), or None."""
    path = _LAMBDA_PATH.fullmatch(uri)
    if path:
        return path.group(1)
    return uri if uri.startswith("arn:") and ":lambda:" in uri and ":function:" in uri else None


def new_route(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of a route to be created. Raises for what AWS or Serein refuses."""
    return {"ApiKeyRequired": False, "AuthorizationType": "NONE", **given_route(request), "RouteId": random_lower(7)}


def given_route(request: dict[str, Any]) -> dict[str, Any]:
    """The settings of a route that a request names. Raises for what AWS or Serein refuses."""
    if "RouteKey" in request:
        parse_route_key(request["RouteKey"])
    if request.get("AuthorizationType", "NONE") != "NONE" or request.get("AuthorizerId"):
        raise NotImplementedHere(
            f"Serein does not implement authorizers of HTTP APIs yet (AuthorizationType "
            f"{request.get('AuthorizationType', 'CUSTOM')})"
        )
    for name in ("ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression"):
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for WebSocket APIs")
    if request.get("ApiKeyRequired"):
        raise BadRequestException("apiKeyRequired is supported only for WebSocket APIs")
    target = request.get("Target")
    if target and not target.startswith("integrations/"):
        raise BadRequestException(f"Invalid target {target}: it must be integrations/<integration id>")
    names = ("OperationName", "RouteKey", "Target")
    return {name: request[name] for name in names if name in request}
