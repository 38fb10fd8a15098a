"""Restoring: new tables that are filled from a backup, or from a table's state at a time."""

from typing import Any, NamedTuple

from msgspec.structs import replace as changed

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.definitions import new_id, table_definition
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.errors import (
    LimitExceededException,
    TableAlreadyExistsException,
    TableInUseException,
    ValidationException,
)
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.records import RESTORE, Moment, Restore, encode_detail
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.quotas import require_room
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store import tables as rows
from serein.services.dynamodb.store.jobs import NEVER, Job
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition
from serein.services.dynamodb.vectors.descriptions import settings
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition
from serein.services.dynamodb.vectors.restoring import restored_vector_indexes

_MOST_AT_ONCE = 50
_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
Request = dict[str, Any]


class Source(NamedTuple):
    """What a table is restored from: a definition, the `table_id` of the items, and the time of that state."""

    definition: TableDefinition
    items_id: int
    at: float
    moment: Moment | None
    """None when the items don't change: a backup's."""


def source_scope(scope: Scope, arn: str) -> Scope:
    """Where to look for a backup or table that is restored.

    AWS: restores reach into other regions of the account
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html).
    """
    found = find_arn(arn)
    return scope if found is None else Scope(scope.account, found.region)


def start_restore(tx: Transaction, call: Call, request: Request, source: Source) -> dict[str, Any]:
    """Create the table that a request asks for and have it filled. Returns the table's description."""
    definition, moment = source.definition, source.moment
    name = request["TargetTableName"]
    _require_free_name(tx, call.scope, name)
    require_room(tx, call.scope)
    if jobs.count_open(tx, call.scope, RESTORE) >= _MOST_AT_ONCE:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {_MOST_AT_ONCE} restores can be in progress simultaneously"
        )
    target = table_definition(call.scope, name, create_request(definition, request), tx.now)
    summary: dict[str, Any] = {
        "SourceTableArn": definition.arn,
        "RestoreDateTime": source.at,
        "RestoreInProgress": True,
    }
    if "BackupArn" in request:
        summary["SourceBackupArn"] = request["BackupArn"]
    target = changed(target, status="CREATING", restored=summary)
    rows.append_table(tx, call.scope, target)
    id = new_id()
    since = moment.at if moment else NEVER
    arn = f"{target.arn}/restore/{id}"
    detail = encode_detail(Restore(moment))
    start = Key(b"", b"")
    jobs.append_job(
        tx,
        Job(id, RESTORE, call.scope, arn, "", source.items_id, target.id, True, tx.now, NEVER, since, 0, start, detail),
    )
    if moment is not None:
        holds.hold(tx, definition, id)
    return describe(rows.replace_definition(tx, target), {}, "CREATING", "CREATING")


def _require_free_name(tx: Transaction, scope: Scope, name: str) -> None:
    found = rows.find_table(tx, scope, name)
    if found is None:
        return
    if found.is_usable:
        raise TableAlreadyExistsException(f"Table already exists: {name}")
    raise TableInUseException(
        f"Table is being {'created' if found.definition.status == 'CREATING' else 'deleted'}: {name}"
    )


def create_request(source: TableDefinition, request: Request) -> Request:
    """CreateTable's request for a table like another, with a restore's overrides. Raises ValidationException.

    AWS: tags, streams, time to live, point-in-time recovery, policies and protection are not restored
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html).
    """
    billing = request.get("BillingModeOverride", source.billing)
    indexes, vectors = _kept_indexes(source, request), restored_vector_indexes(source, request)
    wanted: Request = {
        "TableName": source.name,
        "KeySchema": source.key_schema,
        "BillingMode": billing,
        "AttributeDefinitions": _attributes(source, indexes, vectors),
    }
    units = request.get("ProvisionedThroughputOverride")
    if billing == "PROVISIONED":
        units = units or {name: source.throughput[name] for name in _UNITS if name in source.throughput}
    if units:
        wanted["ProvisionedThroughput"] = units
    if billing == "PAY_PER_REQUEST" and (limits := request.get("OnDemandThroughputOverride", source.on_demand)):
        wanted["OnDemandThroughput"] = limits
    if encryption := request.get("SSESpecificationOverride", source.sse):
        wanted["SSESpecification"] = encryption
    if source.table_class:
        wanted["TableClass"] = source.table_class
    for member, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
        chosen = [_index_request(index, billing) for index in indexes if index.is_global == is_global]
        if chosen:
            wanted[member] = chosen
    if vectors:
        wanted["VectorIndexes"] = [settings(index) for index in vectors]
    return wanted


def _attributes(
    source: TableDefinition, indexes: list[IndexDefinition], vectors: list[VectorIndexDefinition]
) -> list[dict[str, str]]:
    schemas = [source.key_schema, *(index.key_schema for index in indexes)]
    schemas += [index.search_schema for index in vectors]
    used = {element["AttributeName"] for schema in schemas for element in schema}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in source.attributes.items() if name in used]


def _index_request(index: IndexDefinition, billing: str) -> Request:
    wanted: Request = {"IndexName": index.name, "KeySchema": index.key_schema, "Projection": index.projection}
    if not index.is_global:
        return wanted
    if billing == "PROVISIONED" and index.throughput:
        wanted["ProvisionedThroughput"] = {name: index.throughput[name] for name in _UNITS if name in index.throughput}
    elif billing == "PAY_PER_REQUEST" and index.on_demand:
        wanted["OnDemandThroughput"] = index.on_demand
    return wanted


def _kept_indexes(source: TableDefinition, request: Request) -> list[IndexDefinition]:
    return [
        *_chosen(source, request.get("LocalSecondaryIndexOverride"), is_global=False),
        *_chosen(source, request.get("GlobalSecondaryIndexOverride"), is_global=True),
    ]


def _chosen(source: TableDefinition, wanted: list[dict[str, Any]] | None, *, is_global: bool) -> list[IndexDefinition]:
    known = {index.name: index for index in source.indexes if index.is_global == is_global}
    if wanted is None:
        return list(known.values())
    return [_matching(known.get(one["IndexName"]), one, is_global=is_global) for one in wanted]


def _matching(index: IndexDefinition | None, wanted: dict[str, Any], *, is_global: bool) -> IndexDefinition:
    kind = "Global" if is_global else "Local"
    if (
        index is None
        or index.key_schema != wanted["KeySchema"]
        or _comparable(index.projection) != _comparable(wanted["Projection"])
    ):
        raise ValidationException(
            f"One or more parameter values were invalid: {kind}SecondaryIndexOverride must match the source's indexes: "
            f"{wanted['IndexName']}"
        )
    if "WarmThroughput" in wanted:
        raise ValidationException(
            "One or more parameter values were invalid: WarmThroughput is not supported in GlobalSecondaryIndexOverride"
        )
    throughput = wanted.get("ProvisionedThroughput", index.throughput)
    return changed(index, throughput=throughput, on_demand=wanted.get("OnDemandThroughput", index.on_demand))


def _comparable(projection: dict[str, Any]) -> tuple[Any, list[str]]:
    return projection.get("ProjectionType"), sorted(projection.get("NonKeyAttributes", []))
