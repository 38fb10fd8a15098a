"""Authorizers: what may be asked for, what is kept, and what the data plane makes of it."""

import re
from dataclasses import dataclass
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.integrations import find_function
from serein.services.apigatewayv2.selections import InvalidSelection, Selection, compile_selection

LONGEST_TTL_SECONDS = 3600
_SETTABLE = (
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerType",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentitySource",
    "IdentityValidationExpression",
    "JwtConfiguration",
    "Name",
)
_REQUEST_ONLY = ("AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion", "AuthorizerUri", "EnableSimpleResponses")
_HTTP_SOURCE = re.compile(r"\$(request\.(header|querystring)|context|stageVariables)\.[^\s,]+")
_TOKEN_SOURCE = re.compile(r"\$request\.(header|querystring)\.[^\s,]+")
_SOCKET_SOURCE = re.compile(r"(route\.request\.(header|querystring)|context|stageVariables)\.[^\s,]+")


@dataclass(frozen=True, slots=True)
class Gate:
    """What a request to a route must pass, ready for the data plane."""

    kind: str
    """`JWT`, `CUSTOM` or `AWS_IAM`."""
    authorizer_id: str = ""
    name: str = ""
    scopes: tuple[str, ...] = ()
    sources: tuple[Selection, ...] = ()
    issuer: str = ""
    audiences: frozenset[str] = frozenset()
    function: str = ""
    payload_version: str = ""
    is_simple: bool = False
    cache_seconds: int = 0
    credentials: str = ""


def new_authorizer(request: dict[str, Any], protocol: str) -> dict[str, Any]:
    """The stored settings of an authorizer to be created. Raises BadRequestException."""
    return checked_authorizer({**_given(request), "AuthorizerId": random_lower(6)}, protocol)


def changed_authorizer(settings: dict[str, Any], request: dict[str, Any], protocol: str) -> dict[str, Any]:
    """The settings after UpdateAuthorizer's request."""
    return checked_authorizer({**settings, **_given(request)}, protocol)


def _given(request: dict[str, Any]) -> dict[str, Any]:
    return {name: request[name] for name in _SETTABLE if name in request}


def checked_authorizer(settings: dict[str, Any], protocol: str) -> dict[str, Any]:
    """Raise BadRequestException for an authorizer that AWS refuses; complete it with its defaults."""
    if not settings.get("Name"):
        raise BadRequestException("Authorizer name must not be empty")
    if settings.get("IdentityValidationExpression"):
        raise BadRequestException("IdentityValidationExpression is not supported for REQUEST and JWT authorizers")
    if settings["AuthorizerType"] == "JWT":
        if protocol != "HTTP":
            raise BadRequestException("JWT authorizers are supported only for HTTP APIs")
        return _checked_jwt(settings)
    return _checked_request(settings, protocol)


def _checked_jwt(settings: dict[str, Any]) -> dict[str, Any]:
    for name in _REQUEST_ONLY:
        if settings.get(name):
            raise BadRequestException(f"{name} is not supported for JWT authorizers")
    if settings.get("AuthorizerResultTtlInSeconds"):
        raise BadRequestException("AuthorizerResultTtlInSeconds is not supported for JWT authorizers")
    sources = settings.get("IdentitySource", [])
    if len(sources) != 1 or not _TOKEN_SOURCE.fullmatch(sources[0]):
        raise BadRequestException(
            "Identity source for JWT authorizer must have exactly one value: $request.header.name or "
            "$request.querystring.name"
        )
    jwt = settings.get("JwtConfiguration") or {}
    issuer = jwt.get("Issuer", "")
    if not issuer.startswith(("https://", "http://")):
        raise BadRequestException(f"Invalid issuer: {issuer}. Issuer must have a valid URL")
    if not jwt.get("Audience"):
        raise BadRequestException("Invalid audience: audience must have at least one value")
    return settings


def _checked_request(settings: dict[str, Any], protocol: str) -> dict[str, Any]:
    if settings.get("JwtConfiguration"):
        raise BadRequestException("JwtConfiguration is not supported for REQUEST authorizers")
    uri = settings.get("AuthorizerUri", "")
    if not uri or find_function(uri) is None:
        raise BadRequestException(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN "
            "that represents a Lambda function invocation."
        )
    pattern = _HTTP_SOURCE if protocol == "HTTP" else _SOCKET_SOURCE
    for source in settings.get("IdentitySource", []):
        if not pattern.fullmatch(source):
            raise BadRequestException(f"Invalid mapping expression specified: Validation Result: {source}")
    return _checked_for_http(settings) if protocol == "HTTP" else _checked_for_sockets(settings)


def _checked_for_sockets(settings: dict[str, Any]) -> dict[str, Any]:
    for name in ("AuthorizerPayloadFormatVersion", "EnableSimpleResponses", "AuthorizerResultTtlInSeconds"):
        if settings.get(name):
            raise BadRequestException(f"{name} is supported only for HTTP APIs")
    return settings


def _checked_for_http(settings: dict[str, Any]) -> dict[str, Any]:
    version = settings.get("AuthorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise BadRequestException(
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer: it must be 1.0 or 2.0"
        )
    if settings.get("EnableSimpleResponses") and version == "1.0":
        raise BadRequestException("EnableSimpleResponses is supported only for AuthorizerPayloadFormatVersion 2.0")
    seconds = settings.setdefault("AuthorizerResultTtlInSeconds", 300 if settings.get("IdentitySource") else 0)
    if not 0 <= seconds <= LONGEST_TTL_SECONDS:
        raise BadRequestException(f"AuthorizerResultTtlInSeconds must be between 0 and {LONGEST_TTL_SECONDS}")
    if seconds and not settings.get("IdentitySource"):
        raise BadRequestException("Identity source is required when authorization caching is enabled")
    return {"EnableSimpleResponses": False, **settings}


def compile_gate(route: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> Gate | None:
    """What a route of an HTTP API asks for; None when it is open."""
    kind = route.get("AuthorizationType", "NONE")
    if kind == "NONE":
        return None
    if kind == "AWS_IAM":
        return Gate(kind)
    settings = authorizers[route["AuthorizerId"]]
    try:
        sources = tuple(compile_selection(source) for source in settings.get("IdentitySource", []))
    except InvalidSelection:
        sources = ()
    jwt = settings.get("JwtConfiguration") or {}
    return Gate(
        kind,
        authorizer_id=settings["AuthorizerId"],
        name=settings["Name"],
        scopes=tuple(route.get("AuthorizationScopes", ())),
        sources=sources,
        issuer=jwt.get("Issuer", ""),
        audiences=frozenset(jwt.get("Audience", ())),
        function=find_function(settings.get("AuthorizerUri", "")) or "",
        payload_version=settings.get("AuthorizerPayloadFormatVersion", ""),
        is_simple=settings.get("EnableSimpleResponses", False),
        cache_seconds=settings.get("AuthorizerResultTtlInSeconds", 0),
        credentials=settings.get("AuthorizerCredentialsArn", ""),
    )
