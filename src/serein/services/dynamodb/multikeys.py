"""Keys of several attributes: the parts of such an index that queries read, and what else is particular to them."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keys import (
    LARGEST_HASH_BYTES,
    LARGEST_RANGE_BYTES,
    Key,
    KeySchema,
    Part,
    encode_scalar,
    escape,
    find_index_key,
    find_successor,
    hash_too_large,
    range_too_large,
    schema_mismatch,
    terminated,
)
from serein.services.dynamodb.values import Item


def multiple_key_of_request(key: Item, schema: KeySchema) -> Key:
    """The index key in an ExclusiveStartKey. Raises ValidationException when it doesn't fit the schema."""
    found = find_index_key(key, schema)
    if found is None:
        raise schema_mismatch()
    return found


def require_sizes(item: Item, schema: KeySchema) -> None:
    """Check that the values of an item fit in an index's key together. Raises ValidationException."""
    if _size(item, schema.hashes) > LARGEST_HASH_BYTES:
        raise hash_too_large()
    if _size(item, schema.ranges) > LARGEST_RANGE_BYTES:
        raise range_too_large()


def _size(item: Item, part: Part) -> int:
    contents = ((kind, item.get(name, {}).get(kind)) for name, kind in part)
    return sum(len(encode_scalar(kind, content)) for kind, content in contents if content)


def find_bounds(operator: str, before: bytes, bounds: list[bytes]) -> tuple[bytes, bytes | None]:
    """From and up to (not including) where the keys lie whose next value fulfils a condition; None means no end.

    `before` holds the values that are given by equality, `bounds` the condition's encoded values.
    """
    end = find_successor(before) if before else None
    first = before + terminated(bounds[0])
    match operator:
        case "EQ":
            return first, find_successor(first)
        case "LT":
            return before, first
        case "LE":
            return before, find_successor(first)
        case "GT":
            return find_successor(first) or first, end
        case "GE":
            return first, end
        case "BETWEEN":
            return first, find_successor(before + terminated(bounds[1]))
        case "BEGINS_WITH":
            prefix = before + escape(bounds[0])
            return prefix, find_successor(prefix)
        case _:
            raise ValidationException("Query key condition not supported")
