"""An HTTP API's own settings: what may be asked for, and how it is shown."""

from typing import Any
from urllib.parse import urlsplit

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.cors import require_valid_cors
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.sockets import apis as sockets

_SETTABLE = ("CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "IpAddressType", "Name", "Version")
_LONGEST = {"Name": 128, "Description": 1024, "Version": 64}
_EXPRESSIONS = {
    "ApiKeySelectionExpression": ("$request.header.x-api-key",),
    "RouteSelectionExpression": ("$request.method $request.path", "${request.method} ${request.path}"),
}


def new_api(request: dict[str, Any], now: float) -> dict[str, Any]:
    """The stored settings of an API to be created. Raises for what AWS or Serein refuses."""
    if sockets.is_socket_api(request):
        return sockets.new_api(request, now)
    require_valid_settings(request)
    return {
        "ApiId": random_lower(10),
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": now,
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": request.get("Tags", {}),
        **{name: request[name] for name in _SETTABLE if name in request},
    }


def changed_api(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateApi's request."""
    if sockets.is_socket_api(settings):
        return sockets.changed_api(settings, request)
    require_valid_settings(request)
    changed = {**settings, **{name: request[name] for name in _SETTABLE if name in request}}
    # AWS: empty text removes a description or a version.
    return {name: value for name, value in changed.items() if value != "" or name not in ("Description", "Version")}


def require_valid_settings(request: dict[str, Any]) -> None:
    for name, longest in _LONGEST.items():
        value = request.get(name)
        if value is not None and len(value) > longest:
            raise BadRequestException(f"{name[0].lower()}{name[1:]} must not be longer than {longest} characters")
    if request.get("Name") == "":
        raise BadRequestException("API name must not be empty")
    if "CorsConfiguration" in request:
        require_valid_cors(request["CorsConfiguration"])
    for name, allowed in _EXPRESSIONS.items():
        if name in request and request[name] not in allowed:
            raise BadRequestException(f"{name[0].lower()}{name[1:]} of an HTTP API must be {allowed[0]}")
    if request.get("DisableSchemaValidation"):
        raise BadRequestException("disableSchemaValidation is supported only for WebSocket APIs")


def shown_api(settings: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """An API as AWS's replies show it; `endpoint` is the platform's own (`http://127.0.0.1:4566`)."""
    reach = sockets.endpoint_of if sockets.is_socket_api(settings) else api_endpoint
    return {**settings, "ApiEndpoint": reach(settings["ApiId"], endpoint)}


def api_endpoint(api_id: str, endpoint: str) -> str:
    """Where clients reach the API. `*.localhost` is loopback in browsers, curl and systemd's resolver."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{api_id}.execute-api.localhost{port}"


def api_arn(partition: str, region: str, api_id: str) -> str:
    return f"arn:{partition}:apigateway:{region}::/apis/{api_id}"
