"""Integrations of WebSocket APIs and their responses: what may be asked for, and what is kept."""

import re
from typing import Any

from serein.execute_api.aws_services import find_service_uri
from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.integrations import find_function
from serein.services.apigatewayv2.sockets.expressions import InvalidExpression, parse_expression

LONGEST_TIMEOUT_MS, SHORTEST_TIMEOUT_MS = 29_000, 50
_SETTABLE = (
    "ConnectionType",
    "ContentHandlingStrategy",
    "CredentialsArn",
    "Description",
    "IntegrationMethod",
    "IntegrationType",
    "IntegrationUri",
    "PassthroughBehavior",
    "PayloadFormatVersion",
    "RequestParameters",
    "RequestTemplates",
    "TemplateSelectionExpression",
    "TimeoutInMillis",
)
_HTTP_ONLY = ("IntegrationSubtype", "ResponseParameters")
_RESPONSE_SETTABLE = (
    "ContentHandlingStrategy",
    "IntegrationResponseKey",
    "ResponseParameters",
    "ResponseTemplates",
    "TemplateSelectionExpression",
)
_REQUEST_PARAMETER = re.compile(r"integration\.request\.(header|querystring|path)\.[\w.-]+")
_SOURCE = re.compile(r"(route\.request\.(header|querystring|body|multivalueheader|multivaluequerystring)"
                     r"|context|stageVariables)\..+|route\.request\.body|'.*'")  # fmt: skip


def new_integration(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of an integration to be created. Raises BadRequestException."""
    return checked_integration({**_given(request), "IntegrationId": random_lower(7)})


def changed_integration(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateIntegration's request. Raises BadRequestException."""
    return checked_integration({**settings, **_given(request)})


def _given(request: dict[str, Any]) -> dict[str, Any]:
    for name in _HTTP_ONLY:
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for HTTP APIs")
    if request.get("TlsConfig"):
        raise NotImplementedHere("Serein does not implement an integration's TlsConfig for WebSocket APIs")
    if request.get("ConnectionType", "INTERNET") != "INTERNET" or request.get("ConnectionId"):
        raise NotImplementedHere("Serein does not implement VPC links (ConnectionType VPC_LINK) of WebSocket APIs")
    return {name: request[name] for name in _SETTABLE if name in request}


def checked_integration(settings: dict[str, Any]) -> dict[str, Any]:
    """Complete an integration with AWS's defaults. Raises BadRequestException when it makes no sense."""
    kind = settings["IntegrationType"]
    defaults: dict[str, Any] = {
        "ConnectionType": "INTERNET",
        "PassthroughBehavior": "WHEN_NO_MATCH",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": LONGEST_TIMEOUT_MS,
    }
    if not kind.endswith("_PROXY"):
        defaults["IntegrationResponseSelectionExpression"] = "${integration.response.statuscode}"
    settings = {**defaults, **settings}
    if not SHORTEST_TIMEOUT_MS <= settings["TimeoutInMillis"] <= LONGEST_TIMEOUT_MS:
        raise BadRequestException(f"Timeout should be between {SHORTEST_TIMEOUT_MS} ms and {LONGEST_TIMEOUT_MS} ms")
    if settings["PayloadFormatVersion"] != "1.0":
        raise BadRequestException("Invalid PayloadFormatVersion specified. WebSocket APIs support only 1.0")
    _check_target(kind, settings)
    _check_expression(settings.get("TemplateSelectionExpression"), "template")
    for name, source in settings.get("RequestParameters", {}).items():
        if not _REQUEST_PARAMETER.fullmatch(name):
            raise BadRequestException(f"Invalid mapping expression specified: {name}")
        if not _SOURCE.fullmatch(source):
            raise BadRequestException(f"Invalid mapping expression specified: {source}")
    return settings


def _check_target(kind: str, settings: dict[str, Any]) -> None:
    uri = settings.get("IntegrationUri", "")
    if kind == "MOCK":
        return
    if kind == "AWS_PROXY":
        settings.setdefault("IntegrationMethod", "POST")
        if find_function(uri) is None:
            raise BadRequestException(f"Invalid lambda function ARN specified in integration URI: {uri}")
    elif kind == "AWS":
        settings.setdefault("IntegrationMethod", "POST")
        if find_function(uri) is None and find_service_uri(uri) is None:
            raise BadRequestException(f"Invalid ARN specified in the request: {uri}")
    else:
        if not uri.startswith(("http://", "https://")):
            raise BadRequestException(f"Invalid HTTP endpoint specified for URI: {uri}")
        if not settings.get("IntegrationMethod"):
            raise BadRequestException(f"HttpMethod is a required parameter for integration with type {kind}")


def _check_expression(text: str | None, what: str) -> None:
    if text is None:
        return
    try:
        parse_expression(text)
    except InvalidExpression as invalid:
        raise BadRequestException(f"Invalid {what} selection expression specified: {invalid}") from invalid


def new_integration_response(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of an integration response to be created. Raises BadRequestException."""
    made = {"IntegrationId": request["IntegrationId"], "IntegrationResponseId": random_lower(6)}
    return changed_integration_response(made, request)


def changed_integration_response(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateIntegrationResponse's request. Raises BadRequestException."""
    changed = {**settings, **{name: request[name] for name in _RESPONSE_SETTABLE if name in request}}
    key = changed["IntegrationResponseKey"]
    if key != "$default":
        if len(key) < 2 or not (key.startswith("/") and key.endswith("/")):
            raise BadRequestException(
                f"Invalid integration response key specified: {key}. It must be $default or a pattern in slashes"
            )
        try:
            re.compile(key[1:-1])
        except re.error as error:
            raise BadRequestException(f"Invalid integration response key specified: {key}: {error}") from error
    _check_expression(changed.get("TemplateSelectionExpression"), "template")
    return changed
