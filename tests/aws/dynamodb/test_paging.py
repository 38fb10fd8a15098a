"""Pages of queries and scans: whatever their size, they hold what one big page would, in its order."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table

CONDITIONS = {
    "p = :p": lambda sort: True,
    "p = :p AND s > :a": lambda sort: sort > "b",
    "p = :p AND s >= :a": lambda sort: sort >= "b",
    "p = :p AND s < :b": lambda sort: sort < "d",
    "p = :p AND s <= :b": lambda sort: sort <= "d",
    "p = :p AND s BETWEEN :a AND :b": lambda sort: "b" <= sort <= "d",
    "p = :p AND begins_with(s, :a)": lambda sort: sort.startswith("b"),
}
SORTS = ("a", "b", "b", "b", "c", "c", "d", "d", "e")


def pages(call: Any, **request: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        page = call(**request)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@pytest.fixture
def crowded(dynamodb: Any) -> str:
    """A table whose index has several items for one sort key."""
    attributes = {"p": "S", "s": "S"}
    make_table(dynamodb, "crowded", attributes=attributes, GlobalSecondaryIndexes=[index("by-p", "p", "s")])
    for number, sort in enumerate(SORTS):
        for partition in ("x", "y"):
            key = {"pk": {"S": f"{partition}{number}"}}
            dynamodb.put_item(TableName="crowded", Item={**key, "p": {"S": partition}, "s": {"S": sort}})
    return "crowded"


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("is_forward", [True, False])
def test_pages_of_an_index_begin_where_the_last_one_ended(
    dynamodb: Any, crowded: str, condition: str, is_forward: bool
) -> None:
    values = {":p": {"S": "x"}, ":a": {"S": "b"}, ":b": {"S": "d"}}
    request = {
        "TableName": crowded,
        "IndexName": "by-p",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition},
        "ScanIndexForward": is_forward,
    }
    whole = dynamodb.query(**request)["Items"]
    assert [item["s"]["S"] for item in whole] == sorted(filter(CONDITIONS[condition], SORTS), reverse=not is_forward)
    for limit in (1, 2, 3, 5):
        assert pages(dynamodb.query, Limit=limit, **request) == whole


def test_a_start_key_before_the_range_starts_at_the_range(dynamodb: Any) -> None:
    make_table(dynamodb, "ordered", range_key="sk:S")
    for sort in "abcde":
        dynamodb.put_item(TableName="ordered", Item={"pk": {"S": "p"}, "sk": {"S": sort}})

    def read(start: str, is_forward: bool) -> list[str]:
        page = dynamodb.query(
            TableName="ordered",
            KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :b",
            ExpressionAttributeValues={":p": {"S": "p"}, ":a": {"S": "b"}, ":b": {"S": "d"}},
            ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": start}},
            ScanIndexForward=is_forward,
        )
        return [item["sk"]["S"] for item in page["Items"]]

    assert read("b", True) == ["c", "d"]
    assert read("d", False) == ["c", "b"]
    assert read("d", True) == read("b", False) == []


def test_segments_in_pages_hold_every_item_once(dynamodb: Any, crowded: str) -> None:
    everything = pages(dynamodb.scan, TableName=crowded)
    assert len(everything) == 2 * len(SORTS)
    for limit in (1, 2, 7):
        parts = [
            item
            for segment in range(3)
            for item in pages(dynamodb.scan, TableName=crowded, Segment=segment, TotalSegments=3, Limit=limit)
        ]
        assert sorted(item["pk"]["S"] for item in parts) == sorted(item["pk"]["S"] for item in everything)
