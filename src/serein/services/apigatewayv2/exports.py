"""An HTTP API as an OpenAPI 3 document with API Gateway's extensions: what ExportApi gives.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

import re
from typing import Any

from serein.services.apigatewayv2.openapi_security import AUTH, AUTHORIZER
from serein.services.apigatewayv2.routing import DEFAULT

_ANY = "x-amazon-apigateway-any-method"
_VARIABLE = re.compile(r"\{([^{}+]+)\+?\}")
_INTEGRATION = {
    "ConnectionId": "connectionId",
    "ConnectionType": "connectionType",
    "CredentialsArn": "credentials",
    "Description": "description",
    "IntegrationMethod": "httpMethod",
    "IntegrationSubtype": "integrationSubtype",
    "IntegrationType": "type",
    "IntegrationUri": "uri",
    "PayloadFormatVersion": "payloadFormatVersion",
    "RequestParameters": "requestParameters",
    "ResponseParameters": "responseParameters",
    "TimeoutInMillis": "timeoutInMillis",
}
_CORS = {
    "AllowCredentials": "allowCredentials",
    "AllowHeaders": "allowHeaders",
    "AllowMethods": "allowMethods",
    "AllowOrigins": "allowOrigins",
    "ExposeHeaders": "exposeHeaders",
    "MaxAge": "maxAge",
}
_AUTHORIZER = {
    "AuthorizerCredentialsArn": "authorizerCredentials",
    "AuthorizerPayloadFormatVersion": "authorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
    "AuthorizerUri": "authorizerUri",
    "EnableSimpleResponses": "enableSimpleResponses",
}
_METHODS_WITHOUT_ANY = ("get", "put", "post", "delete", "options", "head", "patch")


def exported_api(
    api: dict[str, Any],
    routes: list[dict[str, Any]],
    integrations: dict[str, dict[str, Any]],
    authorizers: dict[str, dict[str, Any]],
    *,
    endpoint: str,
    stage: str,
    version: str,
    has_extensions: bool,
) -> dict[str, Any]:
    """The document; `stage` is empty for the API as it is, `version` stands in for an API without one."""
    document: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": api["Name"], "version": api.get("Version") or version},
        "servers": [_server(endpoint, stage)],
    }
    if api.get("Description"):
        document["info"]["description"] = api["Description"]
    tags = [{"name": name, "x-amazon-apigateway-tag-value": value} for name, value in api.get("Tags", {}).items()]
    if tags:
        document["tags"] = tags if has_extensions else [{"name": tag["name"]} for tag in tags]
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=lambda each: each["RouteKey"].partition(" ")[::-1]):
        integration = integrations.get(route.get("Target", "").partition("/")[2])
        _add_operation(paths, route, integration, authorizers, has_extensions=has_extensions)
    document["paths"] = paths
    schemes = {each["Name"]: _scheme(each, has_extensions=has_extensions) for each in authorizers.values()}
    if schemes:
        document["components"] = {"securitySchemes": schemes}
    if has_extensions:
        if api.get("CorsConfiguration"):
            document["x-amazon-apigateway-cors"] = _renamed(api["CorsConfiguration"], _CORS)
        document["x-amazon-apigateway-importexport-version"] = "1.0"
        if api.get("DisableExecuteApiEndpoint"):
            settings = {"disableExecuteApiEndpoint": True}
            document["servers"][0]["x-amazon-apigateway-endpoint-configuration"] = settings
    return document


def _server(endpoint: str, stage: str) -> dict[str, Any]:
    if stage in ("", DEFAULT):
        return {"url": endpoint}
    return {"url": f"{endpoint}/{{basePath}}", "variables": {"basePath": {"default": stage}}}


def _add_operation(
    paths: dict[str, Any],
    route: dict[str, Any],
    integration: dict[str, Any] | None,
    authorizers: dict[str, dict[str, Any]],
    *,
    has_extensions: bool,
) -> None:
    method, _, path = route["RouteKey"].partition(" ")
    operation: dict[str, Any] = {
        "responses": {"default": {"description": f"Default response for {route['RouteKey']}"}},
    }
    if route.get("OperationName"):
        operation["operationId"] = route["OperationName"]
    security = _security(route, authorizers)
    if security:
        operation["security"] = security
    if has_extensions:
        if route.get("AuthorizationType") == "AWS_IAM":
            operation[AUTH] = {"type": "AWS_IAM"}
        if integration is not None:
            operation["x-amazon-apigateway-integration"] = _integration(integration)
        if route["RouteKey"] == DEFAULT:
            operation["isDefaultRoute"] = True
    path = path or f"/{DEFAULT}"
    if method in ("ANY", DEFAULT):
        _add_any(paths, path, operation, has_extensions=has_extensions)
    else:
        _item(paths, path)[method.lower()] = operation


def _add_any(paths: dict[str, Any], path: str, operation: dict[str, Any], *, has_extensions: bool) -> None:
    """OpenAPI has no word for every method; without extensions each is written out that has no operation of its own."""
    item = _item(paths, path)
    if has_extensions:
        item[_ANY] = operation
        return
    for method in _METHODS_WITHOUT_ANY:
        item.setdefault(method, {name: value for name, value in operation.items() if name != "operationId"})


def _item(paths: dict[str, Any], path: str) -> dict[str, Any]:
    item = paths.get(path)
    if item is None:
        item = paths[path] = {}
        names = [name + ("+" if f"{{{name}+}}" in path else "") for name in _VARIABLE.findall(path)]
        if names:
            item["parameters"] = [
                {
                    "name": name,
                    "in": "path",
                    "description": f"Generated path parameter for {name}",
                    "required": True,
                    "schema": {"type": "string"},
                }
                for name in names
            ]
    found: dict[str, Any] = item
    return found


def _security(route: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> list[dict[str, list[str]]]:
    authorizer = authorizers.get(route.get("AuthorizerId", ""))
    if authorizer is None:
        return []
    return [{authorizer["Name"]: list(route.get("AuthorizationScopes", []))}]


def _scheme(authorizer: dict[str, Any], *, has_extensions: bool) -> dict[str, Any]:
    sources: list[str] = authorizer.get("IdentitySource", [])
    if authorizer["AuthorizerType"] == "JWT":
        jwt = authorizer["JwtConfiguration"]
        url = jwt["Issuer"].rstrip("/") + "/.well-known/openid-configuration"
        scheme: dict[str, Any] = {"type": "openIdConnect", "openIdConnectUrl": url}
        extension: dict[str, Any] = {
            "type": "jwt",
            "identitySource": sources[0],
            "jwtConfiguration": {"audience": jwt["Audience"], "issuer": jwt["Issuer"]},
        }
    else:
        where, _, name = (sources[0] if sources else "$request.header.Authorization").rpartition(".")
        scheme = {"type": "apiKey", "name": name, "in": "query" if "querystring" in where else "header"}
        extension = {"type": "request", **_renamed(authorizer, _AUTHORIZER)}
        if sources:
            extension["identitySource"] = ",".join(sources)
    return {**scheme, AUTHORIZER: extension} if has_extensions else scheme


def _integration(integration: dict[str, Any]) -> dict[str, Any]:
    shown = _renamed(integration, _INTEGRATION)
    shown["type"] = shown["type"].lower()
    if integration.get("TlsConfig"):
        shown["tlsConfig"] = {"serverNameToVerify": integration["TlsConfig"].get("ServerNameToVerify", "")}
    return shown


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names[name]: given[name] for name in names if name in given}
