"""Global tables of version 2017.11.29: empty tables of one name in several regions, joined by CreateGlobalTable."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import (
    GlobalTableAlreadyExistsException,
    GlobalTableNotFoundException,
    ReplicaAlreadyExistsException,
    ReplicaNotFoundException,
    TableNotFoundException,
)
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.membership import leave
from serein.services.dynamodb.replicachanges import invalid, require_region
from serein.services.dynamodb.replicas import LEGACY, ReplicaDefinition, Replication
from serein.services.dynamodb.store import globaltables as rows
from serein.services.dynamodb.store import items
from serein.services.dynamodb.store.tables import find_table, replace_definition
from serein.services.dynamodb.tables import Table, TableDefinition
from serein.services.dynamodb.vectors.descriptions import settings

Described = dict[str, Any]


def create_global_table(tx: Transaction, scope: Scope, name: str, regions: list[str]) -> Described:
    """Join tables of one name. Raises AWS's errors."""
    if rows.find_creation(tx, scope.account, name) is not None:
        raise GlobalTableAlreadyExistsException(f"Global table with name: '{name}' already exists")
    joined = _require_tables(tx, scope, name, regions)
    _require_alike(joined)
    rows.append_global_table(tx, scope.account, name, regions)
    _join(tx, joined, [])
    return describe_global_table(tx, scope, name, "CREATING")


def update_global_table(tx: Transaction, scope: Scope, name: str, added: list[str], removed: list[str]) -> Described:
    """Add and remove replicas. Raises AWS's errors."""
    replicas = require_replicas(tx, scope, name)
    for region in added:
        if region in replicas:
            raise ReplicaAlreadyExistsException(f"Replica already exists in region: {region}")
    for region in removed:
        if region not in replicas:
            raise ReplicaNotFoundException(f"Replica not found in region: {region}")
    joined = _require_tables(tx, scope, name, added)
    if joined:
        _require_alike([*joined, *replicas.values()])
        if any(items.keys_of(tx, table.id, 1) for table in replicas.values()):
            raise invalid("No replica of a global table may contain data when another is added")
        rows.append_regions(tx, scope.account, name, added)
        _join(tx, joined, list(replicas.values()))
    for region in removed:
        table = find_table(tx, Scope(scope.account, region), name)
        if table is not None:
            leave(tx, table.definition)
    if rows.find_creation(tx, scope.account, name) is None:
        return _described(scope, name, 0.0, [], "DELETING")
    return describe_global_table(tx, scope, name, "UPDATING")


def require_replicas(tx: Transaction, scope: Scope, name: str) -> dict[str, Table]:
    """A global table's replicas by region. Raises GlobalTableNotFoundException."""
    if rows.find_creation(tx, scope.account, name) is None:
        raise GlobalTableNotFoundException(f"Global table not found: Global table with name: '{name}' does not exist.")
    found = {}
    for region in rows.regions_of(tx, scope.account, name):
        table = find_table(tx, Scope(scope.account, region), name)
        if table is not None:
            found[region] = table
    return found


def describe_global_table(tx: Transaction, scope: Scope, name: str, status: str = "ACTIVE") -> Described:
    """GlobalTableDescription. Raises GlobalTableNotFoundException."""
    replicas = require_replicas(tx, scope, name)
    created_at = rows.find_creation(tx, scope.account, name) or 0.0
    group = [
        {"RegionName": region, "ReplicaStatus": table.definition.status, "ReplicaArn": table.arn}
        for region, table in replicas.items()
    ]
    return _described(scope, name, created_at, group, status)


def _described(scope: Scope, name: str, created_at: float, group: list[Described], status: str) -> Described:
    return {
        "ReplicationGroup": group,
        "GlobalTableArn": f"arn:{scope.partition}:dynamodb::{scope.account}:global-table/{name}",
        "CreationDateTime": created_at,
        "GlobalTableStatus": status,
        "GlobalTableName": name,
    }


def parse_regions(given: list[dict[str, str]], local_region: str) -> list[str]:
    """The regions of a request. Raises ValidationException for none, for one given twice, and for what is none."""
    regions = [one["RegionName"] for one in given if "RegionName" in one]
    if not regions or len(regions) != len(given):
        raise invalid("RegionName must be specified for every replica, and there must be one")
    for region in regions:
        require_region(region, local_region)
    if len(set(regions)) != len(regions):
        raise invalid("A region can only be given once")
    return regions


def _require_tables(tx: Transaction, scope: Scope, name: str, regions: list[str]) -> list[Table]:
    found = []
    for region in regions:
        table = find_table(tx, Scope(scope.account, region), name)
        if table is None:
            raise TableNotFoundException(f"Table not found: {name} in region {region}")
        if table.definition.replication is not None:
            raise invalid(f"Table {name} in region {region} is a replica of a global table already")
        found.append(table)
    for table in found:
        if table.stream is None or table.stream.view_type != "NEW_AND_OLD_IMAGES":
            raise invalid(f"Table {table.arn} must have a stream with StreamViewType NEW_AND_OLD_IMAGES")
        if items.keys_of(tx, table.id, 1):
            raise invalid(f"Table {table.arn} must be empty")
    return found


def _require_alike(tables: list[Table]) -> None:
    """Check what has to be the same in all replicas. Raises ValidationException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html
    """
    first = tables[0].definition
    for table in tables[1:]:
        other = table.definition
        if (first.key_schema, _key_types(first)) != (other.key_schema, _key_types(other)):
            raise invalid("The tables of a global table must have the same key schema")
        if _indexes(first) != _indexes(other):
            raise invalid("The tables of a global table must have the same secondary indexes")
        if first.billing != other.billing or _writes(first) != _writes(other):
            raise invalid("The tables of a global table must have the same billing mode and write capacity units")


def _key_types(definition: TableDefinition) -> list[str]:
    return [definition.attributes[element["AttributeName"]] for element in definition.key_schema]


def _indexes(definition: TableDefinition) -> dict[str, Any]:
    vectors = {index.name: settings(index) for index in definition.vectors}
    return {index.name: (index.is_global, index.key_schema) for index in definition.indexes} | vectors


def _writes(definition: TableDefinition) -> dict[str, Any]:
    units = {index.name: (index.throughput or {}).get("WriteCapacityUnits") for index in definition.indexes}
    return {"": definition.throughput.get("WriteCapacityUnits"), **units}


def _join(tx: Transaction, joined: list[Table], others: list[Table]) -> None:
    """Make tables, which are all empty or already joined, replicas of one another."""
    tables = [*others, *joined]
    members = [ReplicaDefinition(table.id, table.arn) for table in tables]
    for table in tables:
        replace_definition(tx, changed(table.definition, replication=Replication(LEGACY, members)))
