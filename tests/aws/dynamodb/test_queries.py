"""Query and Scan, on tables and indexes."""

from typing import Any

import pytest

from aws.dynamodb.conftest import index, make_table, refusal


@pytest.fixture
def orders(dynamodb: Any) -> str:
    make_table(
        dynamodb,
        "orders",
        range_key="sk:N",
        attributes={"status": "S", "at": "N"},
        GlobalSecondaryIndexes=[
            index("by-status", "status", "at"),
            index("keys", "status", "", "KEYS_ONLY"),
        ],
        LocalSecondaryIndexes=[index("by-at", "pk", "at", "INCLUDE", "note")],
    )
    numbers = [-100, -1.5, -1, -0.001, 0, 0.001, 1, 1.5, 2, 10, 1000]
    for at, number in enumerate(numbers):
        item = {"pk": {"S": "p"}, "sk": {"N": str(number)}, "note": {"S": f"n{at}"}, "rest": {"S": "r"}}
        if at % 2 == 0:
            item |= {"status": {"S": "open"}, "at": {"N": str(100 - at)}}
        dynamodb.put_item(TableName="orders", Item=item)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "q"}, "sk": {"N": "1"}})
    return "orders"


def keys(reply: Any) -> list[str]:
    return [item["sk"]["N"] for item in reply["Items"]]


def query(dynamodb: Any, condition: str, **options: Any) -> Any:
    values = options.pop("values", {})
    values = {":p": {"S": "p"}, **{f":{name}": {"N": str(value)} for name, value in values.items()}}
    return dynamodb.query(
        TableName="orders", KeyConditionExpression=condition, ExpressionAttributeValues=values, **options
    )


def test_sort_keys_come_in_the_order_of_the_numbers(dynamodb: Any, orders: str) -> None:
    expected = ["-100", "-1.5", "-1", "-0.001", "0", "0.001", "1", "1.5", "2", "10", "1000"]
    assert keys(query(dynamodb, "pk = :p")) == expected
    assert keys(query(dynamodb, "pk = :p", ScanIndexForward=False)) == expected[::-1]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("sk = :a", {"a": "1.50"}, ["1.5"]),
        ("sk < :a", {"a": -1}, ["-100", "-1.5"]),
        ("sk <= :a", {"a": -1}, ["-100", "-1.5", "-1"]),
        ("sk > :a", {"a": 2}, ["10", "1000"]),
        (":a < sk", {"a": 2}, ["10", "1000"]),
        ("sk BETWEEN :a AND :b", {"a": -1, "b": "0.001"}, ["-1", "-0.001", "0", "0.001"]),
    ],
)
def test_a_key_condition_selects_a_range(
    dynamodb: Any, orders: str, condition: str, values: dict[str, Any], expected: list[str]
) -> None:
    assert keys(query(dynamodb, f"pk = :p AND {condition}", values=values)) == expected
    assert (
        keys(query(dynamodb, f"({condition}) AND (pk = :p)", values=values, ScanIndexForward=False)) == (expected[::-1])
    )


def test_pages_by_limit_lead_through_everything_once(dynamodb: Any, orders: str) -> None:
    for options in ({}, {"ScanIndexForward": False}, {"IndexName": "by-at"}):
        everything = keys(query(dynamodb, "pk = :p", **options))
        found: list[str] = []
        start: dict[str, Any] = {}
        while True:
            page = query(dynamodb, "pk = :p", Limit=2, **options, **start)
            found += keys(page)
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert found == everything


def test_a_filter_counts_what_was_read(dynamodb: Any, orders: str) -> None:
    reply = dynamodb.query(
        TableName="orders",
        KeyConditionExpression="pk = :p",
        FilterExpression="note IN (:x, :y)",
        ExpressionAttributeValues={":p": {"S": "p"}, ":x": {"S": "n1"}, ":y": {"S": "n3"}},
        Limit=4,
    )
    assert (reply["Count"], reply["ScannedCount"]) == (2, 4)
    assert reply["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"N": "-0.001"}}


def test_indexes_are_sparse_ordered_and_projected(dynamodb: Any, orders: str) -> None:
    values = {":s": {"S": "open"}}
    wanted = {
        "TableName": "orders",
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": values,
    }
    reply = dynamodb.query(**wanted, IndexName="by-status")
    assert keys(reply) == ["1000", "2", "1", "0", "-1", "-100"]
    assert reply["Items"][0]["rest"] == {"S": "r"}
    reply = dynamodb.query(**wanted, IndexName="keys")
    assert reply["Count"] == 6
    assert all(item.keys() == {"pk", "sk", "status"} for item in reply["Items"])
    reply = dynamodb.scan(TableName="orders", IndexName="by-at")
    assert all(item.keys() == {"pk", "sk", "at", "note"} for item in reply["Items"])
    reply = query(dynamodb, "pk = :p", IndexName="by-at", Select="ALL_ATTRIBUTES")
    assert all("rest" in item for item in reply["Items"])


def test_index_entries_follow_their_items(dynamodb: Any, orders: str) -> None:
    key = {"pk": {"S": "p"}, "sk": {"N": "1"}}
    wanted = {"TableName": "orders", "IndexName": "by-status", "Select": "COUNT"}
    assert dynamodb.scan(**wanted)["Count"] == 6
    dynamodb.update_item(
        TableName="orders", Key=key, UpdateExpression="REMOVE #s", ExpressionAttributeNames={"#s": "status"}
    )
    assert dynamodb.scan(**wanted)["Count"] == 5
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "p"}, "sk": {"N": "2"}})
    assert dynamodb.scan(**wanted)["Count"] == 4
    dynamodb.put_item(TableName="orders", Item={**key, "status": {"S": "open"}, "at": {"N": "1"}})
    assert dynamodb.scan(**wanted)["Count"] == 5


def test_segments_of_a_parallel_scan_share_the_items(dynamodb: Any) -> None:
    make_table(dynamodb, "scanned")
    for at in range(60):
        dynamodb.put_item(TableName="scanned", Item={"pk": {"S": f"item{at}"}})
    found = []
    for segment in range(4):
        start: dict[str, Any] = {}
        while True:
            page = dynamodb.scan(TableName="scanned", Segment=segment, TotalSegments=4, Limit=7, **start)
            found += [item["pk"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(found) == sorted(f"item{at}" for at in range(60))


def test_a_page_ends_at_one_megabyte(dynamodb: Any) -> None:
    make_table(dynamodb, "large", range_key="sk:N")
    for at in range(5):
        dynamodb.put_item(TableName="large", Item={"pk": {"S": "p"}, "sk": {"N": str(at)}, "x": {"S": "x" * 300_000}})
    page = dynamodb.scan(TableName="large")
    assert page["Count"] == 4
    page = dynamodb.scan(TableName="large", ExclusiveStartKey=page["LastEvaluatedKey"])
    assert page["Count"] == 1
    assert "LastEvaluatedKey" not in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        ),
        ({"condition": "sk = :n"}, "Query condition missed key schema element: pk"),
        ({"condition": "pk > :p"}, "Query key condition not supported"),
        ({"condition": "pk = :p AND rest = :p"}, "Query condition missed key schema element: sk"),
        (
            {"condition": "pk = :n"},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        ({"condition": "pk = :p", "IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"condition": "#s = :p", "names": {"#s": "status"}, "IndexName": "keys", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"condition": "#s = :p", "names": {"#s": "status"}, "IndexName": "keys", "Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            "secondary index keys because its projection type is not ALL",
        ),
        (
            {"condition": "pk = :p", "FilterExpression": "sk = :n"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
        ),
        (
            {"condition": "pk = :p", "ExclusiveStartKey": {"pk": {"S": "p"}}},
            "The provided starting key is invalid",
        ),
        (
            {"condition": "pk = :p", "ExclusiveStartKey": {"pk": {"S": "q"}, "sk": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (
            {"condition": "pk = :p AND sk < :n", "ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"N": "9"}}},
            "The provided starting key does not match the range key predicate",
        ),
        (
            {"condition": "pk = :p", "Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"condition": "pk = :p", "Limit": 0},
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_query_is_refused_like_aws(dynamodb: Any, orders: str, options: dict[str, Any], message: str) -> None:
    options = dict(options)
    condition, names = options.pop("condition", ""), options.pop("names", None)
    if condition:
        used = condition + options.get("FilterExpression", "")
        values = {name: value for name, value in {":p": {"S": "p"}, ":n": {"N": "1"}}.items() if name in used}
        options |= {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    if names:
        options["ExpressionAttributeNames"] = names
    assert refusal(dynamodb.query, TableName=orders, **options) == ("ValidationException", message)


def test_text_keys_are_ordered_by_their_bytes_and_found_by_prefix(dynamodb: Any) -> None:
    make_table(dynamodb, "texts", range_key="sk:S")
    texts = ["a", "a\x00", "ab", "b", "é", "日本", "\U0001f600", "Z"]
    for text in texts:
        dynamodb.put_item(TableName="texts", Item={"pk": {"S": "p"}, "sk": {"S": text}})
    wanted = {"TableName": "texts", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    found = dynamodb.query(**wanted, KeyConditionExpression="pk = :p")["Items"]
    assert [item["sk"]["S"] for item in found] == sorted(texts, key=str.encode)
    wanted["ExpressionAttributeValues"] |= {":a": {"S": "a"}}
    found = dynamodb.query(**wanted, KeyConditionExpression="pk = :p AND begins_with(sk, :a)")["Items"]
    assert [item["sk"]["S"] for item in found] == ["a", "a\x00", "ab"]


def test_legacy_conditions_query_and_scan(dynamodb: Any, orders: str) -> None:
    condition = {
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]},
        "sk": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "2"}]},
    }
    note = {"note": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": "n5"}]}}
    reply = dynamodb.query(TableName="orders", KeyConditions=condition, QueryFilter=note)
    assert keys(reply) == ["0", "1", "1.5", "2"]
    reply = dynamodb.scan(
        TableName="orders",
        ScanFilter={**note, "status": {"ComparisonOperator": "NOT_NULL"}},
        ConditionalOperator="AND",
        Select="COUNT",
    )
    assert reply["Count"] == 6
