"""What descriptions of tables say of global tables."""

from typing import Any

from serein.services.dynamodb.replicas import CURRENT, EVENTUAL, ReplicaDefinition, Replication
from serein.services.dynamodb.tables import TableDefinition

Described = dict[str, Any]
_MODE = "ENABLED_WITH_OVERRIDES"


def add_replicas(described: Described, definition: TableDefinition) -> None:
    """Add what a table's description says of its global table, if it is a replica of one.

    AWS: `Replicas` are the others; global tables of version 2017.11.29 show in their own operations only, save for
    their version.
    """
    replication = definition.replication
    if replication is None:
        return
    described["GlobalTableVersion"] = replication.version
    if replication.version != CURRENT:
        return
    described["Replicas"] = [describe_replica(member) for member in replication.members if member.id != definition.id]
    described["MultiRegionConsistency"] = replication.consistency
    described["GlobalTableSettingsReplicationMode"] = _MODE
    if replication.consistency == EVENTUAL:
        described["DisassociationProtectionEnabled"] = not definition.may_leave
    if replication.witness:
        described["GlobalTableWitnesses"] = [{"RegionName": replication.witness, "WitnessStatus": "ACTIVE"}]


def describe_replica(member: ReplicaDefinition) -> Described:
    """A replica as other replicas show it."""
    described: Described = {
        "RegionName": member.region,
        "ReplicaStatus": "CREATING" if member.is_copying else "ACTIVE",
        "ReplicaArn": member.arn,
        "GlobalTableSettingsReplicationMode": _MODE,
    }
    if member.kms_key:
        described["KMSMasterKeyId"] = member.kms_key
    described |= _overrides(member.read_units, member.most_reads)
    indexes = [
        {"IndexName": name, **_overrides(units.get("ReadCapacityUnits"), units.get("MaxReadRequestUnits"))}
        for name, units in member.indexes.items()
    ]
    if indexes:
        described["GlobalSecondaryIndexes"] = indexes
    if member.table_class:
        described["ReplicaTableClassSummary"] = {"TableClass": member.table_class}
    return described


def _overrides(read_units: int | None, most_reads: int | None) -> Described:
    found: Described = {}
    if read_units is not None:
        found["ProvisionedThroughputOverride"] = {"ReadCapacityUnits": read_units}
    if most_reads is not None:
        found["OnDemandThroughputOverride"] = {"MaxReadRequestUnits": most_reads}
    return found


def show_change(described: Described, before: Replication | None, after: Replication | None) -> None:
    """Make a description show replicas and witnesses that a request makes as coming, and those it removes as going."""
    had = {member.arn: member for member in before.members} if before else {}
    has = {member.arn for member in after.members} if after else set()
    own = described["TableArn"]
    shown = {one["ReplicaArn"]: one for one in described.get("Replicas", [])}
    for arn, one in shown.items():
        if arn not in had:
            one["ReplicaStatus"] = "CREATING"
    for arn, member in had.items():
        if arn not in has and arn != own and own in has:
            shown[arn] = {**describe_replica(member), "ReplicaStatus": "DELETING"}
    if after is None and before is not None:
        shown = {
            arn: {**describe_replica(member), "ReplicaStatus": "DELETING"} for arn, member in had.items() if arn != own
        }
    if shown:
        described["Replicas"] = list(shown.values())
    for replication, status in ((before, "DELETING"), (after, "CREATING")):
        other = after if status == "DELETING" else before
        if replication is not None and replication.witness and (other is None or not other.witness):
            described["GlobalTableWitnesses"] = [{"RegionName": replication.witness, "WitnessStatus": status}]
