"""AWS::Lambda::LayerVersion and AWS::Lambda::LayerVersionPermission."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException

_VERSION = ("CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LicenseInfo")
_PERMISSION = ("Action", "OrganizationId", "Principal")


def _split(arn: str) -> dict[str, Any]:
    """The layer and version that a version's ARN names, as the API takes them."""
    layer, _, version = arn.rpartition(":")
    return {"LayerName": layer, "VersionNumber": int(version)}


@resource("AWS::Lambda::LayerVersion")
class LayerVersionResource:
    """A version of a layer; Ref is its ARN."""

    replaced_by = frozenset({*_VERSION, "LayerName"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({*_VERSION, "LayerName"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {key: properties[key] for key in _VERSION if key in properties}
        request["LayerName"] = properties.get("LayerName") or deployment.logical_id
        arn = (await deployment.call("lambda", "PublishLayerVersion", request))["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"LayerVersionArn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("lambda", "DeleteLayerVersion", _split(physical_id))


@resource("AWS::Lambda::LayerVersionPermission")
class LayerVersionPermissionResource:
    """Who may use a layer version; Ref is `<layer version ARN>#<statement id>`."""

    replaced_by = frozenset({*_PERMISSION, "LayerVersionArn"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({*_PERMISSION, "LayerVersionArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        arn, statement_id = properties["LayerVersionArn"], deployment.physical_name(100)
        request = {key: properties[key] for key in _PERMISSION if key in properties}
        await deployment.call(
            "lambda", "AddLayerVersionPermission", {**request, **_split(arn), "StatementId": statement_id}
        )
        physical_id = f"{arn}#{statement_id}"
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        arn, _, statement_id = physical_id.partition("#")
        try:
            request = {**_split(arn), "StatementId": statement_id}
            await deployment.call("lambda", "RemoveLayerVersionPermission", request)
        except ResourceNotFoundException:
            return
