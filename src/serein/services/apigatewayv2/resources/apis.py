"""AWS::ApiGatewayV2::Api, Stage and Deployment."""

import json
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigatewayv2.errors import BadRequestException

_SERVICE = "apigatewayv2"
_API_SETTINGS = ("CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "IpAddressType", "Name", "Version")
_QUICK = ("CredentialsArn", "RouteKey", "Target")
_SOCKET_SETTINGS = ("ApiKeySelectionExpression", "DisableSchemaValidation", "RouteSelectionExpression")
_API_CREATION = ("CredentialsArn", "ProtocolType", "RouteKey", "Target", "RouteSelectionExpression")


async def gone_is_fine(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    try:
        await deployment.call(_SERVICE, operation, request)
    except AwsError as error:
        if error.code != "NotFoundException":
            raise


def _given(properties: Properties, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def boolean(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


@resource("AWS::ApiGatewayV2::Api")
class Api:
    """An HTTP API, from properties or from an OpenAPI definition (`Body`, `BodyS3Location`)."""

    properties = frozenset(
        {
            "ApiKeySelectionExpression",
            "BasePath",
            "Body",
            "BodyS3Location",
            "CorsConfiguration",
            "CredentialsArn",
            "Description",
            "DisableExecuteApiEndpoint",
            "DisableSchemaValidation",
            "FailOnWarnings",
            "IpAddressType",
            "Name",
            "ProtocolType",
            "RouteKey",
            "RouteSelectionExpression",
            "Tags",
            "Target",
            "Version",
        }
    )
    replaced_by = frozenset({"ProtocolType"})
    stored = frozenset({"IpAddressType"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        body = await _body(deployment, properties)
        if body is not None:
            api = await deployment.call(_SERVICE, "ImportApi", {"Body": body, **_import_options(properties)})
            await deployment.begun(api["ApiId"])
            await self._settle(deployment, api["ApiId"], properties)
        else:
            names = (*_API_SETTINGS, *_API_CREATION, "ApiKeySelectionExpression", "DisableSchemaValidation")
            request = _typed(_given(properties, names))
            request["Tags"] = {**deployment.tags, **properties.get("Tags", {})}
            if "ProtocolType" not in request:
                raise BadRequestException("ProtocolType is required when no Body or BodyS3Location is given")
            api = await deployment.call(_SERVICE, "CreateApi", request)
        return _made_api(deployment, api)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        body = await _body(deployment, new)
        if body is not None:
            request = {"ApiId": physical_id, "Body": body, **_import_options(new)}
            await deployment.call(_SERVICE, "ReimportApi", request)
        elif old.get("CorsConfiguration") and not new.get("CorsConfiguration"):
            await deployment.call(_SERVICE, "DeleteCorsConfiguration", {"ApiId": physical_id})
        quick = {name: new[name] for name in _QUICK if name in new and new[name] != old.get(name)}
        if quick:
            await deployment.call(_SERVICE, "UpdateApi", {"ApiId": physical_id, **quick})
        await self._settle(deployment, physical_id, new)
        if gone := sorted((old.get("Tags") or {}).keys() - (new.get("Tags") or {}).keys()):
            request = {"ResourceArn": _arn(deployment, physical_id), "TagKeys": gone}
            await deployment.call(_SERVICE, "UntagResource", request)
        return _made_api(deployment, await deployment.call(_SERVICE, "GetApi", {"ApiId": physical_id}))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteApi", {"ApiId": physical_id})

    async def _settle(self, deployment: Deployment, api_id: str, properties: Properties) -> None:
        of_sockets = _SOCKET_SETTINGS if properties.get("ProtocolType") == "WEBSOCKET" else ()
        settings = _typed(_given(properties, (*_API_SETTINGS, *of_sockets)))
        if settings:
            await deployment.call(_SERVICE, "UpdateApi", {"ApiId": api_id, **settings})
        tags = {**deployment.tags, **properties.get("Tags", {})}
        if tags:
            await deployment.call(_SERVICE, "TagResource", {"ResourceArn": _arn(deployment, api_id), "Tags": tags})


def _arn(deployment: Deployment, api_id: str) -> str:
    return f"arn:{deployment.scope.partition}:apigateway:{deployment.scope.region}::/apis/{api_id}"


async def _body(deployment: Deployment, properties: Properties) -> str | None:
    """The definition's text, or None when the template has none."""
    if "Body" in properties:
        body = properties["Body"]
        return body if isinstance(body, str) else json.dumps(body)
    if "BodyS3Location" not in properties:
        return None
    location = properties["BodyS3Location"]
    request = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if "Version" in location:
        request["VersionId"] = location["Version"]
    content = (await deployment.call("s3", "GetObject", request))["Body"]
    if not isinstance(content, bytes):
        content = b"".join([chunk async for chunk in content])
    text: str = content.decode()
    return text


def _import_options(properties: Properties) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "BasePath" in properties:
        options["Basepath"] = properties["BasePath"]
    if "FailOnWarnings" in properties:
        options["FailOnWarnings"] = boolean(properties["FailOnWarnings"])
    return options


def _typed(settings: dict[str, Any]) -> dict[str, Any]:
    """Templates may say "true" and "300" where the API wants a boolean and a number."""
    for name in ("DisableExecuteApiEndpoint", "DisableSchemaValidation"):
        if name in settings:
            settings[name] = boolean(settings[name])
    if "CorsConfiguration" in settings:
        cors = dict(settings["CorsConfiguration"])
        if "MaxAge" in cors:
            cors["MaxAge"] = int(cors["MaxAge"])
        if "AllowCredentials" in cors:
            cors["AllowCredentials"] = boolean(cors["AllowCredentials"])
        settings["CorsConfiguration"] = cors
    return settings


def _made_api(deployment: Deployment, api: dict[str, Any]) -> Made:
    api_id = api["ApiId"]
    arn = arn_of("execute-api", deployment.scope, api_id)
    return Made(api_id, {"ApiEndpoint": api["ApiEndpoint"], "ApiId": api_id, "ExecuteApiArn": arn})


@resource("AWS::ApiGatewayV2::Stage")
class Stage:
    """A stage of an HTTP API."""

    properties = frozenset(
        {
            "AccessLogSettings",
            "ApiId",
            "AutoDeploy",
            "ClientCertificateId",
            "DefaultRouteSettings",
            "DeploymentId",
            "Description",
            "RouteSettings",
            "StageName",
            "StageVariables",
            "Tags",
        }
    )
    replaced_by = frozenset({"ApiId", "StageName"})
    stored = frozenset({"ClientCertificateId"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = stage_request(properties)
        request["Tags"] = {**deployment.tags, **properties.get("Tags", {})}
        await deployment.call(_SERVICE, "CreateStage", request)
        return Made(properties["StageName"], {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = stage_request(new)
        gone = set(old.get("StageVariables", {})) - set(new.get("StageVariables", {}))
        if gone:
            request["StageVariables"] = {**request.get("StageVariables", {}), **dict.fromkeys(gone, "")}
        await deployment.call(_SERVICE, "UpdateStage", request)
        return Made(physical_id, {})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteStage", {"ApiId": properties["ApiId"], "StageName": physical_id})


def stage_request(properties: Properties) -> dict[str, Any]:
    """A stage's properties as the operations take them; templates may have texts for numbers and booleans."""
    request = {name: value for name, value in properties.items() if name != "Tags"}
    if "AutoDeploy" in request:
        request["AutoDeploy"] = boolean(request["AutoDeploy"])
    if "StageVariables" in request:
        request["StageVariables"] = {name: str(value) for name, value in request["StageVariables"].items()}
    if "DefaultRouteSettings" in request:
        request["DefaultRouteSettings"] = _route_settings(request["DefaultRouteSettings"])
    if "RouteSettings" in request:
        request["RouteSettings"] = {
            key: _route_settings(settings) for key, settings in request["RouteSettings"].items()
        }
    return request


def _route_settings(settings: dict[str, Any]) -> dict[str, Any]:
    typed = dict(settings)
    for name in ("DataTraceEnabled", "DetailedMetricsEnabled"):
        if name in typed:
            typed[name] = boolean(typed[name])
    if "ThrottlingBurstLimit" in typed:
        typed["ThrottlingBurstLimit"] = int(typed["ThrottlingBurstLimit"])
    if "ThrottlingRateLimit" in typed:
        typed["ThrottlingRateLimit"] = float(typed["ThrottlingRateLimit"])
    return typed


@resource("AWS::ApiGatewayV2::Deployment")
class ApiDeployment:
    """A deployment of an HTTP API."""

    properties = frozenset({"ApiId", "Description", "StageName"})
    replaced_by = frozenset({"ApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        made = await deployment.call(_SERVICE, "CreateDeployment", dict(properties))
        return Made(made["DeploymentId"], {"DeploymentId": made["DeploymentId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"ApiId": new["ApiId"], "DeploymentId": physical_id, "Description": new.get("Description", "")}
        await deployment.call(_SERVICE, "UpdateDeployment", request)
        return Made(physical_id, {"DeploymentId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"ApiId": properties["ApiId"], "DeploymentId": physical_id}
        await gone_is_fine(deployment, "DeleteDeployment", request)
