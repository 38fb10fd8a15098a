"""AWS::Lambda::Version and AWS::Lambda::Alias."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException, ServiceException
from serein.services.lambda_.resources.traffic import shift_traffic
from serein.services.lambda_.resources.values import numbers_of, wait_until_settled

_PROVISIONED = "ProvisionedConcurrencyConfig"
_POLL_SECONDS = 0.5


async def _provision(deployment: Deployment, function: str, qualifier: str, old: Properties, new: Properties) -> None:
    """Have as many environments ready as `new` says, and wait for them."""
    named = {"FunctionName": function, "Qualifier": qualifier}
    if old.get(_PROVISIONED) == new.get(_PROVISIONED):
        return
    if not new.get(_PROVISIONED):
        await deployment.call("lambda", "DeleteProvisionedConcurrencyConfig", named)
        return
    wanted = numbers_of(new[_PROVISIONED], "ProvisionedConcurrentExecutions")
    await deployment.call("lambda", "PutProvisionedConcurrencyConfig", named | wanted)
    while True:
        shown = await deployment.call("lambda", "GetProvisionedConcurrencyConfig", named)
        if shown["Status"] == "READY":
            return
        if shown["Status"] == "FAILED":
            raise ServiceException(shown.get("StatusReason", "Provisioned concurrency could not be made ready."))
        await deployment.sleep(_POLL_SECONDS)


@resource("AWS::Lambda::Version")
class VersionResource:
    """A published version; Ref is its ARN."""

    replaced_by = frozenset({"CodeSha256", "Description", "FunctionName", _PROVISIONED, "RuntimePolicy"})
    stored = frozenset({"RuntimePolicy", "FunctionScalingConfig"})
    properties = frozenset(
        {"CodeSha256", "Description", "FunctionName", "FunctionScalingConfig", _PROVISIONED, "RuntimePolicy"}
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        members = ("CodeSha256", "Description", "FunctionName")
        request: dict[str, Any] = {key: properties[key] for key in members if key in properties}
        reply = await deployment.call("lambda", "PublishVersion", request)
        arn, version = reply["FunctionArn"], reply["Version"]
        await deployment.begun(arn)
        await wait_until_settled(deployment, arn)
        await self._set_extras(deployment, arn, {}, properties)
        await _provision(deployment, properties["FunctionName"], version, {}, properties)
        return Made(arn, {"Version": version, "FunctionArn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await self._set_extras(deployment, physical_id, old, new)
        return Made(physical_id, {"Version": physical_id.rpartition(":")[2], "FunctionArn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteFunction", {"FunctionName": physical_id})
        except ResourceNotFoundException:
            return

    async def _set_extras(self, deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
        function, _, version = arn.rpartition(":")
        named = {"FunctionName": function, "Qualifier": version}
        policy = new.get("RuntimePolicy")
        if policy and policy != old.get("RuntimePolicy"):
            members = ("UpdateRuntimeOn", "RuntimeVersionArn")
            request = {member: policy[member] for member in members if member in policy}
            await deployment.call("lambda", "PutRuntimeManagementConfig", named | request)
        if new.get("FunctionScalingConfig") != old.get("FunctionScalingConfig"):
            bounds = ("MinExecutionEnvironments", "MaxExecutionEnvironments")
            scaling = numbers_of(new.get("FunctionScalingConfig") or {}, *bounds)
            request = named | {"FunctionScalingConfig": scaling}
            await deployment.call("lambda", "PutFunctionScalingConfig", request)


@resource("AWS::Lambda::Alias")
class AliasResource:
    """An alias; Ref is its ARN."""

    replaced_by = frozenset({"FunctionName", "Name"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({"Description", "FunctionName", "FunctionVersion", "Name", _PROVISIONED, "RoutingConfig"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        reply = await deployment.call("lambda", "CreateAlias", _alias(properties))
        await deployment.begun(reply["AliasArn"])
        await _provision(deployment, properties["FunctionName"], properties["Name"], {}, properties)
        return _made(reply)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await shift_traffic(deployment, old, new)
        request = {"Description": "", "RoutingConfig": {"AdditionalVersionWeights": {}}} | _alias(new)
        reply = await deployment.call("lambda", "UpdateAlias", request)
        await _provision(deployment, new["FunctionName"], new["Name"], old, new)
        return _made(reply)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
        try:
            await deployment.call("lambda", "DeleteAlias", request)
        except ResourceNotFoundException:
            return


def _alias(properties: Properties) -> dict[str, Any]:
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
