"""Security of OpenAPI documents: authorizers, and what an operation asks of its callers."""

from typing import Any

from serein.services.apigateway.openapi.documents import EXTENSION, Document, Node

_TYPES = {"token": "TOKEN", "request": "REQUEST", "cognito_user_pools": "COGNITO_USER_POOLS", "jwt": "JWT"}
_MEMBERS = (
    "authorizerUri",
    "authorizerCredentials",
    "identitySource",
    "identityValidationExpression",
    "providerARNs",
    "jwtConfiguration",
)


def authorizers_of(document: Document) -> dict[str, Node]:
    """What CreateAuthorizer would be asked, for each scheme that is an authorizer."""
    found: dict[str, Node] = {}
    for name, value in document.security_schemes.items():
        scheme = document.followed(value)
        settings = scheme.get(f"{EXTENSION}authorizer")
        if isinstance(settings, dict):
            found[str(name)] = _authorizer(str(name), scheme, settings)
    return found


def _authorizer(name: str, scheme: Node, settings: Node) -> Node:
    kind = str(settings.get("type", "token")).lower()
    request: Node = {"name": name, "type": _TYPES.get(kind, kind.upper())}
    for member in _MEMBERS:
        if settings.get(member):
            request[member] = settings[member]
    if settings.get("authorizerResultTtlInSeconds") is not None:
        request["authorizerResultTtlInSeconds"] = int(settings["authorizerResultTtlInSeconds"])
    if scheme.get(f"{EXTENSION}authtype"):
        request["authType"] = str(scheme[f"{EXTENSION}authtype"])
    # AWS: the header that a TOKEN authorizer's scheme names is its identity source; a REQUEST authorizer has its own.
    is_header = scheme.get("in") == "header" and bool(scheme.get("name"))
    if "identitySource" not in request and is_header and request["type"] != "REQUEST":
        request["identitySource"] = f"method.request.header.{scheme['name']}"
    return request


def authorization_of(document: Document, operation: Node) -> Node:
    """A method's authorizationType, apiKeyRequired, authorizationScopes and `authorizerName`."""
    method: Node = {"authorizationType": "NONE", "apiKeyRequired": False}
    asked: Any = operation.get("security", document.root.get("security")) or []
    for requirement in asked:
        for name, scopes in requirement.items():
            _require(document, method, str(name), scopes or [])
    kind = (operation.get(f"{EXTENSION}auth") or {}).get("type")
    if kind:
        method["authorizationType"] = str(kind).upper()
    return method


def _require(document: Document, method: Node, name: str, scopes: list[str]) -> None:
    scheme = document.followed(document.security_schemes.get(name))
    settings = scheme.get(f"{EXTENSION}authorizer")
    if isinstance(settings, dict):
        kind = _TYPES.get(str(settings.get("type", "")).lower(), "")
        method["authorizationType"] = kind if kind in ("COGNITO_USER_POOLS", "JWT") else "CUSTOM"
        method["authorizerName"] = name
        if scopes:
            method["authorizationScopes"] = [str(scope) for scope in scopes]
    elif str(scheme.get(f"{EXTENSION}authtype", "")).lower() == "awssigv4":
        method["authorizationType"] = "AWS_IAM"
    elif scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
        method["apiKeyRequired"] = True
