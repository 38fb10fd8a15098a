"""From the requests that create and change tables to table definitions, by AWS's rules."""

from datetime import UTC, datetime
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.ids import new_uuid, random_bytes
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keyschemas import require_global_key_schema, require_key_schema, require_projection
from serein.services.dynamodb.tables import IndexDefinition, StreamDefinition, TableDefinition, stream_label
from serein.services.dynamodb.tagging import merged_tags
from serein.services.dynamodb.throughputchanges import raised_warm, require_maximum, warm_of
from serein.services.dynamodb.vectors.definitions import vector_indexes

Request = dict[str, Any]
_MOST_UNITS = 1_000_000_000_000
_MOST_LOCAL, _MOST_GLOBAL, _MOST_PROJECTED = 5, 20, 100


def new_id() -> int:
    """An identifier for a table, index or stream."""
    return int.from_bytes(random_bytes(8)) >> 2


def table_definition(scope: Scope, name: str, request: Request, now: float) -> TableDefinition:
    """The table that CreateTable asks for. Raises ValidationException when AWS would refuse it."""
    billing = request.get("BillingMode", "PROVISIONED")
    _require_throughput(request, billing)
    require_maximum(request.get("OnDemandThroughput"), billing)
    attributes = attribute_types(request.get("AttributeDefinitions", []))
    key_schema = request.get("KeySchema", [])
    require_key_schema(key_schema, attributes)
    indexes = _local_indexes(request, attributes) + _global_indexes(request, attributes, billing)
    vectors = vector_indexes(request, attributes, {index.name for index in indexes}, new_id)
    schemas = [index.key_schema for index in indexes] + [index.search_schema for index in vectors]
    _require_attributes_used(key_schema, schemas, attributes)
    _require_projection_sizes(indexes)
    is_on_demand = billing == "PAY_PER_REQUEST"
    arn = arn_of("dynamodb", scope, f"table/{name}")
    return TableDefinition(
        id=new_id(),
        table_id=new_uuid(),
        name=name,
        arn=arn,
        created_at=now,
        attributes=attributes,
        key_schema=key_schema,
        billing=billing,
        on_demand_since=now if is_on_demand else None,
        throughput=request.get("ProvisionedThroughput", {}),
        on_demand=request.get("OnDemandThroughput"),
        warm=find_warm(request, request.get("ProvisionedThroughput"), billing),
        indexes=indexes,
        vectors=vectors,
        stream=find_stream_definition(arn, request.get("StreamSpecification"), now),
        sse=request.get("SSESpecification"),
        table_class=request.get("TableClass"),
        is_protected=request.get("DeletionProtectionEnabled", False),
        tags=merged_tags({}, request.get("Tags", [])),
        counts_collections=any(not index.is_global for index in indexes),
    )


def attribute_types(definitions: list[dict[str, str]]) -> dict[str, str]:
    """AttributeDefinitions by name. Raises ValidationException for a name given twice."""
    found: dict[str, str] = {}
    for definition in definitions:
        name = definition["AttributeName"]
        if name in found:
            raise _invalid(f"Duplicate AttributeName in AttributeDefinitions: {name}")
        found[name] = definition["AttributeType"]
    return found


def find_stream_definition(table_arn: str, wanted: dict[str, Any] | None, now: float) -> StreamDefinition | None:
    """The stream that a StreamSpecification asks for, or None. Raises ValidationException."""
    if wanted is None or not wanted["StreamEnabled"]:
        if wanted is not None and "StreamViewType" in wanted:
            raise _invalid("StreamViewType cannot be specified when StreamEnabled is false")
        return None
    if "StreamViewType" not in wanted:
        raise _invalid("StreamViewType must be specified when StreamEnabled is true")
    label = stream_label(datetime.fromtimestamp(now, UTC))
    return StreamDefinition(new_id(), f"{table_arn}/stream/{label}", label, wanted["StreamViewType"])


def global_index(
    wanted: dict[str, Any], attributes: dict[str, str], billing: str, *, is_backfilling: bool = False
) -> IndexDefinition:
    """One global index that a request asks for. Raises ValidationException."""
    name = wanted["IndexName"]
    require_global_key_schema(wanted["KeySchema"], attributes, name)
    require_projection(wanted["Projection"])
    throughput = wanted.get("ProvisionedThroughput")
    if billing == "PAY_PER_REQUEST" and throughput:
        raise _invalid(
            f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
        )
    if billing == "PROVISIONED" and not throughput:
        raise _invalid(f"ProvisionedThroughput must be specified for index: {name}")
    if throughput:
        require_throughput_bounds(throughput, name)
    require_maximum(wanted.get("OnDemandThroughput"), billing, name)
    return IndexDefinition(
        new_id(),
        name,
        wanted["KeySchema"],
        wanted["Projection"],
        is_global=True,
        throughput=throughput,
        on_demand=wanted.get("OnDemandThroughput"),
        warm=find_warm(wanted, throughput, billing, name),
        is_backfilling=is_backfilling,
    )


def require_throughput_bounds(throughput: dict[str, int], index_name: str = "") -> None:
    """Check provisioned units of a table or an index. Raises ValidationException."""
    for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if throughput[member] > _MOST_UNITS:
            where = f" for index {index_name}" if index_name else ""
            raise ValidationException(f"Given value {throughput[member]} for {member} is out of bounds{where}")


def find_warm(
    wanted: dict[str, Any], units: dict[str, Any] | None, billing: str, index_name: str = ""
) -> dict[str, Any] | None:
    """The warm throughput that a request asks for, or None. Raises ValidationException for too little."""
    given = wanted.get("WarmThroughput")
    return raised_warm(warm_of(None, units, billing), given, index_name) if given else None


def _require_throughput(request: Request, billing: str) -> None:
    throughput = request.get("ProvisionedThroughput")
    if billing == "PAY_PER_REQUEST":
        if throughput:
            raise _invalid(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        return
    if not throughput:
        raise _invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    require_throughput_bounds(throughput)


def _local_indexes(request: Request, attributes: dict[str, str]) -> list[IndexDefinition]:
    wanted = request.get("LocalSecondaryIndexes")
    if wanted is None:
        return []
    if not wanted:
        raise _invalid("List of LocalSecondaryIndexes is empty")
    if len(request["KeySchema"]) != 2:
        raise _invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    table_hash = request["KeySchema"][0]["AttributeName"]
    found: list[IndexDefinition] = []
    for one in wanted:
        name, key_schema = one["IndexName"], one["KeySchema"]
        require_key_schema(key_schema, attributes, is_index=True)
        if len(key_schema) != 2:
            raise _invalid(f"Index KeySchema does not have a range key for index: {name}")
        if key_schema[0]["AttributeName"] != table_hash:
            raise _invalid(
                "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                f"{name}. index hash key: {key_schema[0]['AttributeName']}, table hash key: {table_hash}"
            )
        require_projection(one["Projection"])
        found.append(IndexDefinition(new_id(), name, key_schema, one["Projection"]))
    _require_names(found)
    if len(wanted) > _MOST_LOCAL:
        raise _invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
    return found


def _global_indexes(request: Request, attributes: dict[str, str], billing: str) -> list[IndexDefinition]:
    wanted = request.get("GlobalSecondaryIndexes")
    if wanted is None:
        return []
    if not wanted:
        raise _invalid("List of GlobalSecondaryIndexes is empty")
    found = [global_index(one, attributes, billing) for one in wanted]
    _require_names(found, {one["IndexName"] for one in request.get("LocalSecondaryIndexes", [])})
    if len(wanted) > _MOST_GLOBAL:
        raise _invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20")
    return found


def _require_names(indexes: list[IndexDefinition], taken: set[str] | None = None) -> None:
    seen = set(taken or ())
    for index in indexes:
        if index.name in seen:
            raise _invalid(f"Duplicate index name: {index.name}")
        seen.add(index.name)


def _require_projection_sizes(indexes: list[IndexDefinition]) -> None:
    count = sum(len(index.projection.get("NonKeyAttributes", ())) for index in indexes)
    if count > _MOST_PROJECTED:
        raise _invalid(f"Number of NonKeyAttributes exceeds per-table limit of {_MOST_PROJECTED}")


def _require_attributes_used(
    key_schema: list[dict[str, str]], schemas: list[list[dict[str, str]]], attributes: dict[str, str]
) -> None:
    if not schemas:
        if len(key_schema) != len(attributes):
            raise _invalid(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in "
                "AttributeDefinitions"
            )
        return
    used = {element["AttributeName"] for schema in (key_schema, *schemas) for element in schema}
    if len(used) != len(attributes):
        raise _invalid(
            f"Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(attributes)}], "
            f"keys used: [{', '.join(sorted(used))}]"
        )


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
