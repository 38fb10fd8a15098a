"""A WebSocket API's own settings: what may be asked for, and how it is shown."""

import re
from typing import Any
from urllib.parse import urlsplit

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.sockets.expressions import InvalidExpression, parse_expression

PROTOCOL = "WEBSOCKET"
API_KEY_SOURCES = ("$request.header.x-api-key", "$context.authorizer.usageIdentifierKey")
_SETTABLE = (
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "RouteSelectionExpression",
    "Version",
)
_LONGEST = {"Name": 128, "Description": 1024, "Version": 64}
_BODY_ONLY = re.compile(r"request\.body(\..+|\[.+)?")


def is_socket_api(api: dict[str, Any]) -> bool:
    """Whether stored settings are a WebSocket API's."""
    return bool(api.get("ProtocolType") == PROTOCOL)


def new_api(request: dict[str, Any], now: float) -> dict[str, Any]:
    """The stored settings of a WebSocket API to be created. Raises BadRequestException."""
    if not request.get("RouteSelectionExpression"):
        raise BadRequestException("RouteSelectionExpression is a required parameter for APIs with protocol WEBSOCKET")
    for name in ("Target", "RouteKey", "CredentialsArn"):
        if request.get(name):
            raise BadRequestException(f"{name[0].lower()}{name[1:]} is supported only for HTTP APIs")
    _check(request)
    return {
        "ApiId": random_lower(10),
        "ApiKeySelectionExpression": API_KEY_SOURCES[0],
        "CreatedDate": now,
        "DisableExecuteApiEndpoint": False,
        "DisableSchemaValidation": False,
        "IpAddressType": "ipv4",
        "ProtocolType": PROTOCOL,
        "Tags": request.get("Tags", {}),
        **{name: request[name] for name in _SETTABLE if name in request},
    }


def changed_api(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateApi's request. Raises BadRequestException."""
    _check(request)
    changed = {**settings, **{name: request[name] for name in _SETTABLE if name in request}}
    return {name: value for name, value in changed.items() if value != "" or name not in ("Description", "Version")}


def _check(request: dict[str, Any]) -> None:
    for name, longest in _LONGEST.items():
        value = request.get(name)
        if value is not None and len(value) > longest:
            raise BadRequestException(f"{name[0].lower()}{name[1:]} must not be longer than {longest} characters")
    if request.get("Name") == "":
        raise BadRequestException("API name must not be empty")
    if request.get("CorsConfiguration"):
        raise BadRequestException("corsConfiguration is supported only for HTTP APIs")
    if request.get("ApiKeySelectionExpression", API_KEY_SOURCES[0]) not in API_KEY_SOURCES:
        raise BadRequestException(
            "Invalid API key selection expression specified. Allowed values are " + " and ".join(API_KEY_SOURCES)
        )
    if "RouteSelectionExpression" in request:
        _check_selection(request["RouteSelectionExpression"])


def _check_selection(text: str) -> None:
    """AWS: messages have nothing but a body to select by."""
    try:
        names = parse_expression(text).names
    except InvalidExpression as invalid:
        raise BadRequestException(f"Invalid route selection expression specified: {invalid}") from invalid
    if not names or not all(_BODY_ONLY.fullmatch(name) for name in names):
        raise BadRequestException(f"Invalid route selection expression specified: {text}")


def endpoint_of(api_id: str, endpoint: str) -> str:
    """Where clients connect; `endpoint` is the platform's own (`http://127.0.0.1:4566`)."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"ws://{api_id}.execute-api.localhost{port}"
