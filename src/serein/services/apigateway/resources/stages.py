"""AWS::ApiGateway::Deployment and Stage."""

from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.resources.stage_settings import stage_patches
from serein.services.apigateway.resources.wire_form import (
    SERVICE,
    gone_is_fine,
    is_true,
    keep_tags,
    replaced,
    tags_of,
    texts,
    update,
)


@resource("AWS::ApiGateway::Deployment")
class ApiDeployment:
    """A deployment, and the stage that it names."""

    properties = frozenset({"DeploymentCanarySettings", "Description", "RestApiId", "StageDescription", "StageName"})
    replaced_by = frozenset({"DeploymentCanarySettings", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"restApiId": properties["RestApiId"]}
        if properties.get("Description"):
            request["description"] = properties["Description"]
        if properties.get("StageName"):
            request["stageName"] = properties["StageName"]
        if properties.get("DeploymentCanarySettings"):
            request["canarySettings"] = _canary(properties["DeploymentCanarySettings"])
        made = await deployment.call(SERVICE, "CreateDeployment", request)
        await deployment.begun(made["id"])
        await self._settle_stage(deployment, {}, properties)
        return Made(made["id"], {"DeploymentId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"restApiId": new["RestApiId"], "deploymentId": physical_id}
        await update(deployment, "UpdateDeployment", request, replaced(old, new, ("Description",)))
        name = new.get("StageName")
        if name and name != old.get("StageName"):
            stage = {"restApiId": new["RestApiId"], "stageName": name, "deploymentId": physical_id}
            await deployment.call(SERVICE, "CreateStage", stage)
        await self._settle_stage(deployment, old.get("StageDescription") or {}, new)
        return Made(physical_id, {"DeploymentId": physical_id})

    async def _settle_stage(self, deployment: Deployment, old: dict[str, Any], new: Properties) -> None:
        settings = new.get("StageDescription") or {}
        if not new.get("StageName") or not settings:
            return
        request = {"restApiId": new["RestApiId"], "stageName": new["StageName"]}
        await update(deployment, "UpdateStage", request, stage_patches(_as_stage(old), _as_stage(settings)))
        if settings.get("Tags"):
            await keep_tags(deployment, f"restapis/{new['RestApiId']}/stages/{new['StageName']}", old, settings)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "deploymentId": physical_id}
        try:
            await gone_is_fine(deployment, "DeleteDeployment", request)
        except AwsError as error:
            if error.code != "BadRequestException" or not properties.get("StageName"):
                raise
            # Why: the stage that the deployment itself made goes with it, when it still serves it.
            stage = {"restApiId": properties["RestApiId"], "stageName": properties["StageName"]}
            await gone_is_fine(deployment, "DeleteStage", stage)
            await gone_is_fine(deployment, "DeleteDeployment", request)


_WHOLE_STAGE = (
    "CacheDataEncrypted",
    "CacheTtlInSeconds",
    "CachingEnabled",
    "DataTraceEnabled",
    "LoggingLevel",
    "MetricsEnabled",
    "ThrottlingBurstLimit",
    "ThrottlingRateLimit",
)


def _as_stage(description: dict[str, Any]) -> Properties:
    """A StageDescription in the properties of a Stage: what it says of all methods is a method setting there."""
    stage = {name: value for name, value in description.items() if name not in _WHOLE_STAGE and name != "Tags"}
    whole = {name: description[name] for name in _WHOLE_STAGE if name in description}
    if whole:
        settings = list(stage.get("MethodSettings") or [])
        stage["MethodSettings"] = [{"ResourcePath": "/*", "HttpMethod": "*", **whole}, *settings]
    return stage


def _canary(given: dict[str, Any]) -> dict[str, Any]:
    canary: dict[str, Any] = {}
    if "PercentTraffic" in given:
        canary["percentTraffic"] = float(given["PercentTraffic"])
    if "UseStageCache" in given:
        canary["useStageCache"] = is_true(given["UseStageCache"])
    if given.get("StageVariableOverrides"):
        canary["stageVariableOverrides"] = texts(given["StageVariableOverrides"])
    if given.get("DeploymentId"):
        canary["deploymentId"] = given["DeploymentId"]
    return canary


@resource("AWS::ApiGateway::Stage")
class Stage:
    """A stage."""

    properties = frozenset(
        {
            "AccessLogSetting",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CanarySetting",
            "ClientCertificateId",
            "DeploymentId",
            "Description",
            "DocumentationVersion",
            "MethodSettings",
            "RestApiId",
            "StageName",
            "Tags",
            "TracingEnabled",
            "Variables",
        }
    )
    replaced_by = frozenset({"RestApiId", "StageName"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        place = {"restApiId": properties["RestApiId"], "stageName": properties.get("StageName", "Stage")}
        request: dict[str, Any] = {**place, "deploymentId": properties["DeploymentId"]}
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        if properties.get("CanarySetting"):
            request["canarySettings"] = _canary(properties["CanarySetting"])
        await deployment.call(SERVICE, "CreateStage", request)
        await deployment.begun(place["stageName"])
        settings = {name: value for name, value in properties.items() if name not in ("DeploymentId", "CanarySetting")}
        await update(deployment, "UpdateStage", place, stage_patches({}, settings))
        return Made(place["stageName"], {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"restApiId": new["RestApiId"], "stageName": physical_id}
        await update(deployment, "UpdateStage", request, stage_patches(old, new))
        await keep_tags(deployment, f"restapis/{new['RestApiId']}/stages/{physical_id}", old, new)
        return Made(physical_id, {})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "stageName": physical_id}
        await gone_is_fine(deployment, "DeleteStage", request)
