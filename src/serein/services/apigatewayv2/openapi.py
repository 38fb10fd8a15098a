"""OpenAPI 3 definitions with API Gateway's extensions, turned into an API, its routes and its integrations."""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.openapi_security import parse_authorizers, security_of
from serein.services.apigatewayv2.routing import DEFAULT

_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_METHODS = ("get", "post", "put", "delete", "patch", "head", "options", _ANY)
_CORS = {
    "allowCredentials": "AllowCredentials",
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
    "maxAge": "MaxAge",
}
_INTEGRATION_MEMBERS = {
    "connectionId": "ConnectionId",
    "connectionType": "ConnectionType",
    "credentials": "CredentialsArn",
    "description": "Description",
    "httpMethod": "IntegrationMethod",
    "integrationSubtype": "IntegrationSubtype",
    "payloadFormatVersion": "PayloadFormatVersion",
    "requestParameters": "RequestParameters",
    "responseParameters": "ResponseParameters",
    "timeoutInMillis": "TimeoutInMillis",
    "tlsConfig": "TlsConfig",
    "uri": "IntegrationUri",
}


@dataclass(slots=True)
class Definition:
    """What an OpenAPI document says, in the wire's member names."""

    api: dict[str, Any]
    routes: list[tuple[dict[str, Any], dict[str, Any] | None]] = field(default_factory=list)
    """Each route (`RouteKey`, …, `AuthorizerName` for its authorizer) with its integration, or None."""
    authorizers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name."""
    warnings: list[str] = field(default_factory=list)


def parse_definition(body: str, base_path: str = "ignore") -> Definition:
    """Parse an OpenAPI 3 document, JSON or YAML. Raises BadRequestException."""
    document = _parse_document(body)
    try:
        return _definition_of(document, base_path)
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError):
        raise BadRequestException(
            "Unable to import API: the definition has a value of another type than OpenAPI's there"
        ) from None


def _definition_of(document: dict[str, Any], base_path: str) -> Definition:
    if not str(document.get("openapi", "")).startswith("3."):
        raise BadRequestException("Unable to import API: HTTP APIs support OpenAPI version 3.0 only")
    info = document.get("info") or {}
    if not info.get("title"):
        raise BadRequestException("Unable to import API: the definition has no info.title")
    prefix = _base_path(document, base_path)
    definition = Definition(_api_settings(document, info), authorizers=parse_authorizers(document))
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, dict):
            raise BadRequestException(f"Unable to import API: path {path} is not an object")
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                _add_route(definition, document, _route_key(prefix, path, method), item[method])
    return definition


def _parse_document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body) if body.lstrip().startswith("{") else yaml.safe_load(body)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadRequestException("Invalid OpenAPI input.") from error
    if not isinstance(document, dict):
        raise BadRequestException("Invalid OpenAPI input.")
    return document


def _base_path(document: dict[str, Any], mode: str) -> str:
    if mode not in ("ignore", "prepend", "split"):
        raise BadRequestException("Invalid value for basepath. Must be one of: ignore, prepend, split")
    servers = document.get("servers") or []
    if mode == "ignore" or not servers:
        return ""
    path = "/" + str(servers[0].get("url", "")).split("://", 1)[-1].partition("/")[2]
    variables = servers[0].get("variables") or {}
    path = path.replace("{basePath}", str((variables.get("basePath") or {}).get("default", ""))).replace("//", "/")
    if mode == "split":
        path = "/" + path.strip("/").partition("/")[2]
    return path.rstrip("/")


def _api_settings(document: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    api: dict[str, Any] = {"ProtocolType": "HTTP", "Name": str(info["title"]), "Tags": {}}
    if info.get("version"):
        api["Version"] = str(info["version"])
    if info.get("description"):
        api["Description"] = info["description"]
    for tag in document.get("tags") or []:
        if "x-amazon-apigateway-tag-value" in tag:
            api["Tags"][tag["name"]] = tag["x-amazon-apigateway-tag-value"]
    cors = document.get("x-amazon-apigateway-cors")
    if cors:
        unknown = sorted(set(cors) - set(_CORS))
        if unknown:
            raise BadRequestException(f"Unable to import API: unknown x-amazon-apigateway-cors member {unknown[0]}")
        api["CorsConfiguration"] = {_CORS[name]: value for name, value in cors.items()}
    for server in document.get("servers") or []:
        endpoint = server.get("x-amazon-apigateway-endpoint-configuration") or {}
        if "disableExecuteApiEndpoint" in endpoint:
            api["DisableExecuteApiEndpoint"] = bool(endpoint["disableExecuteApiEndpoint"])
    return api


def _route_key(prefix: str, path: str, method: str) -> str:
    if path.strip("/") == DEFAULT:
        return DEFAULT
    return f"{'ANY' if method == _ANY else method.upper()} {prefix}{path}"


def _add_route(definition: Definition, document: dict[str, Any], key: str, operation: dict[str, Any]) -> None:
    route = {"RouteKey": key, **security_of(document, operation, key)}
    if operation.get("operationId"):
        route["OperationName"] = operation["operationId"]
    integration = operation.get(_INTEGRATION)
    if isinstance(integration, dict) and "$ref" in integration:
        integration = _referenced(document, integration["$ref"])
    if not integration:
        definition.warnings.append(f"No integration found for route {key}")
        definition.routes.append((route, None))
        return
    definition.routes.append((route, _integration(integration, key)))


def _referenced(document: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise BadRequestException(f"Unable to import API: {reference} is not in the definition")
    return found


def _texts(value: Any) -> Any:
    """Parameters as texts, by which YAML's numbers and booleans are meant."""
    return {str(name): _texts(each) if isinstance(each, dict) else str(each) for name, each in value.items()}


def _integration(given: dict[str, Any], key: str) -> dict[str, Any]:
    kind = str(given.get("type", "")).upper()
    if not kind:
        raise BadRequestException(f"Unable to import API: the integration of {key} has no type")
    settings = {_INTEGRATION_MEMBERS[name]: given[name] for name in _INTEGRATION_MEMBERS if name in given}
    if "TlsConfig" in settings:
        settings["TlsConfig"] = {"ServerNameToVerify": str(settings["TlsConfig"].get("serverNameToVerify", ""))}
    if "ConnectionType" in settings:
        settings["ConnectionType"] = str(settings["ConnectionType"]).upper()
    for name in ("RequestParameters", "ResponseParameters"):
        if name in settings:
            settings[name] = _texts(settings[name])
    if "PayloadFormatVersion" in settings:
        settings["PayloadFormatVersion"] = str(settings["PayloadFormatVersion"])
    elif kind == "AWS_PROXY":
        settings["PayloadFormatVersion"] = "1.0"
    return {"IntegrationType": kind, **settings}
