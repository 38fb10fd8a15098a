"""AWS::DynamoDB::GlobalTable with one replica, in the stack's region: what CDK's `TableV2` makes."""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.dynamodb.resources.table import TableResource

_SHARED = (
    "AttributeDefinitions",
    "BillingMode",
    "KeySchema",
    "LocalSecondaryIndexes",
    "SSESpecification",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
    "WarmThroughput",
)
_OF_REPLICA = (
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "TableClass",
    "Tags",
)
_UNITS = ("Read", "Write")


@resource("AWS::DynamoDB::GlobalTable")
class GlobalTable:
    """A global table; more than one replica is refused."""

    replaced_by = frozenset(("TableName", "KeySchema", "LocalSecondaryIndexes"))
    stored = frozenset(
        (
            "ReadOnDemandThroughputSettings",
            "ReadProvisionedThroughputSettings",
            "SSESpecification",
            "WarmThroughput",
            "WriteOnDemandThroughputSettings",
            "WriteProvisionedThroughputSettings",
        )
    )
    properties = frozenset(
        (
            "AttributeDefinitions",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "GlobalTableSettingsReplicationMode",
            "GlobalTableWitnesses",
            "KeySchema",
            "LocalSecondaryIndexes",
            "MultiRegionConsistency",
            "ReadOnDemandThroughputSettings",
            "ReadProvisionedThroughputSettings",
            "Replicas",
            "SSESpecification",
            "StreamSpecification",
            "TableName",
            "Tags",
            "TimeToLiveSpecification",
            "WarmThroughput",
            "WriteOnDemandThroughputSettings",
            "WriteProvisionedThroughputSettings",
        )
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return await TableResource().create(deployment, _as_table(deployment, properties))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        before, after = _as_table(deployment, old), _as_table(deployment, new)
        return await TableResource().update(deployment, physical_id, before, after)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await TableResource().delete(deployment, physical_id, properties)


def _as_table(deployment: Deployment, properties: Properties) -> Properties:
    """The properties of the same table as an AWS::DynamoDB::Table. Raises NotImplementedHere for a second region."""
    replicas = properties.get("Replicas", [])
    regions = [replica.get("Region") for replica in replicas]
    if len(replicas) != 1 or regions[0] != deployment.scope.region:
        raise NotImplementedHere(
            "Serein implements AWS::DynamoDB::GlobalTable with one replica, in the stack's region; "
            f"this one has {', '.join(map(str, regions)) or 'none'}"
        )
    for name in ("GlobalTableWitnesses", "MultiRegionConsistency", "GlobalTableSettingsReplicationMode"):
        if properties.get(name):
            raise NotImplementedHere(f"Serein does not implement {name} of AWS::DynamoDB::GlobalTable yet")
    table = {name: properties[name] for name in _SHARED if name in properties}
    table |= {name: replicas[0][name] for name in _OF_REPLICA if name in replicas[0]}
    if "GlobalSecondaryIndexes" in properties:
        table["GlobalSecondaryIndexes"] = [_index(index, properties) for index in properties["GlobalSecondaryIndexes"]]
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        table["ProvisionedThroughput"] = _throughput({**replicas[0], **properties})
    return table


def _index(index: dict[str, Any], properties: Properties) -> dict[str, Any]:
    members: dict[str, Any] = {name: index[name] for name in ("IndexName", "KeySchema", "Projection") if name in index}
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        members["ProvisionedThroughput"] = _throughput(index)
    return members


def _throughput(members: dict[str, Any]) -> dict[str, int]:
    """The least units of the auto-scaling settings: scaling has no effect here."""
    return {f"{unit}CapacityUnits": _least(members.get(f"{unit}ProvisionedThroughputSettings", {})) for unit in _UNITS}


def _least(settings: dict[str, Any]) -> int:
    for name in ("ReadCapacityAutoScalingSettings", "WriteCapacityAutoScalingSettings"):
        if name in settings:
            return int(settings[name]["MinCapacity"])
    return int(settings.get("ReadCapacityUnits", 1))
