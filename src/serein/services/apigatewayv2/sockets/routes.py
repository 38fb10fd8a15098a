"""Routes of WebSocket APIs and their responses: what may be asked for, and what is kept."""

from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException

CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"
_PREDEFINED = (CONNECT, DISCONNECT, DEFAULT)
_AUTHORIZATIONS = ("NONE", "AWS_IAM", "CUSTOM")
_LONGEST_KEY = 128
_SETTABLE = (
    "ApiKeyRequired",
    "AuthorizationScopes",
    "AuthorizationType",
    "AuthorizerId",
    "ModelSelectionExpression",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RouteKey",
    "RouteResponseSelectionExpression",
    "Target",
)
_PARAMETER_PREFIXES = ("route.request.header.", "route.request.querystring.")


def new_route(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of a route to be created. Raises BadRequestException."""
    return checked_route(
        {"ApiKeyRequired": False, "AuthorizationType": "NONE", **_given(request), "RouteId": random_lower(7)}
    )


def changed_route(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateRoute's request. Raises BadRequestException."""
    changed = {**settings, **_given(request)}
    # AWS: an empty text takes a target or an expression away.
    for name in ("Target", "RouteResponseSelectionExpression", "AuthorizerId", "ModelSelectionExpression"):
        if changed.get(name) == "":
            del changed[name]
    return checked_route(changed)


def _given(request: dict[str, Any]) -> dict[str, Any]:
    return {name: request[name] for name in _SETTABLE if name in request}


def checked_route(route: dict[str, Any]) -> dict[str, Any]:
    """The same settings. Raises BadRequestException when they make no sense."""
    key, authorization = route["RouteKey"], route["AuthorizationType"]
    if not key or len(key) > _LONGEST_KEY or (key.startswith("$") and key not in _PREDEFINED):
        raise BadRequestException(
            "The provided route key is not valid for WebSocket protocol: it may be $connect, $disconnect, $default or "
            f"a text of up to {_LONGEST_KEY} characters that doesn't begin with a dollar sign"
        )
    if authorization not in _AUTHORIZATIONS:
        raise BadRequestException(f"Authorization type {authorization} is not supported for WebSocket APIs")
    if key != CONNECT and authorization != "NONE":
        raise BadRequestException("Currently, authorization is restricted to the $connect route only")
    if authorization == "CUSTOM" and not route.get("AuthorizerId"):
        raise BadRequestException("AuthorizerId is a required parameter for authorization type CUSTOM")
    if route.get("AuthorizationScopes"):
        raise BadRequestException("authorizationScopes is supported only for JWT authorizers of HTTP APIs")
    _check_ways(route)
    return route


def _check_ways(route: dict[str, Any]) -> None:
    """What a route asks of messages, and where they and answers go."""
    if route["ApiKeyRequired"] and route["RouteKey"] != CONNECT:
        raise BadRequestException("Currently, API keys are restricted to the $connect route only")
    if route.get("RouteResponseSelectionExpression", DEFAULT) not in (DEFAULT, "\\$default"):
        raise BadRequestException(
            "Currently, the only supported route response selection expression is $default, but found "
            f"{route['RouteResponseSelectionExpression']}"
        )
    for name in route.get("RequestParameters", {}):
        if not name.startswith(_PARAMETER_PREFIXES):
            raise BadRequestException(f"Invalid request parameter key specified: {name}")
    target = route.get("Target")
    if target and not target.startswith("integrations/"):
        raise BadRequestException(f"Invalid target {target}: it must be integrations/<integration id>")


_RESPONSE_SETTABLE = ("ModelSelectionExpression", "ResponseModels", "ResponseParameters", "RouteResponseKey")


def new_route_response(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of a route response to be created. Raises BadRequestException."""
    return changed_route_response({"RouteId": request["RouteId"], "RouteResponseId": random_lower(6)}, request)


def changed_route_response(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateRouteResponse's request. Raises BadRequestException."""
    changed = {**settings, **{name: request[name] for name in _RESPONSE_SETTABLE if name in request}}
    if changed["RouteResponseKey"] != DEFAULT:
        raise BadRequestException("Currently, the only supported route response key is $default")
    return changed
