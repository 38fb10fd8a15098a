"""AWS::Lambda::CapacityProvider."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.resources.values import numbers_of, retag, tags_of

_FIXED = ("CapacityProviderName", "InstanceRequirements", "KmsKeyArn", "PermissionsConfig", "VpcConfig")
_CHANGEABLE = ("CapacityProviderScalingConfig", "PropagateTags", "TelemetryConfig")


@resource("AWS::Lambda::CapacityProvider")
class CapacityProviderResource:
    """A capacity provider; Ref is its name."""

    replaced_by = frozenset(_FIXED)
    stored = frozenset({*_FIXED, *_CHANGEABLE} - {"CapacityProviderName"})
    properties = frozenset({*_FIXED, *_CHANGEABLE, "Tags"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {key: properties[key] for key in _FIXED if key in properties} | _changeable(properties)
        request.setdefault("CapacityProviderName", deployment.physical_name(64))
        request["Tags"] = tags_of(deployment, properties)
        await deployment.call("lambda", "CreateCapacityProvider", request)
        await deployment.begun(request["CapacityProviderName"])
        return await _made(deployment, request["CapacityProviderName"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"CapacityProviderName": physical_id, **_changeable(new)}
        await deployment.call("lambda", "UpdateCapacityProvider", request)
        made = await _made(deployment, physical_id)
        await retag(deployment, made.attributes["Arn"], old, new)
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteCapacityProvider", {"CapacityProviderName": physical_id})
        except ResourceNotFoundException:
            return


def _changeable(properties: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {key: properties[key] for key in _CHANGEABLE if key in properties}
    if scaling := request.get("CapacityProviderScalingConfig"):
        scaling = numbers_of(scaling, "MaxVCpuCount")
        if "ScalingPolicies" in scaling:
            scaling["ScalingPolicies"] = [
                policy | {"TargetValue": float(policy["TargetValue"])} for policy in scaling["ScalingPolicies"]
            ]
        request["CapacityProviderScalingConfig"] = scaling
    return request


async def _made(deployment: Deployment, name: str) -> Made:
    reply = await deployment.call("lambda", "GetCapacityProvider", {"CapacityProviderName": name})
    provider = reply["CapacityProvider"]
    return Made(name, {"Arn": provider["CapacityProviderArn"], "State": provider["State"]})
