"""Keys: which attributes they are, and the bytes that items are found and ordered by.

A partition key's bytes start with four bytes of its hash. A scan therefore goes through a table in the order of the
hashes, as DynamoDB does, and a segment of a parallel scan is one range of keys.
"""

from base64 import b64decode
from typing import NamedTuple
from zlib import crc32

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.numbers import encode_number
from serein.services.dynamodb.values import Item, Value, kind_of

LARGEST_HASH_BYTES = 2048
LARGEST_RANGE_BYTES = 1024
_HASH_SPACE = 1 << 32
_EMPTY = {"S": "string", "B": "binary"}


class Key(NamedTuple):
    """The bytes of a partition key (hash first) and of a sort key (empty when there is none)."""

    pk: bytes
    sk: bytes


Part = tuple[tuple[str, str], ...]
"""Attributes of a partition or sort key, as (name, type)."""


class KeySchema:
    """A key's attributes and their types (`S`, `N` or `B`), in the order of the key.

    `hash` and `range` are the first of each part, and in most keys the only one; `range` is empty when there is no
    sort key.
    """

    __slots__ = ("hash", "hash_type", "hashes", "is_multiple", "names", "range", "range_type", "ranges")

    def __init__(
        self,
        hash: str,
        hash_type: str,
        range: str = "",
        range_type: str = "",
        *,
        more_hashes: Part = (),
        more_ranges: Part = (),
    ) -> None:
        self.hash, self.hash_type = hash, hash_type
        self.range, self.range_type = range, range_type
        self.hashes: Part = ((hash, hash_type), *more_hashes)
        self.ranges: Part = ((range, range_type), *more_ranges) if range else ()
        self.names = tuple(name for name, _ in (*self.hashes, *self.ranges))
        self.is_multiple = bool(more_hashes or more_ranges)
        """Whether a part has several attributes, which only a global index's can (`multikeys.py`)."""


def encode_scalar(kind: str, content: str) -> bytes:
    """The bytes of a stored string, number or binary value, in DynamoDB's order."""
    if kind == "S":
        return content.encode()
    return encode_number(content) if kind == "N" else b64decode(content)


def encode_partition(kind: str, content: str) -> bytes:
    """The bytes of a partition key: its hash, then itself."""
    return hashed(encode_scalar(kind, content))


def hashed(encoded: bytes) -> bytes:
    """A partition key's bytes behind their hash."""
    return crc32(encoded).to_bytes(4) + encoded


def key_of_item(item: Item, schema: KeySchema) -> Key:
    """The key of an item to store. Raises ValidationException when a key attribute is missing or unfit."""
    partition = _item_key_bytes(item, schema.hash, schema.hash_type)
    if len(partition) > LARGEST_HASH_BYTES:
        raise hash_too_large()
    sort = b""
    if schema.range:
        sort = _item_key_bytes(item, schema.range, schema.range_type)
        if len(sort) > LARGEST_RANGE_BYTES:
            raise range_too_large()
    return Key(crc32(partition).to_bytes(4) + partition, sort)


def _item_key_bytes(item: Item, name: str, kind: str) -> bytes:
    value = item.get(name)
    if value is None:
        raise ValidationException(f"One or more parameter values were invalid: Missing the key {name} in the item")
    content = value.get(kind)
    if content is None:
        raise ValidationException(
            f"One or more parameter values were invalid: Type mismatch for key {name} expected: {kind} "
            f"actual: {kind_of(value)}"
        )
    if not content:
        raise _empty_key(name, kind)
    return content.encode() if kind == "S" else encode_scalar(kind, content)


def key_of_request(key: Item, schema: KeySchema) -> Key:
    """The key that a request names (parsed values). Raises ValidationException when it doesn't fit the schema."""
    if len(key) != (2 if schema.range else 1):
        raise schema_mismatch()
    partition = _request_key_bytes(key, schema.hash, schema.hash_type)
    if len(partition) > LARGEST_HASH_BYTES:
        raise hash_too_large()
    sort = b""
    if schema.range:
        sort = _request_key_bytes(key, schema.range, schema.range_type)
        if len(sort) > LARGEST_RANGE_BYTES:
            raise range_too_large()
    return Key(crc32(partition).to_bytes(4) + partition, sort)


def _request_key_bytes(key: Item, name: str, kind: str) -> bytes:
    value = key.get(name)
    content = None if value is None else value.get(kind)
    if content is None:
        raise schema_mismatch()
    if not content:
        raise _empty_key(name, kind)
    return encode_scalar(kind, content)


def find_index_key(item: Item, schema: KeySchema) -> Key | None:
    """The key that an item has in an index, or None when it isn't in it."""
    if schema.is_multiple:
        return _find_multiple_key(item, schema)
    partition = _index_key_bytes(item.get(schema.hash), schema.hash_type, LARGEST_HASH_BYTES)
    if partition is None:
        return None
    sort: bytes | None = b""
    if schema.range:
        sort = _index_key_bytes(item.get(schema.range), schema.range_type, LARGEST_RANGE_BYTES)
        if sort is None:
            return None
    return Key(crc32(partition).to_bytes(4) + partition, sort or b"")


def _find_multiple_key(item: Item, schema: KeySchema) -> Key | None:
    partition, sort = _joined(item, schema.hashes), _joined(item, schema.ranges)
    return None if partition is None or sort is None else Key(hashed(partition), sort)


def _joined(item: Item, part: Part) -> bytes | None:
    joined = b""
    for name, kind in part:
        value = item.get(name)
        content = None if value is None else value.get(kind)
        if not content:
            return None
        joined += terminated(encode_scalar(kind, content))
    return joined


def terminated(encoded: bytes) -> bytes:
    """A value's bytes in a key of several attributes.

    Invariant: none begins another, so the order of such bytes one after the other is the order of the first attribute,
    then of the second, and the keys whose first values are given lie together.
    """
    return escape(encoded) + b"\x00\x01"


def escape(encoded: bytes) -> bytes:
    """A value's bytes in a key of several attributes without their end: what the longer values begin with."""
    return encoded.replace(b"\x00", b"\x00\xff")


def _index_key_bytes(value: Value | None, kind: str, largest: int) -> bytes | None:
    content = None if value is None else value.get(kind)
    if not content:
        return None
    encoded = encode_scalar(kind, content)
    return encoded if len(encoded) <= largest else None


def require_index_key_fits(name: str, kind: str, value: Value, index_name: str, *, is_hash: bool) -> None:
    """Check an index's key attribute of an item to store. Raises ValidationException when it is unfit."""
    content = value.get(kind)
    if content is None:
        raise ValidationException(
            f"One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {kind} "
            f"Actual: {kind_of(value)} IndexName: {index_name}"
        )
    if not content:
        raise ValidationException(
            "One or more parameter values are not valid. A value specified for a secondary index key is not "
            f"supported. The AttributeValue for a key attribute cannot contain an empty {_EMPTY[kind]} value. "
            f"IndexName: {index_name}, IndexKey: {name}"
        )
    largest = LARGEST_HASH_BYTES if is_hash else LARGEST_RANGE_BYTES
    if kind != "N" and len(content) > largest // 4 and len(encode_scalar(kind, content)) > largest:
        raise hash_too_large() if is_hash else range_too_large()


def segment_bounds(segment: int, total: int) -> tuple[bytes, bytes | None]:
    """The partition keys of a scan's segment: from the first, up to (not including) the second or the end."""
    low = -(-_HASH_SPACE * segment // total)
    high = -(-_HASH_SPACE * (segment + 1) // total)
    return low.to_bytes(4), None if high >= _HASH_SPACE else high.to_bytes(4)


def find_successor(prefix: bytes) -> bytes | None:
    """The first bytes after all that begin with `prefix`, or None when there are none."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes((stripped[-1] + 1,)) if stripped else None


def schema_mismatch() -> ValidationException:
    return ValidationException("The provided key element does not match the schema")


def _empty_key(name: str, kind: str) -> ValidationException:
    return ValidationException(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        f"{_EMPTY[kind]} value. Key: {name}"
    )


def hash_too_large() -> ValidationException:
    # AWS: the message has no space before "2048".
    return ValidationException(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )


def range_too_large() -> ValidationException:
    return ValidationException(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit "
        "of 1024 bytes"
    )
