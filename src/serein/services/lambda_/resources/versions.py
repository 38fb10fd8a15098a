"""AWS::Lambda::Version and AWS::Lambda::Alias."""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException


def _refuse_provisioned(properties: Properties) -> None:
    if properties.get("ProvisionedConcurrencyConfig"):
        raise NotImplementedHere("Serein does not implement provisioned concurrency (ProvisionedConcurrencyConfig)")


@resource("AWS::Lambda::Version")
class VersionResource:
    """A published version; Ref is its ARN."""

    replaced_by = frozenset({"CodeSha256", "Description", "FunctionName", "RuntimePolicy"})
    stored: frozenset[str] = frozenset({"RuntimePolicy"})
    properties = frozenset(
        {
            "CodeSha256",
            "Description",
            "FunctionName",
            "FunctionScalingConfig",
            "ProvisionedConcurrencyConfig",
            "RuntimePolicy",
        }
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        _refuse_provisioned(properties)
        members = ("CodeSha256", "Description", "FunctionName")
        request: dict[str, Any] = {key: properties[key] for key in members if key in properties}
        reply = await deployment.call("lambda", "PublishVersion", request)
        arn = reply["FunctionArn"]
        return Made(arn, {"Version": reply["Version"], "FunctionArn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        _refuse_provisioned(new)
        return Made(physical_id, {"Version": physical_id.rpartition(":")[2], "FunctionArn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteFunction", {"FunctionName": physical_id})
        except ResourceNotFoundException:
            return


@resource("AWS::Lambda::Alias")
class AliasResource:
    """An alias; Ref is its ARN."""

    replaced_by = frozenset({"FunctionName", "Name"})
    stored: frozenset[str] = frozenset()
    properties = frozenset(
        {"Description", "FunctionName", "FunctionVersion", "Name", "ProvisionedConcurrencyConfig", "RoutingConfig"}
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return _made(await deployment.call("lambda", "CreateAlias", _alias(properties)))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"Description": "", "RoutingConfig": {"AdditionalVersionWeights": {}}} | _alias(new)
        return _made(await deployment.call("lambda", "UpdateAlias", request))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
        try:
            await deployment.call("lambda", "DeleteAlias", request)
        except ResourceNotFoundException:
            return


def _alias(properties: Properties) -> dict[str, Any]:
    _refuse_provisioned(properties)
    request: dict[str, Any] = {
        "FunctionName": properties["FunctionName"],
        "Name": properties["Name"],
        "FunctionVersion": str(properties["FunctionVersion"]),
    }
    if "Description" in properties:
        request["Description"] = properties["Description"]
    if "RoutingConfig" in properties:
        weights = {
            str(weight["FunctionVersion"]): float(weight["FunctionWeight"])
            for weight in properties["RoutingConfig"].get("AdditionalVersionWeights", [])
        }
        request["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    return request


def _made(reply: dict[str, Any]) -> Made:
    return Made(reply["AliasArn"], {"AliasArn": reply["AliasArn"]})
