"""Integrations and routes: what may be asked for, and what is kept."""

import re
from collections.abc import Callable
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.parameters import check_response_parameters, compile_changes, text_parameters
from serein.services.apigatewayv2.routing import METHODS, parse_route_key
from serein.services.apigatewayv2.service_integrations import require_subtype

LONGEST_TIMEOUT_MS = 30_000
SHORTEST_TIMEOUT_MS = 50
_KEPT = (
    "ConnectionId",
    "ConnectionType",
    "CredentialsArn",
    "Description",
    "IntegrationMethod",
    "IntegrationSubtype",
    "IntegrationType",
    "IntegrationUri",
    "PayloadFormatVersion",
    "RequestParameters",
    "ResponseParameters",
    "TimeoutInMillis",
    "TlsConfig",
)
_ROUTE_KEPT = ("AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName", "RouteKey", "Target")
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
    changed = {**settings, **_given(request)}
    for name in ("RequestParameters", "ResponseParameters"):
        if name in request:
            changed[name] = _merged(settings.get(name, {}), request[name])
    return checked_integration(changed)


def _merged(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """AWS: parameters are added to those that are there; an empty value takes one away."""
    return {name: value for name, value in {**old, **given}.items() if value not in ("", {})}


def _given(request: dict[str, Any]) -> dict[str, Any]:
    for name in _WEBSOCKET_ONLY:
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for WebSocket APIs")
    return {name: request[name] for name in _KEPT if name in request}


def checked_integration(settings: dict[str, Any]) -> dict[str, Any]:
    """Complete an integration with AWS's defaults. Raises BadRequestException when it makes no sense."""
    kind = settings["IntegrationType"]
    settings = {"ConnectionType": "INTERNET", "TimeoutInMillis": LONGEST_TIMEOUT_MS, **settings}
    if not SHORTEST_TIMEOUT_MS <= settings["TimeoutInMillis"] <= LONGEST_TIMEOUT_MS:
        raise BadRequestException(f"Timeout should be between {SHORTEST_TIMEOUT_MS} ms and {LONGEST_TIMEOUT_MS} ms")
    _check_connection(settings, kind)
    if settings.get("IntegrationSubtype"):
        return _checked_service(settings, kind)
    if kind == "AWS_PROXY":
        _check_function(settings)
    elif kind == "HTTP_PROXY":
        _check_http(settings)
    else:
        raise BadRequestException(f"Integration type {kind} is not supported for HTTP APIs")
    compile_changes(settings.get("RequestParameters", {}))
    check_response_parameters(settings.get("ResponseParameters", {}))
    return settings


def _check_connection(settings: dict[str, Any], kind: str) -> None:
    if settings["ConnectionType"] == "VPC_LINK":
        if not settings.get("ConnectionId"):
            raise BadRequestException("ConnectionId must be set to a valid VpcLink when ConnectionType is VPC_LINK")
        if kind != "HTTP_PROXY":
            raise BadRequestException("VPC_LINK is supported only for integrations with type HTTP_PROXY")
    elif settings.get("ConnectionId"):
        raise BadRequestException("ConnectionId can be set only when ConnectionType is VPC_LINK")
    elif settings.get("TlsConfig"):
        raise BadRequestException("TlsConfig is supported only for private integrations")


def _checked_service(settings: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind != "AWS_PROXY":
        raise BadRequestException("IntegrationSubtype is supported only for integrations with type AWS_PROXY")
    if settings.get("IntegrationUri"):
        raise BadRequestException("IntegrationUri can not be set for an integration with IntegrationSubtype")
    if not settings.get("CredentialsArn"):
        raise BadRequestException("CredentialsArn is required for an integration with IntegrationSubtype")
    parameters = settings.get("RequestParameters", {})
    require_subtype(settings["IntegrationSubtype"], parameters, settings.get("PayloadFormatVersion"))
    text_parameters(parameters)
    check_response_parameters(settings.get("ResponseParameters", {}))
    return {"PayloadFormatVersion": "1.0", **settings}


def _check_function(settings: dict[str, Any]) -> None:
    settings.setdefault("IntegrationMethod", "POST")
    uri = settings.get("IntegrationUri", "")
    if find_function(uri) is None:
        raise BadRequestException(f"Invalid lambda function ARN specified in integration URI: {uri}")
    if settings.get("PayloadFormatVersion") is None:
        raise BadRequestException("PayloadFormatVersion is a required parameter for integration with type AWS_PROXY")
    if settings["PayloadFormatVersion"] not in ("1.0", "2.0"):
        raise BadRequestException("Invalid PayloadFormatVersion specified. Allowed values are 1.0 and 2.0")


def _check_http(settings: dict[str, Any]) -> None:
    settings.setdefault("PayloadFormatVersion", "1.0")
    uri = settings.get("IntegrationUri", "")
    is_private = settings["ConnectionType"] == "VPC_LINK"
    if not uri.startswith(("http://", "https://")) and not (is_private and _is_private_target(uri)):
        raise BadRequestException(f"Invalid HTTP endpoint specified for URI: {uri}")
    if not settings.get("IntegrationMethod"):
        raise BadRequestException("HttpMethod is a required parameter for integration with type HTTP_PROXY")
    if settings["IntegrationMethod"] not in METHODS:
        raise BadRequestException(f"Invalid HTTP method specified: {settings['IntegrationMethod']}")
    if settings["PayloadFormatVersion"] != "1.0":
        raise BadRequestException("Invalid PayloadFormatVersion specified. HTTP_PROXY supports only 1.0")


def _is_private_target(uri: str) -> bool:
    """The ARN of a load balancer's listener, or of a Cloud Map service."""
    return uri.startswith("arn:") and (":elasticloadbalancing:" in uri or ":servicediscovery:" in uri)


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
    for name in ("ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression"):
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for WebSocket APIs")
    if request.get("ApiKeyRequired"):
        raise BadRequestException("apiKeyRequired is supported only for WebSocket APIs")
    target = request.get("Target")
    if target and not target.startswith("integrations/"):
        raise BadRequestException(f"Invalid target {target}: it must be integrations/<integration id>")
    if request.get("RequestParameters"):
        raise BadRequestException("requestParameters is supported only for WebSocket APIs")
    return {name: request[name] for name in _ROUTE_KEPT if name in request}


def checked_route(route: dict[str, Any], find_authorizer: Callable[[str], dict[str, Any] | None]) -> dict[str, Any]:
    """A route with the authorization that it may have. Raises BadRequestException."""
    kind, authorizer_id = route.get("AuthorizationType", "NONE"), route.get("AuthorizerId")
    if kind in ("NONE", "AWS_IAM"):
        if route.get("AuthorizationScopes"):
            raise BadRequestException("AuthorizationScopes can be set only for a route with AuthorizationType JWT")
        return {name: value for name, value in route.items() if name not in ("AuthorizerId", "AuthorizationScopes")}
    wanted = "JWT" if kind == "JWT" else "REQUEST"
    authorizer = find_authorizer(authorizer_id) if authorizer_id else None
    if authorizer is None:
        raise BadRequestException(f"Invalid authorizer ID specified: {authorizer_id or ''}")
    if authorizer["AuthorizerType"] != wanted:
        raise BadRequestException(
            f"Authorizer {authorizer_id} of type {authorizer['AuthorizerType']} can't be used with "
            f"AuthorizationType {kind}"
        )
    if kind == "CUSTOM" and route.get("AuthorizationScopes"):
        raise BadRequestException("AuthorizationScopes can be set only for a route with AuthorizationType JWT")
    return route
