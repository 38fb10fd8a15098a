"""Settings of global tables of version 2017.11.29: what requests want of each replica, and how they are described."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import IndexNotFoundException, ReplicaNotFoundException
from serein.services.dynamodb.replicachanges import invalid
from serein.services.dynamodb.scaling import READ, WRITE, Scalable, describe_scaling
from serein.services.dynamodb.tables import IndexDefinition, Table, TableDefinition

Request = dict[str, Any]
_WRITE_SCALING = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"
_READ_SCALING = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"
_GLOBAL_INDEXES = "GlobalTableGlobalSecondaryIndexSettingsUpdate"
_REPLICA_INDEXES = "ReplicaGlobalSecondaryIndexSettingsUpdate"


def scope_of(table: Table) -> Scope:
    """The account and region of a table."""
    arn = find_arn(table.arn)
    return arn.scope if arn is not None else Scope()


def require_known(request: Request, replicas: dict[str, Table]) -> None:
    """Check that a request speaks of replicas and indexes that there are, and says something. Raises AWS's errors."""
    if len(request) < 2:
        raise invalid("At least one setting of the global table must be specified")
    for update in request.get("ReplicaSettingsUpdate", []):
        region = update["RegionName"]
        if region not in replicas:
            raise ReplicaNotFoundException(f"Replica not found in region: {region}")
        for index in update.get(_REPLICA_INDEXES, []):
            _require_index(replicas[region], index["IndexName"])
    for index in request.get(_GLOBAL_INDEXES, []):
        for table in replicas.values():
            _require_index(table, index["IndexName"])


def _require_index(table: Table, name: str) -> None:
    if not any(index.name == name and index.is_global for index in table.indexes):
        raise IndexNotFoundException(f"Index not found: {name}")


def update_requests(request: Request, replicas: dict[str, Table]) -> dict[str, Request]:
    """What UpdateTable would be asked for in each region; regions without a change are left out."""
    by_region = {update["RegionName"]: update for update in request.get("ReplicaSettingsUpdate", [])}
    wanted = {
        region: _update_request(request, by_region.get(region, {}), table.definition)
        for region, table in replicas.items()
    }
    return {region: update for region, update in wanted.items() if update}


def _update_request(request: Request, own: Request, definition: TableDefinition) -> Request:
    update: Request = {}
    billing = request.get("GlobalTableBillingMode", definition.billing)
    if billing != definition.billing:
        update["BillingMode"] = billing
    units = _units(
        definition.throughput,
        own.get("ReplicaProvisionedReadCapacityUnits"),
        request.get("GlobalTableProvisionedWriteCapacityUnits"),
    )
    if units is not None:
        update["ProvisionedThroughput"] = units
    if billing == "PROVISIONED" and "BillingMode" in update and units is None:
        raise invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    indexes = [
        index_update
        for index in definition.indexes
        if index.is_global and (index_update := _index_update(index, request, own)) is not None
    ]
    if indexes:
        update["GlobalSecondaryIndexUpdates"] = indexes
    table_class = own.get("ReplicaTableClass", definition.table_class)
    if table_class != definition.table_class:
        update["TableClass"] = table_class
    return update


def _units(current: Request, read: int | None, write: int | None) -> Request | None:
    """New units, or None when they don't change. Raises ValidationException when one of them isn't known."""
    units = {READ: read or current.get(READ), WRITE: write or current.get(WRITE)}
    if read is None and write is None:
        return None
    if None in units.values():
        raise invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
    return None if all(units[name] == current.get(name) for name in units) else units


def _index_update(index: IndexDefinition, request: Request, own: Request) -> Request | None:
    shared = _named(request.get(_GLOBAL_INDEXES, []), index.name)
    read = _named(own.get(_REPLICA_INDEXES, []), index.name).get("ProvisionedReadCapacityUnits")
    units = _units(index.throughput or {}, read, shared.get("ProvisionedWriteCapacityUnits"))
    return None if units is None else {"Update": {"IndexName": index.name, "ProvisionedThroughput": units}}


def _named(updates: list[Request], name: str) -> Request:
    return next((update for update in updates if update["IndexName"] == name), {})


def scaling_updates(request: Request, replicas: dict[str, Table]) -> list[tuple[Scalable, Request]]:
    """What is to become of the auto scaling of replicas and of their indexes."""
    name = request["GlobalTableName"]
    found: list[tuple[Scalable, Request | None]] = []
    for table in replicas.values():
        scope = scope_of(table)
        found.append((Scalable(scope, name, WRITE), request.get(_WRITE_SCALING)))
        for index in request.get(_GLOBAL_INDEXES, []):
            wanted = index.get("ProvisionedWriteCapacityAutoScalingSettingsUpdate")
            found.append((Scalable(scope, name, WRITE, index["IndexName"]), wanted))
    for update in request.get("ReplicaSettingsUpdate", []):
        scope = scope_of(replicas[update["RegionName"]])
        found.append((Scalable(scope, name, READ), update.get(_READ_SCALING)))
        for index in update.get(_REPLICA_INDEXES, []):
            wanted = index.get("ProvisionedReadCapacityAutoScalingSettingsUpdate")
            found.append((Scalable(scope, name, READ, index["IndexName"]), wanted))
    return [(scalable, wanted) for scalable, wanted in found if wanted is not None]


async def describe_settings(call: Call, replicas: dict[str, Table]) -> list[dict[str, Any]]:
    """ReplicaSettings, by region."""
    return [await _describe(call, region, table) for region, table in replicas.items()]


async def _describe(call: Call, region: str, table: Table) -> dict[str, Any]:
    definition, scope = table.definition, scope_of(table)
    described: dict[str, Any] = {
        "RegionName": region,
        "ReplicaStatus": definition.status,
        "ReplicaProvisionedReadCapacityUnits": definition.throughput.get(READ, 0),
        "ReplicaProvisionedWriteCapacityUnits": definition.throughput.get(WRITE, 0),
    }
    if definition.on_demand_since is not None:
        described["ReplicaBillingModeSummary"] = {
            "BillingMode": definition.billing,
            "LastUpdateToPayPerRequestDateTime": definition.on_demand_since,
        }
    if definition.table_class:
        described["ReplicaTableClassSummary"] = {"TableClass": definition.table_class}
    is_provisioned = definition.billing == "PROVISIONED"
    if is_provisioned:
        await _add_scaling(call, described, Scalable(scope, table.name, READ), "ReplicaProvisionedReadCapacity")
        await _add_scaling(call, described, Scalable(scope, table.name, WRITE), "ReplicaProvisionedWriteCapacity")
    indexes = [index for index in definition.indexes if index.is_global]
    for index in indexes:
        one: dict[str, Any] = {"IndexName": index.name, "IndexStatus": "ACTIVE"}
        if is_provisioned:
            one["ProvisionedReadCapacityUnits"] = (index.throughput or {}).get(READ, 0)
            one["ProvisionedWriteCapacityUnits"] = (index.throughput or {}).get(WRITE, 0)
            await _add_scaling(call, one, Scalable(scope, table.name, READ, index.name), "ProvisionedReadCapacity")
            await _add_scaling(call, one, Scalable(scope, table.name, WRITE, index.name), "ProvisionedWriteCapacity")
        described.setdefault("ReplicaGlobalSecondaryIndexSettings", []).append(one)
    return described


async def _add_scaling(call: Call, described: dict[str, Any], scalable: Scalable, prefix: str) -> None:
    found = await describe_scaling(call, scalable)
    if found is not None:
        described[f"{prefix}AutoScalingSettings"] = found
