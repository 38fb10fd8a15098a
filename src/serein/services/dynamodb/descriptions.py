"""Tables as DescribeTable shows them."""

from typing import Any

from serein.services.dynamodb.counts import Counted, Counts
from serein.services.dynamodb.replicadescriptions import add_replicas
from serein.services.dynamodb.tables import IndexDefinition, Table, TableDefinition
from serein.services.dynamodb.vectors.descriptions import add_vector_indexes

Described = dict[str, Any]
_ON_DEMAND_WARM = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}


_NOTHING = Counted(0, 0, 0.0)


def describe(table: Table, counts: Counts, status: str = "", index_status: str = "") -> Described:
    """A table's description. `status` is what the operation that asks reports (`CREATING`, say)."""
    definition = table.definition
    count, size, _ = counts.get(table.id, _NOTHING)
    described: Described = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in definition.attributes.items()
        ],
        "TableName": definition.name,
        "KeySchema": definition.key_schema,
        "TableStatus": status or definition.status,
        "CreationDateTime": definition.created_at,
        "ProvisionedThroughput": _throughput(definition.throughput),
        "TableSizeBytes": size,
        "ItemCount": count,
        "TableArn": definition.arn,
        "TableId": definition.table_id,
        "DeletionProtectionEnabled": definition.is_protected,
        "WarmThroughput": {**_warm(definition), "Status": "ACTIVE"},
    }
    for index in definition.indexes:
        member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
        described.setdefault(member, []).append(_index(definition, index, counts, index_status))
    add_vector_indexes(described, definition, counts, index_status)
    _add_stream(described, definition)
    _add_settings(described, definition)
    add_replicas(described, definition)
    return described


def _throughput(units: dict[str, Any] | None) -> Described:
    given = units or {}
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": given.get("ReadCapacityUnits", 0),
        "WriteCapacityUnits": given.get("WriteCapacityUnits", 0),
        **{name: given[name] for name in ("LastIncreaseDateTime", "LastDecreaseDateTime") if name in given},
    }


def _warm(definition: TableDefinition) -> Described:
    if definition.warm:
        return definition.warm
    if definition.billing == "PAY_PER_REQUEST":
        return _ON_DEMAND_WARM
    return {
        "ReadUnitsPerSecond": definition.throughput.get("ReadCapacityUnits", 0),
        "WriteUnitsPerSecond": definition.throughput.get("WriteCapacityUnits", 0),
    }


def _index(definition: TableDefinition, index: IndexDefinition, counts: Counts, status: str) -> Described:
    count, size, _ = counts.get(index.id, _NOTHING)
    described: Described = {
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
        "IndexSizeBytes": size,
        "ItemCount": count,
        "IndexArn": f"{definition.arn}/index/{index.name}",
    }
    if index.is_global:
        described["IndexStatus"] = "CREATING" if index.is_backfilling else status or "ACTIVE"
        if index.is_backfilling:
            described["Backfilling"] = True
        described["ProvisionedThroughput"] = _throughput(index.throughput)
        if index.on_demand:
            described["OnDemandThroughput"] = index.on_demand
    return described


def _add_stream(described: Described, definition: TableDefinition) -> None:
    stream = definition.stream
    if stream is not None:
        described["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream.view_type}
    latest = stream or definition.last_stream
    if latest is not None:
        described["LatestStreamLabel"] = latest.label
        described["LatestStreamArn"] = latest.arn


def _add_settings(described: Described, definition: TableDefinition) -> None:
    if definition.on_demand_since is not None:
        described["BillingModeSummary"] = {
            "BillingMode": definition.billing,
            "LastUpdateToPayPerRequestDateTime": definition.on_demand_since,
        }
    if definition.on_demand:
        described["OnDemandThroughput"] = definition.on_demand
    if definition.table_class:
        described["TableClassSummary"] = {"TableClass": definition.table_class}
    if definition.restored:
        described["RestoreSummary"] = definition.restored
    sse = definition.sse
    if sse and sse.get("Enabled"):
        described["SSEDescription"] = {"Status": "ENABLED", "SSEType": sse.get("SSEType", "KMS")}
        if "KMSMasterKeyId" in sse:
            described["SSEDescription"]["KMSMasterKeyArn"] = sse["KMSMasterKeyId"]
