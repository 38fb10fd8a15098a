"""Auto scaling of AWS::DynamoDB::GlobalTable, as UpdateTableReplicaAutoScaling takes it."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.dynamodb.resources.conversion import flag, require_members

Members = dict[str, Any]
_READ, _WRITE = "ProvisionedReadCapacityAutoScalingUpdate", "ProvisionedWriteCapacityAutoScalingUpdate"
_SETTINGS = ("MinCapacity", "MaxCapacity", "SeedCapacity", "TargetTrackingScalingPolicyConfiguration")


def write_scaling(properties: Properties) -> Members:
    """How writes scale, as members of the request; empty when they don't."""
    if properties.get("BillingMode", "PROVISIONED") != "PROVISIONED":
        return {}
    request: Members = {}
    if update := _update(properties, "Write"):
        request[_WRITE] = update
    indexes = [
        {"IndexName": index["IndexName"], _WRITE: update}
        for index in properties.get("GlobalSecondaryIndexes") or []
        if (update := _update(index, "Write"))
    ]
    if indexes:
        request["GlobalSecondaryIndexUpdates"] = indexes
    return request


def read_scaling(properties: Properties) -> Members:
    """How each replica's reads scale, as members of the request; empty when they don't."""
    if properties.get("BillingMode", "PROVISIONED") != "PROVISIONED":
        return {}
    replicas = []
    for replica in properties.get("Replicas") or []:
        one: Members = {}
        if update := _update(replica, "Read"):
            one[f"Replica{_READ}"] = update
        indexes = [
            {"IndexName": index["IndexName"], _READ: update}
            for index in replica.get("GlobalSecondaryIndexes") or []
            if (update := _update(index, "Read"))
        ]
        if indexes:
            one["ReplicaGlobalSecondaryIndexUpdates"] = indexes
        if one:
            replicas.append({"RegionName": replica["Region"], **one})
    return {"ReplicaUpdates": replicas} if replicas else {}


def _update(members: Members, kind: str) -> Members:
    scaling = (members.get(f"{kind}ProvisionedThroughputSettings") or {}).get(f"{kind}CapacityAutoScalingSettings")
    if not scaling:
        return {}
    require_members(scaling, f"{kind}CapacityAutoScalingSettings", _SETTINGS)
    given = scaling["TargetTrackingScalingPolicyConfiguration"]
    tracking: Members = {"TargetValue": float(given["TargetValue"])}
    if "DisableScaleIn" in given:
        tracking["DisableScaleIn"] = flag(given["DisableScaleIn"])
    for name in ("ScaleInCooldown", "ScaleOutCooldown"):
        if name in given:
            tracking[name] = int(given[name])
    return {
        "MinimumUnits": int(scaling["MinCapacity"]),
        "MaximumUnits": int(scaling["MaxCapacity"]),
        "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": tracking},
    }
