"""Authorizers: functions that decide on tokens or requests, user pools, and issuers of tokens."""

import re
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.ids import random_lower
from serein.services.apigateway.control.jwt_authorizers import parse_configuration, require_jwt
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
MOST_AUTHORIZERS = 10
LONGEST_TTL_SECONDS = 3600
_DEFAULT_TTL_SECONDS = 300
_TOKEN_SOURCE = re.compile(r"method\.request\.header\.[\w\-]+")
_REQUEST_SOURCE = re.compile(r"(?:method\.request\.(?:header|querystring)|context|stageVariables)\.[\w.\-]+")
_AUTH_TYPES = {"COGNITO_USER_POOLS": "cognito_user_pools", "JWT": "jwt"}
_TEXTS = ("authType", "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression")


def new_authorizer(request: Settings) -> Settings:
    """The Authorizer that CreateAuthorizer makes. Raises BadRequestException."""
    if not request["name"].strip():
        raise BadRequestException("Authorizer name cannot be empty")
    authorizer: Settings = {"id": random_lower(6), "name": request["name"], "type": request["type"]}
    if request.get("providerARNs"):
        authorizer["providerARNs"] = list(request["providerARNs"])
    for name in _TEXTS:
        if request.get(name):
            authorizer[name] = request[name]
    if request.get("jwtConfiguration"):
        authorizer["jwtConfiguration"] = request["jwtConfiguration"]
    authorizer.setdefault("authType", _AUTH_TYPES.get(request["type"], "custom"))
    ttl = request.get("authorizerResultTtlInSeconds")
    if ttl is not None or request["type"] in ("TOKEN", "REQUEST"):
        authorizer["authorizerResultTtlInSeconds"] = _DEFAULT_TTL_SECONDS if ttl is None else ttl
    if request["type"] == "COGNITO_USER_POOLS":
        authorizer.pop("authorizerResultTtlInSeconds", None)
        authorizer.setdefault("identitySource", "method.request.header.Authorization")
    require_authorizer(authorizer)
    return authorizer


def require_authorizer(authorizer: Settings) -> None:
    """Raises BadRequestException when the parts of an authorizer don't fit its type."""
    if authorizer["type"] == "JWT":
        require_jwt(authorizer)
        return
    if authorizer.get("jwtConfiguration"):
        raise BadRequestException("jwtConfiguration is supported for JWT authorizers only")
    if authorizer["type"] == "COGNITO_USER_POOLS":
        _require_pools(authorizer)
    else:
        _require_function(authorizer)
    ttl = authorizer.get("authorizerResultTtlInSeconds", 0)
    if not 0 <= ttl <= LONGEST_TTL_SECONDS:
        raise BadRequestException(f"Authorizer Result TTL value must be between 0 and {LONGEST_TTL_SECONDS} seconds")
    try:
        re.compile(authorizer.get("identityValidationExpression", ""))
    except re.error:
        raise BadRequestException("Invalid identity validation expression specified") from None


def _require_pools(authorizer: Settings) -> None:
    pools = authorizer.get("providerARNs")
    if not pools:
        raise BadRequestException("Authorizer of type COGNITO_USER_POOLS must have at least one provider ARN")
    for pool in pools:
        arn = find_arn(pool)
        if arn is None or arn.service != "cognito-idp" or not arn.resource.startswith("userpool/"):
            raise BadRequestException("Invalid ARN specified in the request")


def _require_function(authorizer: Settings) -> None:
    arn = find_arn(authorizer.get("authorizerUri", ""))
    if arn is None or arn.service != "apigateway" or not arn.resource.startswith("path/"):
        raise BadRequestException(
            f"Invalid Authorizer URI: {authorizer.get('authorizerUri')}. Authorizer URI should be a valid API Gateway "
            "ARN that represents a Lambda function invocation."
        )
    credentials = authorizer.get("authorizerCredentials")
    if credentials and find_arn(credentials) is None:
        raise BadRequestException("Invalid ARN specified in the request")
    source = authorizer.get("identitySource", "")
    if authorizer["type"] == "TOKEN":
        if not _TOKEN_SOURCE.fullmatch(source):
            raise BadRequestException(
                f"Invalid TOKEN authorizer identity source {source}. Must be a header: method.request.header.NAME"
            )
    elif authorizer["authorizerResultTtlInSeconds"] and not source:
        raise BadRequestException("Identity source is required if authorization caching is enabled")
    elif source and not all(_REQUEST_SOURCE.fullmatch(part.strip()) for part in source.split(",")):
        raise BadRequestException(f"Invalid identity source {source} for REQUEST authorizer")


def patch_authorizer(authorizer: Settings, patch: Patch) -> None:
    """Change an Authorizer, which is checked when all is changed. Raises BadRequestException."""
    member = patch.parts[0]
    if patch.parts == ("jwtConfiguration",) and authorizer["type"] == "JWT":
        patch.require_op("replace")
        authorizer["jwtConfiguration"] = parse_configuration(patch.text)
    elif member == "providerARNs" and len(patch.parts) <= 2:
        _patch_pools(authorizer, patch)
    elif len(patch.parts) > 1 or member not in (*_TEXTS, "name", "type", "authorizerResultTtlInSeconds"):
        raise patch.refused()
    else:
        patch.require_op("replace")
        if member == "authorizerResultTtlInSeconds":
            authorizer[member] = _seconds(patch.text)
        elif patch.value:
            authorizer[member] = patch.value
        else:
            authorizer.pop(member, None)
        if member == "type" and authorizer[member] not in ("TOKEN", "REQUEST", "COGNITO_USER_POOLS"):
            raise BadRequestException("Invalid authorizer type specified")


def _seconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"Authorizer Result TTL value must be between 0 and {LONGEST_TTL_SECONDS} seconds"
        raise BadRequestException(message) from None


def _patch_pools(authorizer: Settings, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    given = patch.value or (patch.parts[1] if len(patch.parts) > 1 else "")
    pools = [pool for pool in authorizer.get("providerARNs", []) if pool != given]
    if patch.op == "replace":
        pools = given.split(",")
    elif patch.op == "add":
        pools.append(given)
    authorizer["providerARNs"] = pools
