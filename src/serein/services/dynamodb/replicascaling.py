"""Auto scaling of all replicas of a table at once."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.replicachanges import invalid
from serein.services.dynamodb.replicas import ReplicaDefinition
from serein.services.dynamodb.scaling import READ, WRITE, Scalable, describe_scaling
from serein.services.dynamodb.store.tables import find_table_by_id, require_described_table
from serein.services.dynamodb.tables import Table

Request = dict[str, Any]
_WRITE = "ProvisionedWriteCapacityAutoScalingUpdate"
_READ = "ProvisionedReadCapacityAutoScalingUpdate"


def replicas_of(tx: Transaction, scope: Scope, name: str) -> dict[str, Table]:
    """A table and its replicas by region, the table first. Raises ResourceNotFoundException."""
    table = require_described_table(tx, scope, name)
    found = {ReplicaDefinition(table.id, table.arn).region: table}
    for replica in table.replicas:
        other = find_table_by_id(tx, replica.id)
        if other is not None:
            found[replica.region] = other
    return found


def wanted_scaling(request: Request, replicas: dict[str, Table]) -> list[tuple[Scalable, Request]]:
    """What a request wants of what scales. Raises AWS's errors when there is nothing, or no such thing."""
    table = next(iter(replicas.values()))
    if table.definition.billing != "PROVISIONED":
        raise ValidationException(
            "One or more parameter values were invalid: Auto scaling settings cannot be changed when BillingMode is "
            "PAY_PER_REQUEST"
        )
    found: list[tuple[Scalable, Request | None]] = []
    for one in replicas.values():
        found.append((_scalable(one, WRITE), request.get(_WRITE)))
        for index in request.get("GlobalSecondaryIndexUpdates", []):
            found.append((_index_scalable(one, WRITE, index), index.get(_WRITE)))
    for replica in request.get("ReplicaUpdates", []):
        region = replica["RegionName"]
        if region not in replicas:
            raise ResourceNotFoundException(f"Requested resource not found: Replica in region {region} not found")
        one = replicas[region]
        found.append((_scalable(one, READ), replica.get(f"Replica{_READ}")))
        for index in replica.get("ReplicaGlobalSecondaryIndexUpdates", []):
            found.append((_index_scalable(one, READ, index), index.get(_READ)))
    wanted = [(scalable, update) for scalable, update in found if update is not None]
    if not wanted:
        raise invalid("At least one auto scaling setting must be specified")
    return wanted


def _scalable(table: Table, units: str, index_name: str = "") -> Scalable:
    return Scalable(ReplicaDefinition(table.id, table.arn).scope, table.name, units, index_name)


def _index_scalable(table: Table, units: str, update: Request) -> Scalable:
    name = update.get("IndexName", "")
    index = table.find_index(name)
    if index is None or not index.is_global:
        raise ResourceNotFoundException(f"Requested resource not found: Index: {name} not found")
    return _scalable(table, units, name)


async def describe_replicas(call: Call, replicas: dict[str, Table]) -> dict[str, Any]:
    """TableAutoScalingDescription."""
    table = next(iter(replicas.values()))
    return {
        "TableName": table.name,
        "TableStatus": table.definition.status,
        "Replicas": [await _describe(call, region, one) for region, one in replicas.items()],
    }


async def _describe(call: Call, region: str, table: Table) -> dict[str, Any]:
    described: dict[str, Any] = {"RegionName": region, "ReplicaStatus": table.definition.status}
    if table.definition.billing == "PROVISIONED":
        await _add(call, described, _scalable(table, READ), "ReplicaProvisionedRead")
        await _add(call, described, _scalable(table, WRITE), "ReplicaProvisionedWrite")
    for index in table.definition.indexes:
        if not index.is_global:
            continue
        one = {"IndexName": index.name, "IndexStatus": "CREATING" if index.is_backfilling else "ACTIVE"}
        if table.definition.billing == "PROVISIONED":
            await _add(call, one, _scalable(table, READ, index.name), "ProvisionedRead")
            await _add(call, one, _scalable(table, WRITE, index.name), "ProvisionedWrite")
        described.setdefault("GlobalSecondaryIndexes", []).append(one)
    return described


async def _add(call: Call, described: dict[str, Any], scalable: Scalable, prefix: str) -> None:
    found = await describe_scaling(call, scalable)
    if found is not None:
        described[f"{prefix}CapacityAutoScalingSettings"] = found
