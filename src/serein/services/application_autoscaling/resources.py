"""Application Auto Scaling's CloudFormation types, written as calls."""

from datetime import UTC, datetime
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.application_autoscaling.errors import ObjectNotFoundException, ValidationException
from serein.services.application_autoscaling.targets import Address

_SERVICE = "application-autoscaling"
_INTEGERS = frozenset(
    {
        "Cooldown",
        "MaxCapacity",
        "MaxCapacityBuffer",
        "MinAdjustmentMagnitude",
        "MinCapacity",
        "ScaleInCooldown",
        "ScaleOutCooldown",
        "ScalingAdjustment",
        "SchedulingBufferTime",
    }
)
_NUMBERS = frozenset({"MetricIntervalLowerBound", "MetricIntervalUpperBound", "TargetValue"})
_FLAGS = frozenset(
    {
        "DisableScaleIn",
        "DynamicScalingInSuspended",
        "DynamicScalingOutSuspended",
        "ReturnData",
        "ScheduledScalingSuspended",
    }
)
_MOMENTS = frozenset({"EndTime", "StartTime"})
_CONFIGURATIONS = (
    "PredictiveScalingPolicyConfiguration",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
)
_ID_PARTS = 3


@resource("AWS::ApplicationAutoScaling::ScalableTarget")
class ScalableTargetResource:
    """Its physical id, and what Ref answers, is `resource id|scalable dimension|service namespace`."""

    properties = frozenset(
        {
            "MaxCapacity",
            "MinCapacity",
            "ResourceId",
            "RoleARN",
            "ScalableDimension",
            "ScheduledActions",
            "ServiceNamespace",
            "SuspendedState",
            "Tags",
        }
    )
    replaced_by = frozenset({"ResourceId", "ScalableDimension", "ServiceNamespace"})
    stored = frozenset({"RoleARN"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        address = Address(properties["ServiceNamespace"], properties["ResourceId"], properties["ScalableDimension"])
        physical_id = f"{address.resource_id}|{address.dimension}|{address.namespace}"
        wanted = {
            "ServiceNamespace": address.namespace,
            "ResourceIds": [address.resource_id],
            "ScalableDimension": address.dimension,
        }
        is_own = deployment.has_called(_SERVICE, "RegisterScalableTarget")
        found = await deployment.call(_SERVICE, "DescribeScalableTargets", wanted)
        if found["ScalableTargets"] and not is_own:
            raise ValidationException(f"{physical_id} already exists")
        await _register(deployment, address, properties)
        await deployment.begun(physical_id)
        await _schedule(deployment, address, {}, properties)
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        address = _address_of(physical_id)
        await _register(deployment, address, new)
        await _untag(deployment, address, old, new)
        await _schedule(deployment, address, old, new)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call(_SERVICE, "DeregisterScalableTarget", _address_of(physical_id).members)
        except ObjectNotFoundException:
            return


@resource("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicyResource:
    """Its physical id, and what Ref answers, is the policy's ARN."""

    properties = frozenset(
        {
            "PolicyName",
            "PolicyType",
            "PredictiveScalingPolicyConfiguration",
            "ResourceId",
            "ScalableDimension",
            "ScalingTargetId",
            "ServiceNamespace",
            "StepScalingPolicyConfiguration",
            "TargetTrackingScalingPolicyConfiguration",
        }
    )
    replaced_by = frozenset({"PolicyName", "ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"})
    stored = frozenset({"PredictiveScalingPolicyConfiguration", "StepScalingPolicyConfiguration"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {
            **_address_of_policy(properties).members,
            "PolicyName": properties["PolicyName"],
            "PolicyType": properties["PolicyType"],
        }
        request |= {name: _wire(properties[name]) for name in _CONFIGURATIONS if name in properties}
        arn = (await deployment.call(_SERVICE, "PutScalingPolicy", request))["PolicyARN"]
        return Made(arn, {"Arn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {**_address_of_policy(properties).members, "PolicyName": properties["PolicyName"]}
        try:
            await deployment.call(_SERVICE, "DeleteScalingPolicy", request)
        except ObjectNotFoundException:
            return


async def _register(deployment: Deployment, address: Address, properties: Properties) -> None:
    request: dict[str, Any] = {
        **address.members,
        "MinCapacity": _wire(properties["MinCapacity"], "MinCapacity"),
        "MaxCapacity": _wire(properties["MaxCapacity"], "MaxCapacity"),
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
            **_wire(properties.get("SuspendedState") or {}),
        },
    }
    if "RoleARN" in properties:
        request["RoleARN"] = properties["RoleARN"]
    if tags := deployment.tags | _own_tags(properties):
        request["Tags"] = tags
    await deployment.call(_SERVICE, "RegisterScalableTarget", request)


async def _untag(deployment: Deployment, address: Address, old: Properties, new: Properties) -> None:
    if gone := sorted(_own_tags(old).keys() - _own_tags(new).keys()):
        wanted = {
            "ServiceNamespace": address.namespace,
            "ResourceIds": [address.resource_id],
            "ScalableDimension": address.dimension,
        }
        found = await deployment.call(_SERVICE, "DescribeScalableTargets", wanted)
        for target in found["ScalableTargets"]:
            request = {"ResourceARN": target["ScalableTargetARN"], "TagKeys": gone}
            await deployment.call(_SERVICE, "UntagResource", request)


def _own_tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


async def _schedule(deployment: Deployment, address: Address, old: Properties, new: Properties) -> None:
    before, wanted = _actions_of(old), _actions_of(new)
    for name in before:
        if before[name] != wanted.get(name):
            await _unschedule(deployment, address, name)
    for name, action in wanted.items():
        if action != before.get(name):
            await deployment.call(_SERVICE, "PutScheduledAction", {**address.members, **_wire(action)})


async def _unschedule(deployment: Deployment, address: Address, name: str) -> None:
    """Remove an action. Why one that changes, too: what its new form leaves out would stay otherwise."""
    try:
        await deployment.call(_SERVICE, "DeleteScheduledAction", {**address.members, "ScheduledActionName": name})
    except ObjectNotFoundException:
        return


def _actions_of(properties: Properties) -> dict[str, dict[str, Any]]:
    return {action["ScheduledActionName"]: action for action in properties.get("ScheduledActions") or ()}


def _address_of(physical_id: str) -> Address:
    """The target that a physical id names. Raises ValidationException."""
    parts = physical_id.rsplit("|", _ID_PARTS - 1)
    if len(parts) != _ID_PARTS:
        raise ValidationException(f"{physical_id} is not the id of a scalable target")
    return Address(parts[2], parts[0], parts[1])


def _address_of_policy(properties: Properties) -> Address:
    names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    given = [properties[name] for name in names if name in properties]
    if "ScalingTargetId" in properties and not given:
        return _address_of(properties["ScalingTargetId"])
    if "ScalingTargetId" in properties or len(given) != len(names):
        raise ValidationException(
            "Either ScalingTargetId or all three of [ResourceId, ScalableDimension, ServiceNamespace] must be specified"
        )
    return Address(*given)


def _wire(value: Any, name: str = "") -> Any:
    """A template's value as the API has it: numbers, flags and moments may be text. Raises ValidationException."""
    if isinstance(value, dict):
        return {key: _wire(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_wire(member) for member in value]
    try:
        if name in _INTEGERS:
            return int(value)
        if name in _NUMBERS:
            return float(value)
        if name in _MOMENTS:
            moment = datetime.fromisoformat(str(value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError) as error:
        raise ValidationException(f"{value} is not a value for {name}") from error
    if name in _FLAGS and isinstance(value, str):
        return value.lower() == "true"
    return value
