"""CodeDeploy's CloudFormation types, written as calls."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.codedeploy.names import application_arn, group_arn


@resource("AWS::CodeDeploy::Application")
class ApplicationResource:
    """An application; Ref is its name."""

    properties = frozenset({"ApplicationName", "ComputePlatform", "Tags"})
    replaced_by = frozenset({"ApplicationName", "ComputePlatform"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("ApplicationName") or deployment.physical_name(100)
        request: dict[str, Any] = {"applicationName": name, "tags": _tags(deployment, properties)}
        if "ComputePlatform" in properties:
            request["computePlatform"] = properties["ComputePlatform"]
        await deployment.call("codedeploy", "CreateApplication", request)
        return Made(name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await _retag(deployment, application_arn(deployment.scope, physical_id), old, new)
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("codedeploy", "DeleteApplication", {"applicationName": physical_id})


@resource("AWS::CodeDeploy::DeploymentConfig")
class DeploymentConfigResource:
    """A deployment configuration; Ref is its name. Every change replaces it."""

    properties = frozenset(
        {"ComputePlatform", "DeploymentConfigName", "MinimumHealthyHosts", "TrafficRoutingConfig", "ZonalConfig"}
    )
    replaced_by = properties
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("DeploymentConfigName") or deployment.physical_name(100)
        request: dict[str, Any] = {"deploymentConfigName": name} | {
            _lowered(member): _lowered_all(properties[member])
            for member in self.properties - {"DeploymentConfigName"}
            if member in properties
        }
        routing = request.get("trafficRoutingConfig")
        if routing:
            request["trafficRoutingConfig"] = _numbers(routing)
        await deployment.call("codedeploy", "CreateDeploymentConfig", request)
        return Made(name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("codedeploy", "DeleteDeploymentConfig", {"deploymentConfigName": physical_id})


_GROUP_MEMBERS = (
    "AlarmConfiguration",
    "AutoRollbackConfiguration",
    "AutoScalingGroups",
    "BlueGreenDeploymentConfiguration",
    "DeploymentConfigName",
    "DeploymentStyle",
    "ECSServices",
    "Ec2TagFilters",
    "Ec2TagSet",
    "LoadBalancerInfo",
    "OnPremisesInstanceTagFilters",
    "OnPremisesTagSet",
    "OutdatedInstancesStrategy",
    "ServiceRoleArn",
    "TerminationHookEnabled",
    "TriggerConfigurations",
)


@resource("AWS::CodeDeploy::DeploymentGroup")
class DeploymentGroupResource:
    """A deployment group; Ref is its name."""

    properties = frozenset({*_GROUP_MEMBERS, "ApplicationName", "Deployment", "DeploymentGroupName", "Tags"})
    replaced_by = frozenset({"ApplicationName", "DeploymentGroupName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("DeploymentGroupName") or deployment.physical_name(100)
        request = {
            "applicationName": properties["ApplicationName"],
            "deploymentGroupName": name,
            "tags": _tags(deployment, properties),
            **_group(properties),
        }
        await deployment.call("codedeploy", "CreateDeploymentGroup", request)
        await deployment.begun(name)
        await self._deploy(deployment, name, properties)
        return Made(name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        application = new["ApplicationName"]
        named = {"applicationName": application, "currentDeploymentGroupName": physical_id}
        cleared: dict[str, Any] = {
            "alarmConfiguration": {"enabled": False},
            "autoRollbackConfiguration": {"enabled": False},
            "triggerConfigurations": [],
        }
        await deployment.call("codedeploy", "UpdateDeploymentGroup", named | cleared | _group(new))
        await _retag(deployment, group_arn(deployment.scope, application, physical_id), old, new)
        if new.get("Deployment") != old.get("Deployment"):
            await self._deploy(deployment, physical_id, new)
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"applicationName": properties["ApplicationName"], "deploymentGroupName": physical_id}
        await deployment.call("codedeploy", "DeleteDeploymentGroup", request)

    async def _deploy(self, deployment: Deployment, name: str, properties: Properties) -> None:
        wanted = properties.get("Deployment")
        if wanted:
            request = {"applicationName": properties["ApplicationName"], "deploymentGroupName": name}
            await deployment.call("codedeploy", "CreateDeployment", request | _lowered_all(wanted))


def _group(properties: Properties) -> dict[str, Any]:
    request = {_lowered(member): _lowered_all(properties[member]) for member in _GROUP_MEMBERS if member in properties}
    for member in ("alarmConfiguration", "autoRollbackConfiguration"):
        for flag in ("enabled", "ignorePollAlarmFailure"):
            if flag in request.get(member, {}):
                request[member][flag] = str(request[member][flag]).lower() == "true"
    return request


def _lowered(member: str) -> str:
    return "ecsServices" if member == "ECSServices" else member[:1].lower() + member[1:]


def _lowered_all(value: Any) -> Any:
    """CloudFormation writes the API's names with capitals."""
    if isinstance(value, dict):
        return {_lowered(name): _lowered_all(item) for name, item in value.items()}
    return [_lowered_all(item) for item in value] if isinstance(value, list) else value


def _numbers(routing: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {member: int(number) for member, number in value.items()} if isinstance(value, dict) else value
        for name, value in routing.items()
    }


def _own_tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    own = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return own | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}


def _tags(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in _own_tags(deployment, properties).items()]


async def _retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before, after = _own_tags(deployment, old), _own_tags(deployment, new)
    if gone := sorted(before.keys() - after.keys()):
        await deployment.call("codedeploy", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
    if after:
        await deployment.call("codedeploy", "TagResource", {"ResourceArn": arn, "Tags": _tags(deployment, new)})
