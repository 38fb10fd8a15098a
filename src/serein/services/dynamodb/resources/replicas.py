"""From AWS::DynamoDB::GlobalTable's properties to those of a table in one region, and to what replicas override."""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.resource import Properties
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.resources.conversion import numbers, require_members

Members = dict[str, Any]
_SHARED = (
    "AttributeDefinitions",
    "BillingMode",
    "KeySchema",
    "LocalSecondaryIndexes",
    "SSESpecification",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
    "VectorIndexes",
    "WarmThroughput",
)
_OWN = (
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "KinesisStreamSpecification",
    "PointInTimeRecoverySpecification",
    "ResourcePolicy",
    "TableClass",
    "Tags",
)
_REPLICA = (
    *_OWN,
    "DisassociationProtectionEnabled",
    "GlobalSecondaryIndexes",
    "GlobalTableSettingsReplicationMode",
    "ReadOnDemandThroughputSettings",
    "ReadProvisionedThroughputSettings",
    "Region",
    "ReplicaStreamSpecification",
    "SSESpecification",
)
_REPLICA_INDEX = (
    "IndexName",
    "ContributorInsightsSpecification",
    "ReadOnDemandThroughputSettings",
    "ReadProvisionedThroughputSettings",
)
_INDEX = (
    "IndexName",
    "KeySchema",
    "Projection",
    "ReadOnDemandThroughputSettings",
    "ReadProvisionedThroughputSettings",
    "WarmThroughput",
    "WriteOnDemandThroughputSettings",
    "WriteProvisionedThroughputSettings",
)
_NOTHING: Members = {}


def replicas_of(properties: Properties, region: str) -> dict[str, Members]:
    """The replicas by region, the stack's first. Raises ValidationException or NotImplementedHere."""
    found: dict[str, Members] = {}
    for number, replica in enumerate(properties.get("Replicas") or []):
        require_members(replica, f"Replicas/{number}", _REPLICA)
        if replica.get("GlobalTableSettingsReplicationMode") == "ENABLED":
            raise NotImplementedHere("Serein does not implement global tables of several accounts")
        if replica["Region"] in found:
            raise ValidationException(f"Invalid request provided: Region {replica['Region']} is given twice")
        found[replica["Region"]] = replica
    if region not in found:
        # AWS: the handler's own message.
        raise ValidationException(
            "Invalid request provided: The Replicas section must contain an entry for the current region"
        )
    return {region: found.pop(region), **found}


def witness_of(properties: Properties) -> str:
    """The region of the witness, or nothing."""
    witnesses = properties.get("GlobalTableWitnesses") or []
    return str(witnesses[0]["Region"]) if witnesses else ""


def require_supported(properties: Properties) -> None:
    """Refuse what Serein doesn't have, and what AWS doesn't take together. Raises AWS's errors."""
    if properties.get("GlobalTableSourceArn") or properties.get("TableType") == "GlobalTableReplica":
        raise NotImplementedHere("Serein does not implement global tables of several accounts")
    is_strong = properties.get("MultiRegionConsistency") == "STRONG"
    if len(properties.get("Replicas") or []) > 1 and not is_strong and not properties.get("StreamSpecification"):
        raise ValidationException(
            "Invalid request provided: StreamSpecification must be specified when there is more than one replica"
        )


def as_table(properties: Properties, replica: Members) -> Properties:
    """What an AWS::DynamoDB::Table in the replica's region would be given."""
    table: Members = {name: properties[name] for name in _SHARED if name in properties}
    table |= {name: replica[name] for name in _OWN if name in replica}
    if "SSESpecification" in properties and "SSESpecification" in replica:
        key = require_members(replica["SSESpecification"], "Replicas/SSESpecification", ("KMSMasterKeyId",))
        table["SSESpecification"] = {**properties["SSESpecification"], **key}
    if "StreamSpecification" in properties and "ReplicaStreamSpecification" in replica:
        allowed = ("ResourcePolicy", "Tags")
        own = require_members(replica["ReplicaStreamSpecification"], "Replicas/ReplicaStreamSpecification", allowed)
        table["StreamSpecification"] = {**properties["StreamSpecification"], **own}
    own_indexes = _indexes_of(replica)
    if "GlobalSecondaryIndexes" in properties:
        table["GlobalSecondaryIndexes"] = [
            _index(index, number, own_indexes.get(index["IndexName"], _NOTHING), properties)
            for number, index in enumerate(properties["GlobalSecondaryIndexes"])
        ]
    _add_capacity(table, properties, replica, properties)
    return table


def _indexes_of(replica: Members) -> dict[str, Members]:
    indexes = replica.get("GlobalSecondaryIndexes") or []
    return {
        index["IndexName"]: require_members(index, "Replicas/GlobalSecondaryIndexes", _REPLICA_INDEX)
        for index in indexes
    }


def _index(index: Members, number: int, own: Members, properties: Properties) -> Members:
    require_members(index, f"GlobalSecondaryIndexes/{number}", _INDEX)
    table: Members = {
        name: index[name] for name in ("IndexName", "KeySchema", "Projection", "WarmThroughput") if name in index
    }
    if "ContributorInsightsSpecification" in own:
        table["ContributorInsightsSpecification"] = own["ContributorInsightsSpecification"]
    _add_capacity(table, index, own, properties)
    return table


def _add_capacity(table: Members, shared: Members, own: Members, properties: Properties) -> None:
    """Units or maxima of a table or an index, from the settings that all replicas share and a replica's own."""
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        read = own.get("ReadProvisionedThroughputSettings") or shared.get("ReadProvisionedThroughputSettings")
        table["ProvisionedThroughput"] = {
            "ReadCapacityUnits": _first_units(read or _NOTHING, "Read"),
            "WriteCapacityUnits": _first_units(shared.get("WriteProvisionedThroughputSettings") or _NOTHING, "Write"),
        }
        return
    most = {
        **numbers(shared.get("ReadOnDemandThroughputSettings") or _NOTHING),
        **numbers(own.get("ReadOnDemandThroughputSettings") or _NOTHING),
        **numbers(shared.get("WriteOnDemandThroughputSettings") or _NOTHING),
    }
    if most:
        table["OnDemandThroughput"] = most


def _first_units(settings: Members, kind: str) -> int:
    """The units to begin with. Raises ValidationException when the settings name none."""
    allowed = (f"{kind}CapacityAutoScalingSettings", f"{kind}CapacityUnits")
    require_members(settings, f"{kind}ProvisionedThroughputSettings", allowed)
    if f"{kind}CapacityUnits" in settings:
        return int(settings[f"{kind}CapacityUnits"])
    scaling = settings.get(f"{kind}CapacityAutoScalingSettings")
    if scaling is None:
        raise ValidationException(
            f"Invalid request provided: {kind}ProvisionedThroughputSettings must be specified when BillingMode is "
            "PROVISIONED"
        )
    return int(scaling.get("SeedCapacity") or scaling["MinCapacity"])


def create_action(properties: Properties, replica: Members) -> Members:
    """ReplicaUpdates' Create for a replica."""
    action: Members = {"RegionName": replica["Region"], **_key(replica), **_overrides(properties, replica)}
    if "TableClass" in replica:
        action["TableClassOverride"] = replica["TableClass"]
    return action


def update_action(before: Properties, old: Members, after: Properties, new: Members) -> Members | None:
    """ReplicaUpdates' Update from a replica's old members to its new ones, or None when nothing differs."""
    action = {**_key(new), **_overrides(after, new)}
    if {**_key(old), **_overrides(before, old)} == action:
        action = {}
    if new.get("TableClass") != old.get("TableClass"):
        action["TableClassOverride"] = new.get("TableClass", "STANDARD")
    return {"RegionName": new["Region"], **action} if action else None


def _key(replica: Members) -> Members:
    key = (replica.get("SSESpecification") or _NOTHING).get("KMSMasterKeyId")
    return {"KMSMasterKeyId": key} if key else {}


def _overrides(properties: Properties, replica: Members) -> Members:
    found = _override(properties, properties, replica)
    own = _indexes_of(replica)
    indexes = [
        {"IndexName": index["IndexName"], **override}
        for index in properties.get("GlobalSecondaryIndexes") or []
        if (override := _override(properties, index, own.get(index["IndexName"], _NOTHING)))
    ]
    return {**found, "GlobalSecondaryIndexes": indexes} if indexes else found


def _override(properties: Properties, shared: Members, own: Members) -> Members:
    """What a replica reads with, also where all share it: the table of the stack's region may have its own."""
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        read = own.get("ReadProvisionedThroughputSettings") or shared.get("ReadProvisionedThroughputSettings")
        if not read:
            return {}
        return {"ProvisionedThroughputOverride": {"ReadCapacityUnits": _first_units(read, "Read")}}
    most = own.get("ReadOnDemandThroughputSettings") or shared.get("ReadOnDemandThroughputSettings")
    return {"OnDemandThroughputOverride": numbers(most)} if most else {}
