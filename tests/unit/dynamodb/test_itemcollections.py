"""The rule of 10 GB for item collections, and what counts."""

import pytest

from serein.services.dynamodb.images import image_of
from serein.services.dynamodb.itemcollections import (
    GIGABYTE,
    LARGEST_BYTES,
    collected_size,
    exceeds_limit,
    size_range,
)
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition, encode_definition, parse_table


def index(id: int, name: str, projection: dict[str, object], *, is_global: bool = False) -> IndexDefinition:
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "other", "KeyType": "RANGE"}]
    return IndexDefinition(id, name, schema, projection, is_global=is_global)


ALL, KEYS = {"ProjectionType": "ALL"}, {"ProjectionType": "KEYS_ONLY"}
TABLE = parse_table(
    encode_definition(
        TableDefinition(
            id=1,
            table_id="",
            name="t",
            arn="",
            created_at=0.0,
            attributes={"pk": "S", "sk": "S", "other": "S"},
            key_schema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            indexes=[index(2, "all", ALL), index(3, "keys", KEYS), index(4, "global", ALL, is_global=True)],
            counts_collections=True,
        )
    )
)


@pytest.mark.parametrize(
    ("size", "change", "is_exceeded"),
    [
        (LARGEST_BYTES, 1, False),
        (LARGEST_BYTES + 1, 1, True),
        (LARGEST_BYTES + 1, -1, False),
        (LARGEST_BYTES + 1, 0, False),
    ],
)
def test_a_collection_has_10_gb_at_most_and_may_always_shrink(size: int, change: int, is_exceeded: bool) -> None:
    assert exceeds_limit(size, change) is is_exceeded


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, [0.0, 1.0]),
        (GIGABYTE - 1, [0.0, 1.0]),
        (GIGABYTE, [1.0, 2.0]),
        (LARGEST_BYTES - 1, [9.0, 10.0]),
    ],
)
def test_a_size_is_told_as_a_range_of_a_gigabyte(size: int, expected: list[float]) -> None:
    assert size_range(size) == expected


def test_an_item_counts_with_what_local_indexes_hold_of_it() -> None:
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "text": {"S": "x" * 96}}
    plain = image_of(item)
    assert plain.size == 106
    assert collected_size(TABLE, plain) == 106
    indexed = image_of({**item, "other": {"S": "o"}})
    keys = 3 + 3 + 6
    assert collected_size(TABLE, indexed) == 112 + (112 + 100) + (keys + 100)
    assert collected_size(TABLE, None) == 0
