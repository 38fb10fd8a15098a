"""Settings that AWS keeps the same in all replicas of a global table, and those that a replica may have for itself.

AWS: billing mode, write capacity, indexes, kind of encryption, time to live and warm throughput are always the same;
read capacity and table class unless a replica overrides them; deletion protection, point-in-time recovery, tags,
contributor insights, Kinesis destinations and resource policies are each replica's own
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html).
"""

from typing import Any

import msgspec

from serein.services.dynamodb.definitions import new_id
from serein.services.dynamodb.replicas import LEGACY, ReplicaDefinition
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition


def mirrored(source: TableDefinition, target: TableDefinition, replica: ReplicaDefinition) -> TableDefinition:
    """A replica's definition once it follows another's. `replica` is what the global table says of it."""
    own = _own_overrides(source)
    return msgspec.structs.replace(
        target,
        attributes=source.attributes,
        billing=source.billing,
        on_demand_since=source.on_demand_since,
        throughput=_throughput(source.throughput, target.throughput, replica.read_units, keeps=own.read_units),
        on_demand=_on_demand(source, source.on_demand, target.on_demand, replica.most_reads, keeps=own.most_reads),
        indexes=[_index(source, index, target, replica, own) for index in source.indexes],
        vectors=[_vector_index(index, target) for index in source.vectors],
        sse=_encryption(source, target, replica),
        table_class=replica.table_class or (target.table_class if own.table_class else source.table_class),
        warm=source.warm,
        ttl_attribute=source.ttl_attribute,
        ttl_is_enabled=source.ttl_is_enabled,
        replication=source.replication,
    )


def with_own_overrides(old: TableDefinition, new: TableDefinition) -> TableDefinition:
    """A replica's changed definition: where it overrides settings, the change is one of its override."""
    own, replication = _own_overrides(old), new.replication
    if replication is None or own == ReplicaDefinition(own.id, own.arn, own.is_copying, own.kms_key):
        return new
    changed = msgspec.structs.replace(
        own,
        read_units=own.read_units and new.throughput.get("ReadCapacityUnits"),
        most_reads=own.most_reads and (new.on_demand or {}).get("MaxReadRequestUnits", own.most_reads),
        table_class=own.table_class and (new.table_class or ""),
    )
    members = [changed if member.id == own.id else member for member in replication.members]
    return msgspec.structs.replace(new, replication=msgspec.structs.replace(replication, members=members))


def is_mirroring(definition: TableDefinition) -> bool:
    """Whether changes of a table's settings reach its replicas.

    AWS: the tables of a global table of version 2017.11.29 are each changed for themselves.
    """
    return definition.replication is not None and definition.replication.version != LEGACY


def _own_overrides(definition: TableDefinition) -> ReplicaDefinition:
    members = definition.replication.members if definition.replication else []
    found = next((member for member in members if member.id == definition.id), None)
    return found or ReplicaDefinition(definition.id, definition.arn)


def _throughput(source: dict[str, Any], target: dict[str, Any], read: int | None, *, keeps: object) -> dict[str, Any]:
    if not source:
        return {}
    if read is None and keeps:
        read = target.get("ReadCapacityUnits")
    return source if read is None else {**source, "ReadCapacityUnits": read}


def _on_demand(
    definition: TableDefinition,
    source: dict[str, Any] | None,
    target: dict[str, Any] | None,
    most: int | None,
    *,
    keeps: object,
) -> dict[str, Any] | None:
    if definition.billing == "PROVISIONED" or (most is None and not keeps):
        return source
    shared = {name: value for name, value in (source or {}).items() if name != "MaxReadRequestUnits"}
    reads = most or (target or {}).get("MaxReadRequestUnits")
    return ({**shared, "MaxReadRequestUnits": reads} if reads else shared) or None


def _index(
    source: TableDefinition,
    index: IndexDefinition,
    target: TableDefinition,
    replica: ReplicaDefinition,
    own: ReplicaDefinition,
) -> IndexDefinition:
    before = next((one for one in target.indexes if one.name == index.name), None)
    units, kept = replica.indexes.get(index.name, {}), own.indexes.get(index.name, {})
    throughput = _throughput(
        index.throughput or {},
        (before.throughput if before else None) or {},
        units.get("ReadCapacityUnits"),
        keeps=kept.get("ReadCapacityUnits"),
    )
    on_demand = _on_demand(
        source,
        index.on_demand,
        before.on_demand if before else None,
        units.get("MaxReadRequestUnits"),
        keeps=kept.get("MaxReadRequestUnits"),
    )
    return msgspec.structs.replace(
        index,
        id=before.id if before else new_id(),
        throughput=throughput or None,
        on_demand=on_demand,
        is_backfilling=before.is_backfilling if before else True,
    )


def _vector_index(index: VectorIndexDefinition, target: TableDefinition) -> VectorIndexDefinition:
    before = next((one for one in target.vectors if one.name == index.name), None)
    return msgspec.structs.replace(
        index,
        id=before.id if before else new_id(),
        is_backfilling=before.is_backfilling if before else True,
    )


def _encryption(source: TableDefinition, target: TableDefinition, replica: ReplicaDefinition) -> dict[str, Any] | None:
    if not source.sse or not source.sse.get("Enabled"):
        return source.sse
    members = {name: value for name, value in source.sse.items() if name != "KMSMasterKeyId"}
    key = replica.kms_key or (target.sse or {}).get("KMSMasterKeyId", "")
    return {**members, "KMSMasterKeyId": key} if key else members
