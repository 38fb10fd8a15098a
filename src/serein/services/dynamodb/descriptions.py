"""Tables as DescribeTable shows them."""

from typing import Any

from serein.services.dynamodb.counts import Counted, Counts
from serein.services.dynamodb.replicadescriptions import add_replicas
from serein.services.dynamodb.tables import IndexDefinition, Table, TableDefinition
from serein.services.dynamodb.throughputchanges import decreases_today, warm_of
from serein.services.dynamodb.vectors.descriptions import add_vector_indexes

Described = dict[str, Any]

_NOTHING = Counted(0, 0, 0.0)


def describe(table: Table, counts: Counts, status: str = "", index_status: str = "", *, now: float = 0.0) -> Described:
    """A table's description. `status` is what the operation that asks reports (`CREATING`, say).

    `now` is needed for the number of today's decreases of throughput.
    """
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
        "ProvisionedThroughput": _throughput(definition.throughput, now),
        "TableSizeBytes": size,
        "ItemCount": count,
        "TableArn": definition.arn,
        "TableId": definition.table_id,
        "DeletionProtectionEnabled": definition.is_protected,
        "WarmThroughput": _warm(definition.warm, definition.throughput, definition, definition.is_warming),
    }
    for index in definition.indexes:
        member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
        described.setdefault(member, []).append(_index(definition, index, counts, index_status, now))
    add_vector_indexes(described, definition, counts, index_status)
    _add_stream(described, definition)
    _add_settings(described, definition)
    add_replicas(described, definition)
    return described


def _throughput(units: dict[str, Any] | None, now: float) -> Described:
    given = units or {}
    return {
        "NumberOfDecreasesToday": decreases_today(given, now),
        "ReadCapacityUnits": given.get("ReadCapacityUnits", 0),
        "WriteCapacityUnits": given.get("WriteCapacityUnits", 0),
        **{name: given[name] for name in ("LastIncreaseDateTime", "LastDecreaseDateTime") if name in given},
    }


def _warm(
    warm: dict[str, Any] | None, units: dict[str, Any] | None, definition: TableDefinition, is_changing: bool
) -> Described:
    return {**warm_of(warm, units, definition.billing), "Status": "UPDATING" if is_changing else "ACTIVE"}


def _index(definition: TableDefinition, index: IndexDefinition, counts: Counts, status: str, now: float) -> Described:
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
        described["IndexStatus"] = _status_of(definition, index, status)
        if index.is_backfilling:
            described["Backfilling"] = not index.is_allocating
        described["ProvisionedThroughput"] = _throughput(index.throughput, now)
        described["WarmThroughput"] = _warm(index.warm, index.throughput, definition, index.is_updating)
        if index.on_demand:
            described["OnDemandThroughput"] = index.on_demand
    return described


def _status_of(definition: TableDefinition, index: IndexDefinition, status: str) -> str:
    if index.is_leaving:
        return "DELETING"
    if index.is_backfilling or definition.status == "CREATING":
        return "CREATING"
    return status or ("UPDATING" if index.is_updating else "ACTIVE")


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
    if sse and (sse.get("Enabled") or definition.is_encrypting):
        status = "UPDATING" if definition.is_encrypting else "ENABLED"
        described["SSEDescription"] = {"Status": status, "SSEType": sse.get("SSEType", "KMS")}
        if "KMSMasterKeyId" in sse:
            described["SSEDescription"]["KMSMasterKeyArn"] = sse["KMSMasterKeyId"]
