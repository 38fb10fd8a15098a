"""Methods and their responses: what a resource answers to, and how the caller is known."""

import re
from collections.abc import Callable
from typing import Any

from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    NotFoundException,
    not_found,
)

Settings = dict[str, Any]
FindPart = Callable[[str, str], Settings | None]
"""Finds a part of the same API by kind and id."""
VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
_AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS", "JWT")
_AUTHORIZERS = {"CUSTOM": ("TOKEN", "REQUEST"), "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",), "JWT": ("JWT",)}
"""Which types of authorizers a method may have, by its authorization type."""
_REQUEST_PARAMETER = re.compile(r"method\.request\.(querystring|path|header)\.[a-zA-Z0-9._$\-\[\]!#%&'*+^`|~@:]+")
_RESPONSE_PARAMETER = re.compile(r"method\.response\.header\.[a-zA-Z0-9._$\-!#%&'*+^`|~]+")
_NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid "
    "authorizer."
)
_ERRORS = "Validation Result: warnings : [], errors : [{}]"
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+\-*]+/[\w!#$&^.+\-*]+(?:;.*)?|\$default")


def require_verb(verb: str) -> str:
    if verb not in VERBS:
        raise BadRequestException(f"Invalid HttpMethod specified. Valid options are {','.join(VERBS)}")
    return verb


def require_method(resource: Settings, verb: str) -> Settings:
    method: Settings | None = resource.get("resourceMethods", {}).get(verb)
    if method is None:
        raise not_found("Method")
    return method


def new_method(resource: Settings, verb: str, request: Settings, find_part: FindPart) -> Settings:
    """The Method that PutMethod makes. Raises BadRequest-, ConflictException."""
    require_verb(verb)
    if verb in resource.get("resourceMethods", {}):
        raise ConflictException("Method already exists for this resource")
    method: Settings = {
        "httpMethod": verb,
        "authorizationType": request.get("authorizationType") or "NONE",
        "apiKeyRequired": bool(request.get("apiKeyRequired", False)),
    }
    for name in ("authorizerId", "operationName", "requestValidatorId"):
        if request.get(name):
            method[name] = request[name]
    if request.get("requestParameters"):
        method["requestParameters"] = require_parameters(request["requestParameters"])
    if request.get("requestModels"):
        method["requestModels"] = dict(request["requestModels"])
    if request.get("authorizationScopes"):
        method["authorizationScopes"] = list(request["authorizationScopes"])
    require_references(method, find_part)
    return method


def require_references(method: Settings, find_part: FindPart) -> None:
    """Raises BadRequestException when the authorizer, the validator or a model isn't there."""
    # AWS: the type may be written in any case.
    kind = method["authorizationType"] = method["authorizationType"].upper()
    if kind not in _AUTHORIZATION_TYPES:
        options = ", ".join(_AUTHORIZATION_TYPES)
        raise BadRequestException(f"Invalid authorization type specified. Valid options are {options}")
    if kind in _AUTHORIZERS:
        authorizer = find_part("Authorizer", method.get("authorizerId", ""))
        if authorizer is None or authorizer["type"] not in _AUTHORIZERS[kind]:
            raise BadRequestException(_NO_AUTHORIZER)
    else:
        method.pop("authorizerId", None)
        method.pop("authorizationScopes", None)
    validator = method.get("requestValidatorId")
    if validator and find_part("RequestValidator", validator) is None:
        raise BadRequestException("Invalid Request Validator identifier specified")
    require_models(method.get("requestModels", {}), find_part)


def require_models(models: dict[str, str], find_part: FindPart) -> None:
    for content_type, name in models.items():
        require_content_type(content_type)
        if find_part("Model", name) is None:
            raise BadRequestException(f"Invalid model identifier specified: {name}")


def require_content_type(content_type: str) -> None:
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise BadRequestException(_ERRORS.format(f"Invalid content type specified: {content_type}"))


def require_parameters(parameters: dict[str, bool]) -> dict[str, bool]:
    """Raises BadRequestException for a malformed parameter, or a name that stands twice."""
    for name in parameters:
        if not _REQUEST_PARAMETER.fullmatch(name):
            raise mapping_error(f"Invalid mapping expression specified: {name}")
    names = [parameter.split(".", 3)[3] for parameter in parameters]
    if len(set(names)) < len(names):
        raise BadRequestException("Parameter names must be unique across querystring, header and path")
    return dict(parameters)


def mapping_error(*findings: str) -> BadRequestException:
    return BadRequestException(f"Invalid mapping expression specified: {_ERRORS.format(', '.join(findings))}")


_REPLACED = frozenset({"authorizationType", "apiKeyRequired", "authorizerId", "operationName", "requestValidatorId"})


def patch_method(method: Settings, patch: Patch) -> None:
    """Change a Method; its references are checked when all is changed. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if member in ("requestParameters", "requestModels"):
        if len(patch.parts) != 2:
            raise patch.refused()
        _patch_map(method, member, patch)
    elif member == "authorizationScopes":
        patch_scopes(method, member, patch)
    elif len(patch.parts) > 1 or member not in _REPLACED:
        raise patch.refused()
    else:
        patch.require_op("replace")
        if member == "apiKeyRequired":
            method[member] = patch.is_true
        elif patch.value:
            method[member] = patch.value
        else:
            method.pop(member, None)


def patch_scopes(settings: Settings, member: str, patch: Patch) -> None:
    """Add, remove or replace members of a list of texts: `/authorizationScopes` with a value, or an index or name."""
    patch.require_op("add", "remove", "replace")
    values = [value for value in settings.get(member, []) if value != patch.text]
    if patch.op == "replace":
        values = [value.strip() for value in patch.text.split(",") if value.strip()]
    elif patch.op == "add":
        values.append(patch.text)
    elif len(patch.parts) > 1:
        values = [value for value in values if value != patch.parts[1]]
    settings[member] = values
    if not values:
        del settings[member]


def _patch_map(settings: Settings, member: str, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    name = patch.parts[1]
    entries = settings.get(member, {})
    if patch.op != "add" and name not in entries:
        is_model = member.endswith("Models")
        raise NotFoundException(
            "Content-Type specified was not found" if is_model else "Invalid parameter name specified"
        )
    if patch.op == "remove":
        del entries[name]
    elif member == "requestParameters":
        entries = require_parameters({**entries, name: patch.is_true})
    elif member == "responseParameters":
        require_response_parameters({name: True})
        entries = {**entries, name: patch.is_true}
    else:
        entries = {**entries, name: patch.text}
    settings[member] = entries
    if not entries:
        del settings[member]


def new_response(method: Settings, status: str, request: Settings, find_part: FindPart) -> Settings:
    """The MethodResponse that PutMethodResponse makes. Raises BadRequest-, ConflictException."""
    if status in method.get("methodResponses", {}):
        raise ConflictException("Response already exists for this resource")
    response: Settings = {"statusCode": status}
    if "responseParameters" in request:
        require_response_parameters(request["responseParameters"])
        response["responseParameters"] = dict(request["responseParameters"])
    if "responseModels" in request:
        require_models(request["responseModels"], find_part)
        response["responseModels"] = dict(request["responseModels"])
    return response


def require_response_parameters(parameters: dict[str, bool]) -> None:
    for name in parameters:
        if not _RESPONSE_PARAMETER.fullmatch(name):
            raise mapping_error(f"Invalid mapping expression specified: {name}")


def require_response(method: Settings, status: str) -> Settings:
    response: Settings | None = method.get("methodResponses", {}).get(status)
    if response is None:
        raise NotFoundException("Invalid Response status code specified")
    return response


def patch_response(response: Settings, patch: Patch) -> None:
    """Change a MethodResponse. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if member not in ("responseParameters", "responseModels") or len(patch.parts) != 2:
        raise patch.refused()
    _patch_map(response, member, patch)
