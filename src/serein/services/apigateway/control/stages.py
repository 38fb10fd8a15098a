"""Stages: what is served under which name, and how."""

import re
from typing import Any

from serein.kernel.arn import find_arn
from serein.services.apigateway.control.method_settings import patch_method_settings
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
MOST_STAGES = 10
_NAME = re.compile(r"[a-zA-Z0-9_\-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]+")
_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
_OPTIONAL = ("description", "documentationVersion", "clientCertificateId", "cacheClusterSize")


def new_stage(request: Settings, now: float) -> Settings:
    """The Stage that CreateStage makes. Raises BadRequestException."""
    name = request["stageName"]
    if not _NAME.fullmatch(name):
        raise BadRequestException("Stage name only allows a-zA-Z0-9_")
    stage: Settings = {
        "deploymentId": request["deploymentId"],
        "stageName": name,
        "cacheClusterEnabled": bool(request.get("cacheClusterEnabled", False)),
        "methodSettings": {},
        "tracingEnabled": bool(request.get("tracingEnabled", False)),
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    for member in _OPTIONAL:
        if request.get(member):
            stage[member] = request[member]
    if request.get("variables"):
        stage["variables"] = require_variables(request["variables"])
    if request.get("tags"):
        stage["tags"] = dict(request["tags"])
    if request.get("canarySettings"):
        stage["canarySettings"] = new_canary(request["canarySettings"], stage["deploymentId"])
    return settled(stage)


def settled(stage: Settings) -> Settings:
    """A stage with what follows from its settings: a cluster's size and status."""
    if stage["cacheClusterEnabled"]:
        stage.setdefault("cacheClusterSize", "0.5")
    stage["cacheClusterStatus"] = "AVAILABLE" if stage["cacheClusterEnabled"] else "NOT_AVAILABLE"
    return stage


def new_canary(asked: Settings, deployment_id: str) -> Settings:
    """CanarySettings with their defaults. Raises BadRequestException."""
    canary: Settings = {
        "percentTraffic": _percent(asked.get("percentTraffic", 0.0)),
        "deploymentId": asked.get("deploymentId") or deployment_id,
        "useStageCache": bool(asked.get("useStageCache", False)),
    }
    if asked.get("stageVariableOverrides"):
        canary["stageVariableOverrides"] = require_variables(asked["stageVariableOverrides"])
    return canary


def _percent(value: Any) -> float:
    try:
        percent = float(value)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise BadRequestException("Canary percentage must be between 0.0 and 100.0")
    return percent


def require_variables(variables: dict[str, str]) -> dict[str, str]:
    """Raises BadRequestException for a name or a value with characters that stage variables can't have."""
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise BadRequestException(f"Stage variable name {name} must match [A-Za-z0-9_]+")
        if not _VARIABLE_VALUE.fullmatch(value):
            raise BadRequestException(f"Stage variable value {value} must match [A-Za-z0-9-._~:/?#&=,]+")
    return dict(variables)


def patch_stage(stage: Settings, patch: Patch) -> None:
    """Change a Stage; what it refers to is checked when all is changed. Raises BadRequestException."""
    member = patch.parts[0]
    if patch.op == "copy":
        _copy(stage, patch)
    elif member == "variables" and len(patch.parts) == 2:
        _patch_variable(stage, "variables", patch, patch.parts[1])
    elif member == "canarySettings":
        _patch_canary(stage, patch)
    elif member == "accessLogSettings":
        _patch_access_log(stage, patch)
    elif len(patch.parts) == 1:
        _replace(stage, member, patch)
    else:
        patch_method_settings(stage, patch)


_TEXTS = frozenset({"deploymentId", "description", "clientCertificateId", "documentationVersion", "webAclArn"})


def _replace(stage: Settings, member: str, patch: Patch) -> None:
    if member in ("cacheClusterEnabled", "tracingEnabled"):
        patch.require_op("replace")
        stage[member] = patch.is_true
    elif member == "cacheClusterSize":
        patch.require_op("replace")
        if patch.value not in _SIZES:
            raise BadRequestException(f"Invalid cache cluster size specified. Must be one of: [{', '.join(_SIZES)}]")
        stage[member] = patch.value
    elif member in _TEXTS:
        patch.require_op("replace")
        if patch.value:
            stage[member] = patch.value
        elif member != "deploymentId":
            stage.pop(member, None)
        else:
            raise BadRequestException("Invalid Deployment identifier specified")
    else:
        patch_method_settings(stage, patch)


def _copy(stage: Settings, patch: Patch) -> None:
    """Promote a canary: its deployment or its variables become the stage's."""
    canary = stage.get("canarySettings")
    if canary is None:
        raise BadRequestException("Canary settings are not defined on this stage")
    if patch.path == "/deploymentId" and patch.source == "/canarySettings/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
    elif patch.path == "/variables" and patch.source == "/canarySettings/stageVariableOverrides":
        stage["variables"] = {**stage.get("variables", {}), **canary.get("stageVariableOverrides", {})}
    else:
        raise BadRequestException(f"Invalid copy operation with path: {patch.path} and from {patch.source}.")


def _patch_variable(settings: Settings, member: str, patch: Patch, name: str) -> None:
    patch.require_op("add", "remove", "replace")
    variables = dict(settings.get(member, {}))
    if patch.op == "remove":
        variables.pop(name, None)
    else:
        variables.update(require_variables({name: patch.text}))
    settings[member] = variables
    if not variables:
        del settings[member]


def _patch_canary(stage: Settings, patch: Patch) -> None:
    if len(patch.parts) == 1:
        if patch.op != "remove":
            raise patch.refused()
        stage.pop("canarySettings", None)
        return
    member = patch.parts[1]
    canary = stage.get("canarySettings")
    if canary is None:
        canary = stage["canarySettings"] = new_canary({}, stage["deploymentId"])
    if member == "stageVariableOverrides" and len(patch.parts) == 3:
        _patch_variable(canary, member, patch, patch.parts[2])
    elif member == "stageVariableOverrides" and patch.op == "remove":
        canary.pop(member, None)
    elif len(patch.parts) > 2 or member not in ("percentTraffic", "deploymentId", "useStageCache"):
        raise patch.refused()
    else:
        patch.require_op("replace")
        if member == "percentTraffic":
            canary[member] = _percent(patch.text)
        else:
            canary[member] = patch.text if member == "deploymentId" else patch.is_true


_LOG_PATHS = ("/accessLogSettings/destinationArn", "/accessLogSettings/format")


def _patch_access_log(stage: Settings, patch: Patch) -> None:
    if patch.op == "remove" and len(patch.parts) == 1:
        stage.pop("accessLogSettings", None)
        return
    if patch.op == "remove":
        patch_method_settings(stage, patch)
    if patch.path not in _LOG_PATHS:
        raise BadRequestException(f"Invalid accessLogSettings path. Must be one of : [{', '.join(_LOG_PATHS)}]")
    if not patch.value:
        raise BadRequestException("Access Log value must not be empty")
    patch.require_op("add", "replace")
    if patch.parts[1] == "destinationArn" and find_arn(patch.value) is None:
        raise BadRequestException(f"Invalid ARN specified in the request. ARN is not well formed {patch.value}")
    if patch.parts[1] == "format" and "\n" in patch.value.rstrip("\n"):
        raise BadRequestException(
            "Access Log format must be single line, new line character is allowed only at end of the format"
        )
    stage["accessLogSettings"] = {**stage.get("accessLogSettings", {}), patch.parts[1]: patch.value}
