"""Auto scaling of tables and indexes: what DynamoDB's operations say of it, as calls of Application Auto Scaling."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from serein.kernel.call import Call
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.tables import TableDefinition

_SERVICE = "application-autoscaling"
_NAMESPACE = "dynamodb"
READ, WRITE = "ReadCapacityUnits", "WriteCapacityUnits"
_METRICS = {READ: "DynamoDBReadCapacityUtilization", WRITE: "DynamoDBWriteCapacityUtilization"}


class Scalable(NamedTuple):
    """A table's or, with `index_name` given, an index's read or write capacity in one region."""

    scope: Scope
    table: str
    units: str
    index_name: str = ""

    @property
    def members(self) -> dict[str, str]:
        """What Application Auto Scaling calls it."""
        kind = "index" if self.index_name else "table"
        suffix = f"/index/{self.index_name}" if self.index_name else ""
        return {
            "ServiceNamespace": _NAMESPACE,
            "ResourceId": f"table/{self.table}{suffix}",
            "ScalableDimension": f"dynamodb:{kind}:{self.units}",
        }


def scalables(definition: TableDefinition, scope: Scope, units: Iterable[str] = (READ, WRITE)) -> list[Scalable]:
    """All that can scale of a provisioned table."""
    names = ["", *(index.name for index in definition.indexes if index.is_global)]
    return [Scalable(scope, definition.name, one, name) for name in names for one in units]


async def find_target(call: Call, scalable: Scalable) -> dict[str, Any] | None:
    """Return the scalable target, or None."""
    members = scalable.members
    request = {
        "ServiceNamespace": _NAMESPACE,
        "ResourceIds": [members["ResourceId"]],
        "ScalableDimension": members["ScalableDimension"],
    }
    reply = await call.to(_SERVICE, "DescribeScalableTargets", request, scalable.scope)
    targets: list[dict[str, Any]] = reply["ScalableTargets"]
    return targets[0] if targets else None


async def find_policies(call: Call, scalable: Scalable) -> list[dict[str, Any]]:
    """The target-tracking policies of a scalable target, in AWS's form."""
    reply = await call.to(_SERVICE, "DescribeScalingPolicies", scalable.members, scalable.scope)
    policies: list[dict[str, Any]] = reply["ScalingPolicies"]
    return [policy for policy in policies if policy["PolicyType"] == "TargetTrackingScaling"]


async def describe_scaling(call: Call, scalable: Scalable) -> dict[str, Any] | None:
    """AutoScalingSettingsDescription, or None when nothing scales."""
    target = await find_target(call, scalable)
    if target is None:
        return None
    described: dict[str, Any] = {
        "MinimumUnits": target["MinCapacity"],
        "MaximumUnits": target["MaxCapacity"],
        "AutoScalingDisabled": target.get("SuspendedState", {}).get("DynamicScalingOutSuspended", False),
        "ScalingPolicies": [_policy(policy) for policy in await find_policies(call, scalable)],
    }
    if "RoleARN" in target:
        described["AutoScalingRoleArn"] = target["RoleARN"]
    return described


def _policy(policy: dict[str, Any]) -> dict[str, Any]:
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    names = ("DisableScaleIn", "ScaleInCooldown", "ScaleOutCooldown", "TargetValue")
    return {
        "PolicyName": policy["PolicyName"],
        "TargetTrackingScalingPolicyConfiguration": {name: tracking[name] for name in names if name in tracking},
    }


async def update_scaling(call: Call, scalable: Scalable, update: dict[str, Any]) -> None:
    """Do what an AutoScalingSettingsUpdate says. Raises ValidationException."""
    members, scope = scalable.members, scalable.scope
    if update.get("AutoScalingDisabled"):
        await remove_scaling(call, scalable)
        return
    known = await find_target(call, scalable)
    if known is None and not ("MinimumUnits" in update and "MaximumUnits" in update):
        raise ValidationException(
            "One or more parameter values were invalid: MinimumUnits and MaximumUnits must be specified when auto "
            f"scaling is switched on for {members['ResourceId']}"
        )
    target: dict[str, Any] = {**members}
    for name, given in (("MinCapacity", "MinimumUnits"), ("MaxCapacity", "MaximumUnits")):
        if given in update:
            target[name] = update[given]
    if "AutoScalingRoleArn" in update:
        target["RoleARN"] = update["AutoScalingRoleArn"]
    await call.to(_SERVICE, "RegisterScalableTarget", target, scope)
    policy = update.get("ScalingPolicyUpdate")
    if policy is None:
        return
    name = policy.get("PolicyName") or f"DynamoDB{scalable.units}Utilization:{members['ResourceId']}"
    for other in await find_policies(call, scalable):
        if other["PolicyName"] != name:
            await call.to(_SERVICE, "DeleteScalingPolicy", {**members, "PolicyName": other["PolicyName"]}, scope)
    await _put_policy(call, scalable, name, policy["TargetTrackingScalingPolicyConfiguration"])


async def remove_scaling(call: Call, scalable: Scalable) -> None:
    """Let a capacity scale no more; not an error when it doesn't."""
    if await find_target(call, scalable) is not None:
        await call.to(_SERVICE, "DeregisterScalableTarget", scalable.members, scalable.scope)


async def _put_policy(call: Call, scalable: Scalable, name: str, tracking: dict[str, Any]) -> None:
    configuration = {
        **tracking,
        "PredefinedMetricSpecification": {"PredefinedMetricType": _METRICS[scalable.units]},
    }
    request = {
        **scalable.members,
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": configuration,
    }
    await call.to(_SERVICE, "PutScalingPolicy", request, scalable.scope)


async def copy_scaling(call: Call, definition: TableDefinition, source: Scope, target: Scope) -> None:
    """Let a table's replica in another region scale as the table does."""
    if definition.billing != "PROVISIONED":
        return
    for scalable in scalables(definition, source):
        described = await describe_scaling(call, scalable)
        if described is None:
            continue
        there = scalable._replace(scope=target)
        request = {
            **there.members,
            "MinCapacity": described["MinimumUnits"],
            "MaxCapacity": described["MaximumUnits"],
        }
        await call.to(_SERVICE, "RegisterScalableTarget", request, target)
        for policy in described["ScalingPolicies"]:
            tracking = policy["TargetTrackingScalingPolicyConfiguration"]
            await _put_policy(call, there, policy["PolicyName"], tracking)


async def require_scaled_writes(call: Call, definition: TableDefinition, scope: Scope) -> None:
    """Check that a provisioned table's writes scale, as a replica needs. Raises ValidationException."""
    if definition.billing != "PROVISIONED":
        return
    for scalable in scalables(definition, scope, (WRITE,)):
        if not await find_policies(call, scalable):
            what = "Index" if scalable.index_name else "Table"
            raise ValidationException(f"{what} write capacity should either be Pay-Per-Request or AutoScaled.")
