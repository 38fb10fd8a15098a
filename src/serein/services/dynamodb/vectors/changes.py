"""UpdateTable's VectorIndexUpdates."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.services.dynamodb.definitions import attribute_types, new_id
from serein.services.dynamodb.errors import LimitExceededException, ResourceNotFoundException, ValidationException
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.vectors.definitions import (
    require_count,
    require_on_demand,
    require_one_size,
    vector_index,
)

Request = dict[str, Any]


def require_vector_updates(request: Request) -> None:
    """Check what can be checked without the table. Raises ValidationException, LimitExceededException."""
    updates = request.get("VectorIndexUpdates") or []
    for update in updates:
        if sum(1 for action in update.values() if action is not None) != 1:
            raise _invalid("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null")
    others = [update for update in request.get("GlobalSecondaryIndexUpdates") or [] if not update.get("Update")]
    # AWS: vector indexes are created and deleted one at a time, together with global ones.
    if updates and len(updates) + len(others) > 1:
        raise _too_many_at_once()


def with_vector_updates(old: TableDefinition, request: Request) -> TableDefinition:
    """A table's definition after its vector indexes are updated. Raises AWS's errors when the table doesn't allow it.

    To be called with the other changes already made.
    """
    if old.vectors:
        require_on_demand(old.billing)
    new = old
    for update in request.get("VectorIndexUpdates") or []:
        change: Callable[..., TableDefinition] = _with_index if update.get("Create") else _without_index
        new = change(new, update.get("Create") or update["Delete"], request)
    return new


def index_names(definition: TableDefinition) -> set[str]:
    """The names of all of a table's indexes, which share one space."""
    return {index.name for index in definition.indexes} | {index.name for index in definition.vectors}


def is_building(definition: TableDefinition, *, except_name: str = "") -> bool:
    """Whether an index is being added to a table already, other than the one that is named."""
    return any(index.is_backfilling and index.name != except_name for index in definition.indexes) or any(
        index.is_backfilling and index.name != except_name for index in definition.vectors
    )


def require_none_building(definition: TableDefinition, *, except_name: str = "") -> None:
    """Check that no other index is being added to a table. Raises LimitExceededException.

    AWS: meanwhile only the new index itself can be deleted, no other one
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html).
    """
    if is_building(definition, except_name=except_name):
        raise _too_many_at_once()


def _with_index(old: TableDefinition, wanted: Request, request: Request) -> TableDefinition:
    if wanted["IndexName"] in index_names(old):
        raise ValidationException("Attempting to create an index which already exists")
    require_none_building(old)
    require_on_demand(old.billing)
    require_count(len(old.vectors) + 1)
    given = attribute_types(request.get("AttributeDefinitions", []))
    for name, kind in given.items():
        if old.attributes.get(name, kind) != kind:
            raise _invalid(f"Attempting to change the type of attribute {name} that is part of a key")
    known = {**old.attributes, **given}
    keys = {element["AttributeName"] for element in old.key_schema}
    index = vector_index(wanted, known, keys, new_id(), is_backfilling=True)
    require_one_size(index, old.vectors)
    used = {element["AttributeName"] for element in index.search_schema}
    attributes = {name: kind for name, kind in known.items() if name in old.attributes or name in used}
    return msgspec.structs.replace(old, attributes=attributes, vectors=[*old.vectors, index])


def _without_index(old: TableDefinition, wanted: Request, request: Request) -> TableDefinition:
    vectors = [index for index in old.vectors if index.name != wanted["IndexName"]]
    if len(vectors) == len(old.vectors):
        raise ResourceNotFoundException()
    require_none_building(old, except_name=wanted["IndexName"])
    return with_used_attributes(msgspec.structs.replace(old, vectors=vectors))


def with_used_attributes(definition: TableDefinition) -> TableDefinition:
    """A definition without the attributes that no key and no search schema needs any more."""
    schemas = [definition.key_schema, *(index.key_schema for index in definition.indexes)]
    schemas += [index.search_schema for index in definition.vectors]
    used = {element["AttributeName"] for schema in schemas for element in schema}
    attributes = {name: kind for name, kind in definition.attributes.items() if name in used}
    return msgspec.structs.replace(definition, attributes=attributes)


def _too_many_at_once() -> LimitExceededException:
    return LimitExceededException(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
    )


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
