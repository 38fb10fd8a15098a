"""From UpdateTable's requests to changed table definitions."""

from typing import Any

from serein.services.dynamodb import replicachanges
from serein.services.dynamodb.definitions import (
    attribute_types,
    find_stream_definition,
    global_index,
    require_throughput_bounds,
)
from serein.services.dynamodb.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition
from serein.services.dynamodb.throughputchanges import (
    changed_units,
    raised_warm,
    require_maximum,
    require_new_units,
    switches_with,
    warm_of,
)
from serein.services.dynamodb.vectors.changes import (
    index_names,
    require_none_building,
    require_vector_updates,
    with_used_attributes,
    with_vector_updates,
)

Request = dict[str, Any]
_CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    *replicachanges.MEMBERS,
)


def require_change(request: Request) -> None:
    """Check what can be checked without the table. Raises ValidationException."""
    if not any(request.get(member) is not None and request[member] != [] for member in _CHANGES):
        raise ValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
            "SSESpecification or ReplicaUpdates is required"
        )
    throughput = request.get("ProvisionedThroughput")
    if request.get("BillingMode") == "PROVISIONED" and not throughput:
        raise _invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    if throughput:
        require_throughput_bounds(throughput)
    seen: set[str] = set()
    for update in request.get("GlobalSecondaryIndexUpdates", []):
        actions = [action for action in update.values() if action is not None]
        if not actions:
            raise _invalid(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        name = actions[0]["IndexName"]
        if name in seen:
            raise _invalid(f"Only one global secondary index update per index is allowed simultaneously. Index: {name}")
        seen.add(name)
    require_vector_updates(request)


def updated_definition(old: TableDefinition, request: Request, now: float) -> TableDefinition:
    """A table's definition after an update. Raises AWS's errors when the table doesn't allow it."""
    new = _with_maxima(_with_billing(old, request, now), request)
    new = _with_indexes(new, request, now)
    new = with_vector_updates(new, request)
    new = _with_stream(new, request, now)
    settings = {
        "sse": request.get("SSESpecification", new.sse),
        "table_class": request.get("TableClass", new.table_class),
        "is_protected": request.get("DeletionProtectionEnabled", new.is_protected),
    }
    return changed(new, **settings)


def _with_maxima(old: TableDefinition, request: Request) -> TableDefinition:
    most, warm = request.get("OnDemandThroughput"), request.get("WarmThroughput")
    require_maximum(most, old.billing)
    if warm:
        warm = raised_warm(warm_of(old.warm, old.throughput, old.billing), warm)
    # Why merged: a request may name only one of the two maxima.
    return changed(old, on_demand={**(old.on_demand or {}), **most} if most else old.on_demand, warm=warm or old.warm)


def _with_billing(old: TableDefinition, request: Request, now: float) -> TableDefinition:
    billing = request.get("BillingMode", old.billing)
    throughput = request.get("ProvisionedThroughput")
    if throughput and billing == "PAY_PER_REQUEST":
        raise _invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if billing == "PAY_PER_REQUEST":
        if old.billing == billing:
            return old
        indexes = [changed_index(index, throughput=None) for index in old.indexes]
        switches = switches_with(old, now)
        return changed(
            old, billing=billing, on_demand_since=now, on_demand_switches=switches, throughput={}, indexes=indexes
        )
    if old.billing == "PAY_PER_REQUEST":
        _require_index_throughput(old, request)
        old = changed(old, on_demand=None, indexes=[changed_index(index, on_demand=None) for index in old.indexes])
    elif throughput:
        require_new_units(old.throughput, throughput)
    if not throughput:
        return old
    return changed(old, billing=billing, throughput=changed_units(old.throughput, throughput, now))


def changed_index(index: IndexDefinition, **members: Any) -> IndexDefinition:
    """An index definition with some members replaced."""
    fields = {name: getattr(index, name) for name in index.__struct_fields__}
    return IndexDefinition(**{**fields, **members})


def _require_index_throughput(old: TableDefinition, request: Request) -> None:
    given = {
        update["Update"]["IndexName"]
        for update in request.get("GlobalSecondaryIndexUpdates", [])
        if update.get("Update")
    }
    missing = [index.name for index in old.indexes if index.is_global and index.name not in given]
    if missing:
        raise _invalid(f"ProvisionedThroughput must be specified for index: {','.join(missing)}")


def _with_indexes(old: TableDefinition, request: Request, now: float) -> TableDefinition:
    updates = request.get("GlobalSecondaryIndexUpdates", [])
    if sum(1 for update in updates if not update.get("Update")) > 1:
        raise LimitExceededException(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    new = old
    for update in updates:
        if update.get("Create"):
            new = _with_new_index(new, update["Create"], request)
        elif update.get("Delete"):
            new = _without_index(new, update["Delete"]["IndexName"])
        else:
            new = _with_index_throughput(new, update["Update"], now)
    return new


def _with_new_index(old: TableDefinition, wanted: dict[str, Any], request: Request) -> TableDefinition:
    if wanted["IndexName"] in index_names(old):
        raise ValidationException("Attempting to create an index which already exists")
    require_none_building(old)
    if sum(1 for index in old.indexes if index.is_global) >= 20:
        raise _invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20")
    given = attribute_types(request.get("AttributeDefinitions", []))
    for name, kind in given.items():
        if old.attributes.get(name, kind) != kind:
            raise _invalid(f"Attempting to change the type of attribute {name} that is part of a key")
    known = {**old.attributes, **given}
    index = global_index(wanted, known, old.billing, is_backfilling=True)
    used = {element["AttributeName"] for element in index.key_schema}
    attributes = {name: kind for name, kind in known.items() if name in old.attributes or name in used}
    return changed(old, attributes=attributes, indexes=[*old.indexes, index])


def _without_index(old: TableDefinition, name: str) -> TableDefinition:
    _require_index(old, name)
    require_none_building(old, except_name=name)
    indexes = [index for index in old.indexes if index.name != name]
    return with_used_attributes(changed(old, indexes=indexes))


def _with_index_throughput(old: TableDefinition, update: dict[str, Any], now: float) -> TableDefinition:
    found = _require_index(old, update["IndexName"])
    throughput = update.get("ProvisionedThroughput")
    members: dict[str, Any] = {}
    if throughput:
        require_throughput_bounds(throughput)
        if old.billing == "PAY_PER_REQUEST":
            raise _invalid(
                f"ProvisionedThroughput should not be specified for index: {found.name} when BillingMode is "
                "PAY_PER_REQUEST"
            )
        members["throughput"] = changed_units(found.throughput or {}, throughput, now)
    if update.get("OnDemandThroughput"):
        require_maximum(update["OnDemandThroughput"], old.billing, found.name)
        members["on_demand"] = {**(found.on_demand or {}), **update["OnDemandThroughput"]}
    if update.get("WarmThroughput"):
        current = warm_of(found.warm, found.throughput, old.billing)
        members["warm"] = raised_warm(current, update["WarmThroughput"], found.name)
    indexes = [changed_index(index, **members) if index is found else index for index in old.indexes]
    return changed(old, indexes=indexes)


def _require_index(definition: TableDefinition, name: str) -> IndexDefinition:
    found = next((index for index in definition.indexes if index.is_global and index.name == name), None)
    if found is None:
        raise ResourceNotFoundException()
    return found


def _with_stream(old: TableDefinition, request: Request, now: float) -> TableDefinition:
    wanted = request.get("StreamSpecification")
    if wanted is None:
        return old
    replicachanges.require_stream_changeable(old)
    stream = find_stream_definition(old.arn, wanted, now)
    if stream is not None and old.stream is not None:
        raise ValidationException(f"Table already has an enabled stream: TableName: {old.name}")
    if stream is None and old.stream is None:
        raise ValidationException(f"Table has no stream to disable: TableName: {old.name}")
    return changed(old, stream=stream, last_stream=old.stream or old.last_stream)


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
