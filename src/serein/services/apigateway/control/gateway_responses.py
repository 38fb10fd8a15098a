"""Gateway responses: AWS's defaults, and how one that is set looks."""

from typing import Any

from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException, NotFoundException

Settings = dict[str, Any]
STATUSES = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": "",
    "DEFAULT_5XX": "",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
"""The types, in AWS's order, with their default status codes; the two general ones have none."""
_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


def default_response(kind: str, general: Settings | None) -> Settings:
    """The response of a type that isn't set.

    `general` is the API's DEFAULT_4XX or DEFAULT_5XX, when that is set: its settings are those of its kind.
    """
    status = STATUSES[kind]
    response: Settings = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": dict(_TEMPLATES),
        "defaultResponse": True,
    }
    if status:
        response["statusCode"] = status
    if general is not None:
        for name in ("responseParameters", "responseTemplates", "statusCode"):
            if name in general:
                response[name] = general[name]
    return response


def general_of(kind: str) -> str:
    """The type whose settings a type has when it isn't set itself; empty for the two general ones."""
    status = STATUSES[kind]
    return f"DEFAULT_{status[0]}XX" if status else ""


def new_response(request: Settings) -> Settings:
    """The GatewayResponse that PutGatewayResponse makes."""
    kind = request["responseType"]
    response: Settings = {
        "responseType": kind,
        "responseParameters": dict(request.get("responseParameters") or {}),
        "responseTemplates": dict(request.get("responseTemplates") or _TEMPLATES),
        "defaultResponse": False,
    }
    for name, expression in response["responseParameters"].items():
        _require_parameter(name, expression)
    status = request.get("statusCode") or STATUSES[kind]
    if status:
        response["statusCode"] = status
    return response


def _require_parameter(name: str, expression: str) -> None:
    if not name.startswith("gatewayresponse.header."):
        raise BadRequestException(f"Invalid parameter name specified: {name}")
    starts = ("'", "method.request.", "context.", "stageVariables.", "integration.", '"')
    if not expression or not expression.startswith(starts):
        raise BadRequestException(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
            f"[Invalid mapping expression specified: {expression}]"
        )


def patch_response(response: Settings, patch: Patch) -> None:
    """Change a GatewayResponse. Raises BadRequest-, NotFoundException."""
    member = patch.parts[0]
    if patch.parts == ("statusCode",):
        if patch.op != "replace":
            raise patch.refused()
        response["statusCode"] = patch.text
        return
    if member not in ("responseParameters", "responseTemplates") or len(patch.parts) != 2:
        raise patch.refused()
    patch.require_op("add", "remove", "replace")
    name = patch.parts[1]
    entries = dict(response[member])
    if (patch.op == "add" and not patch.value) or (patch.op == "replace" and name in entries and not patch.value):
        raise BadRequestException(f"Invalid null or empty value in {member}")
    if patch.op != "add" and name not in entries:
        is_template = member == "responseTemplates"
        raise NotFoundException(
            "Content-Type specified was not found" if is_template else "Invalid parameter name specified"
        )
    if patch.op == "remove":
        del entries[name]
    else:
        if member == "responseParameters":
            _require_parameter(name, patch.text)
        entries[name] = patch.text
    response[member] = entries
