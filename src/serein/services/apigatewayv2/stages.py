"""Stages: what may be asked for, what is kept, and how it is shown."""

import re
from typing import Any

from serein.kernel.arn import find_arn
from serein.services.apigatewayv2.errors import BadRequestException, NotFoundException
from serein.services.apigatewayv2.routing import DEFAULT
from serein.services.apigatewayv2.store import Stage

_KEPT = (
    "AccessLogSettings",
    "ClientCertificateId",
    "DefaultRouteSettings",
    "Description",
    "RouteSettings",
    "StageVariables",
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9-._~:/?#&=,]*")


def new_stage(request: dict[str, Any], now: float) -> Stage:
    """A stage to be created. Raises BadRequestException."""
    name = request["StageName"]
    if name != DEFAULT and not _NAME.fullmatch(name):
        raise BadRequestException("Stage name only allows a-zA-Z0-9_- and $default")
    is_automatic = bool(request.get("AutoDeploy", False))
    if is_automatic and request.get("DeploymentId"):
        raise BadRequestException("Deployment ID cannot be set on a stage with autoDeploy enabled")
    settings = {
        "AutoDeploy": is_automatic,
        "CreatedDate": now,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "LastUpdatedDate": now,
        "RouteSettings": {},
        "StageVariables": {},
        "Tags": request.get("Tags", {}),
        **_given(request),
    }
    return Stage(name, request.get("DeploymentId", ""), is_automatic, settings)


def changed_stage(stage: Stage, request: dict[str, Any], now: float) -> Stage:
    """The stage after UpdateStage's request. A stage variable set to empty text goes."""
    settings = {**stage.settings, **_given(request), "LastUpdatedDate": now}
    settings["AutoDeploy"] = bool(request.get("AutoDeploy", stage.is_automatic))
    variables = {**stage.settings["StageVariables"], **request.get("StageVariables", {})}
    settings["StageVariables"] = {name: value for name, value in variables.items() if value != ""}
    deployment_id = request.get("DeploymentId", stage.deployment_id)
    return Stage(stage.name, deployment_id, settings["AutoDeploy"], settings)


def _given(request: dict[str, Any]) -> dict[str, Any]:
    for name, value in request.get("StageVariables", {}).items():
        if not re.fullmatch(r"[A-Za-z0-9_]+", name) or not _VARIABLE_VALUE.fullmatch(value):
            raise BadRequestException(
                f"Stage variable name or value for {name} is invalid: names may have alphanumeric characters and "
                "underscores, values must match [A-Za-z0-9-._~:/?#&=,]+"
            )
    if "AccessLogSettings" in request:
        _check_logs(request["AccessLogSettings"])
    for settings in (request.get("DefaultRouteSettings", {}), *request.get("RouteSettings", {}).values()):
        if settings.get("ThrottlingRateLimit", 0) < 0 or settings.get("ThrottlingBurstLimit", 0) < 0:
            raise BadRequestException("Throttling limits must not be negative")
    return {name: request[name] for name in _KEPT if name in request}


def _check_logs(settings: dict[str, Any]) -> None:
    arn = find_arn(settings.get("DestinationArn", ""))
    is_group = arn is not None and arn.service == "logs" and arn.resource.startswith("log-group:")
    is_stream = arn is not None and arn.service == "firehose" and arn.resource.startswith("deliverystream/")
    if not is_group and not is_stream:
        raise BadRequestException(
            "Invalid ARN specified in the request. ARNs for access log settings are those of CloudWatch Logs groups "
            "and Firehose delivery streams"
        )
    log_format = settings.get("Format", "")
    if not log_format:
        raise BadRequestException("Access log format must not be empty")
    if "\n" in log_format.rstrip("\n"):
        raise BadRequestException(
            "Access Log format must be single line, new line character is allowed only at end of the format"
        )


def require_http_settings(stage: Stage, route_keys: set[str]) -> None:
    """Raise for settings of routes that a stage of an HTTP API can't have."""
    default, routes = stage.settings["DefaultRouteSettings"], stage.settings["RouteSettings"]
    for settings in (default, *routes.values()):
        if settings.get("LoggingLevel", "OFF") != "OFF" or settings.get("DataTraceEnabled"):
            raise BadRequestException("Execution logs are not supported on protocolType HTTP")
    for key in routes:
        if key not in route_keys:
            raise NotFoundException(f"Unable to find Route by key {key} within the provided RouteSettings")


def shown_stage(stage: Stage) -> dict[str, Any]:
    """A stage as AWS's replies show it."""
    shown = {**stage.settings, "StageName": stage.name}
    return {**shown, "DeploymentId": stage.deployment_id} if stage.deployment_id else shown
