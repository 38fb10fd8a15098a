"""Vector indexes as they are stored, and the entries that items have in them."""

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keys import KeySchema, find_index_key
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.values import Item, Value, encode_json, kind_of

COSINE, EUCLIDEAN, DOT_PRODUCT = "COSINE", "EUCLIDEAN", "DOT_PRODUCT"
_FLOAT_BYTES = 4


class VectorIndexDefinition(msgspec.Struct, omit_defaults=True):
    """A vector index. `projection` and `search_schema` are in AWS's form."""

    id: int
    name: str
    attribute: str
    dimensions: int
    distance: str
    projection: dict[str, Any]
    search_schema: list[dict[str, str]] = []
    is_backfilling: bool = False


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """A vector index, as searches and writes need it."""

    id: int
    name: str
    attribute: str
    dimensions: int
    distance: str
    key: KeySchema | None
    """The partition key; None when there is none."""
    filters: tuple[tuple[str, str], ...]
    """The inline filters, as (attribute, type)."""
    attributes: frozenset[str] | None
    """What it projects, keys and vector included; None means everything."""
    names: tuple[str, ...]
    """The attributes that make an entry: vector, partition key and filters."""
    is_backfilling: bool

    @property
    def vector_bytes(self) -> int:
        """The size of one vector."""
        return _FLOAT_BYTES * self.dimensions


class Entry(NamedTuple):
    """What an index holds of an item: see the schema."""

    pk: bytes
    size: int
    filters: bytes
    vector: bytes


def parse_vector_index(definition: VectorIndexDefinition, types: dict[str, str], table_key: KeySchema) -> VectorIndex:
    """A stored index, with the types of its attributes."""
    key, filters = None, []
    for element in definition.search_schema:
        name = element["AttributeName"]
        if element["SearchSchemaElementType"] == "HASH":
            key = KeySchema(name, types[name])
        else:
            filters.append((name, types[name]))
    names = (definition.attribute, *(key.names if key else ()), *(name for name, _ in filters))
    attributes: frozenset[str] | None = None
    if definition.projection.get("ProjectionType") != "ALL":
        attributes = frozenset((*table_key.names, *names, *definition.projection.get("NonKeyAttributes", ())))
    return VectorIndex(
        definition.id,
        definition.name,
        definition.attribute,
        definition.dimensions,
        definition.distance,
        key,
        tuple(filters),
        attributes,
        names,
        definition.is_backfilling,
    )


def find_entry(index: VectorIndex, item: Item) -> Entry | None:
    """The entry that an item has in an index, or None when it isn't in it."""
    value = item.get(index.attribute)
    if value is None:
        return None
    pk = b""
    if index.key is not None:
        found = find_index_key(item, index.key)
        if found is None:
            return None
        pk = found.pk
    vector = find_vector(value, index.dimensions)
    if vector is None:
        return None
    filters = encode_json([item.get(name) for name, _ in index.filters]) if index.filters else b""
    return Entry(pk, index.vector_bytes + _size_beside_vector(index, item), filters, vector)


def is_same_entry(index: VectorIndex, old: Item, new: Item) -> bool:
    """Whether an index needs not be told of a change; made for the many writes that leave the vector alone."""
    for name in index.names:
        if old.get(name) != new.get(name):
            return False
    return _size_beside_vector(index, old) == _size_beside_vector(index, new)


def projected(index: VectorIndex, item: Item) -> Item:
    """What an index holds of an item, but for the vector."""
    kept = index.attributes
    return {name: value for name, value in item.items() if name != index.attribute and (kept is None or name in kept)}


def _size_beside_vector(index: VectorIndex, item: Item) -> int:
    return size_of_item(projected(index, item))


def find_vector(value: Value, dimensions: int) -> bytes | None:
    """A vector's bytes, or None when the value is no list of so many numbers that 32-bit floats can be."""
    members = value.get("L")
    if members is None or len(members) != dimensions:
        return None
    try:
        return struct.pack(f"<{dimensions}f", *[float(member["N"]) for member in members])
    except (KeyError, OverflowError):
        return None


def require_entry_fits(index: VectorIndex, item: Item, before: Item | None = None) -> None:
    """Check what an item to be stored has for an index. Raises ValidationException.

    `before` is the item that is updated: what an update doesn't change is not checked again.
    """
    for name, kind in index.filters:
        value = item.get(name)
        if value is not None and kind not in value and (before is None or before.get(name) != value):
            raise ValidationException(
                f"One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {kind} "
                f"Actual: {kind_of(value)} IndexName: {index.name}"
            )
    value = item.get(index.attribute)
    if value is None or (before is not None and before.get(index.attribute) == value):
        return
    if find_vector(value, index.dimensions) is None:
        raise _unfit(index, value)


def _unfit(index: VectorIndex, value: Value) -> ValidationException:
    name, members = index.attribute, value.get("L")
    if members is None:
        return _invalid(index, f"type for parameter {name}, Expected: L, Actual: {kind_of(value)}")
    if len(members) != index.dimensions:
        return _invalid(index, f"size for parameter {name}, Expected: {index.dimensions}, Actual: {len(members)}")
    at, member = next((at, member) for at, member in enumerate(members) if find_vector({"L": [member]}, 1) is None)
    if "N" not in member:
        return _invalid(index, f"type for parameter {name}[{at}], Expected: N, Actual: {kind_of(member)}")
    return _invalid(
        index, f"value for parameter {name}[{at}], Expected: 32-bit floating point number, Actual: {member['N']}"
    )


def _invalid(index: VectorIndex, reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: Invalid {reason}. IndexName: {index.name}")
