"""How queries and scans are paged, and which starting keys they accept."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

MEGABYTE = 1024 * 1024


def put_many(client: Any, table: str, items: list[dict[str, Any]]) -> None:
    for at in range(0, len(items), 25):
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items[at : at + 25]]})


def sized(pk: str, sk: int, size: int) -> dict[str, Any]:
    """An item of exactly so many bytes."""
    item = {"pk": {"S": pk}, "sk": {"S": f"{sk:03}"}, "v": {"S": ""}}
    used = sum(len(name) + len(value["S"]) for name, value in item.items())
    item["v"] = {"S": "x" * (size - used)}
    return item


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(
        dynamodb,
        "pages",
        range_key="sk:S",
        attributes={"g": "S", "l": "N"},
        GlobalSecondaryIndexes=[index("by-g", "g", "l"), index("keys", "g", "", "KEYS_ONLY")],
        LocalSecondaryIndexes=[index("by-l", "pk", "l", "KEYS_ONLY")],
    )
    return "pages"


def query(client: Any, table: str, **options: Any) -> Any:
    return client.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
        **options,
    )


def test_a_page_that_a_megabyte_fills_exactly_is_the_last_one_only_if_nothing_follows(
    dynamodb: Any, table: str
) -> None:
    put_many(dynamodb, table, [sized("p", at, MEGABYTE // 4) for at in range(4)])
    put_many(dynamodb, table, [sized("p", 4, 100)])
    page = query(dynamodb, table)
    assert page["Count"] == 4
    assert page["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"S": "003"}}
    rest = query(dynamodb, table, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["sk"]["S"] for item in rest["Items"]] == ["004"]
    assert "LastEvaluatedKey" not in rest


def test_just_under_a_megabyte_is_one_page(dynamodb: Any, table: str) -> None:
    sizes = [MEGABYTE // 4] * 3 + [MEGABYTE // 4 - 1]
    put_many(dynamodb, table, [sized("p", at, size) for at, size in enumerate(sizes)])
    for page in (query(dynamodb, table), dynamodb.scan(TableName=table)):
        assert page["Count"] == 4
        assert "LastEvaluatedKey" not in page


def test_a_page_counts_what_is_read_not_what_is_returned(dynamodb: Any, table: str) -> None:
    put_many(dynamodb, table, [sized("p", at, 300_000) for at in range(8)])
    for options in (
        {"ProjectionExpression": "sk"},
        {"FilterExpression": "attribute_not_exists(v)"},
        {"Select": "COUNT"},
    ):
        page = query(dynamodb, table, **options)
        assert page["ScannedCount"] == 4
        assert "LastEvaluatedKey" in page
        assert "Items" not in page if "Select" in options else "Items" in page
    assert query(dynamodb, table, FilterExpression="attribute_not_exists(v)")["Count"] == 0


def test_an_index_that_projects_less_has_longer_pages(dynamodb: Any, table: str) -> None:
    items = [{**sized("p", at, 300_000), "g": {"S": "g"}, "l": {"N": str(at)}} for at in range(8)]
    put_many(dynamodb, table, items)
    values = {":g": {"S": "g"}}
    everything = {"TableName": table, "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": values}
    assert dynamodb.query(**everything, IndexName="by-g")["Count"] == 4
    page = dynamodb.query(**everything, IndexName="keys")
    assert page["Count"] == 8
    assert "LastEvaluatedKey" not in page


def test_a_limit_that_is_reached_exactly_still_has_a_last_key(dynamodb: Any, table: str) -> None:
    put_many(dynamodb, table, [sized("p", at, 100) for at in range(3)])
    for call in (lambda **options: query(dynamodb, table, **options), lambda **o: dynamodb.scan(TableName=table, **o)):
        page = call(Limit=3)
        assert page["Count"] == 3
        assert page["LastEvaluatedKey"]["sk"] == {"S": "002"}
        rest = call(Limit=3, ExclusiveStartKey=page["LastEvaluatedKey"])
        assert rest["Count"] == 0
        assert "LastEvaluatedKey" not in rest
        assert "LastEvaluatedKey" not in call(Limit=4)


def test_the_limit_counts_items_before_the_filter(dynamodb: Any, table: str) -> None:
    put_many(dynamodb, table, [sized("p", at, 100) for at in range(4)])
    page = query(
        dynamodb,
        table,
        Limit=2,
        FilterExpression="begins_with(v, :p)",
    )
    assert (page["Count"], page["ScannedCount"]) == (0, 2)
    assert page["LastEvaluatedKey"]["sk"] == {"S": "001"}


@pytest.mark.parametrize(
    ("options", "start", "message"),
    [
        ({}, {"pk": {"S": "p"}}, "The provided starting key is invalid"),
        ({}, {"pk": {"S": "p"}, "sk": {"S": "1"}, "x": {"S": "1"}}, "The provided starting key is invalid"),
        (
            {},
            {"pk": {"S": "p"}, "sk": {"N": "1"}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        (
            {},
            {"pk": {"S": "p"}, "sk": {}},
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain exactly one of the "
            "supported datatypes",
        ),
        (
            {},
            {"pk": {"S": "q"}, "sk": {"S": "1"}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
    ],
)
def test_a_query_checks_its_starting_key(
    dynamodb: Any, table: str, options: dict[str, Any], start: dict[str, Any], message: str
) -> None:
    assert refusal(lambda: query(dynamodb, table, ExclusiveStartKey=start, **options)) == (
        "ValidationException",
        message,
    )


@pytest.mark.parametrize(
    ("options", "start", "message"),
    [
        (
            {},
            {"pk": {"S": "p"}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        (
            {},
            {"pk": {"S": "p"}, "sk": {"N": "1"}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        ({"IndexName": "by-g"}, {"pk": {"S": "p"}, "sk": {"S": "1"}}, "The provided starting key is invalid"),
        (
            {"IndexName": "by-g"},
            {"pk": {"S": "p"}, "sk": {"S": "1"}, "g": {"N": "1"}, "l": {"N": "1"}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
    ],
)
def test_a_scan_checks_its_starting_key(
    dynamodb: Any, table: str, options: dict[str, Any], start: dict[str, Any], message: str
) -> None:
    assert refusal(dynamodb.scan, TableName=table, ExclusiveStartKey=start, **options) == (
        "ValidationException",
        message,
    )


def test_a_starting_key_belongs_to_its_segment(dynamodb: Any, table: str) -> None:
    put_many(dynamodb, table, [sized(f"p{at}", 0, 100) for at in range(20)])
    page = dynamodb.scan(TableName=table, Segment=0, TotalSegments=2, Limit=1)
    assert refusal(
        dynamodb.scan, TableName=table, Segment=1, TotalSegments=2, ExclusiveStartKey=page["LastEvaluatedKey"]
    ) == (
        "ValidationException",
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        "Segment. TotalSegments: 2 Segment: 1",
    )


def test_a_partition_of_one_item_has_nothing_after_it(dynamodb: Any) -> None:
    make_table(dynamodb, "simple")
    assert refusal(lambda: query(dynamodb, "simple", ExclusiveStartKey={"pk": {"S": "p"}})) == (
        "ValidationException",
        "The provided exclusive start key is invalid: ExclusiveStartKey: {pk=AttributeValue: {S:p}}",
    )


@pytest.mark.parametrize("total", [1, 2, 3, 7, 1000])
def test_the_segments_of_a_scan_share_the_items(dynamodb: Any, table: str, total: int) -> None:
    put_many(dynamodb, table, [sized(f"p{at}", 0, 60) for at in range(25)])
    seen: list[str] = []
    for segment in range(min(total, 7)) if total <= 7 else (0, 500, 999):
        page = dynamodb.scan(TableName=table, Segment=segment, TotalSegments=total)
        seen += [item["pk"]["S"] for item in page["Items"]]
    assert len(seen) == len(set(seen))
    if total <= 7:
        assert sorted(seen) == sorted(f"p{at}" for at in range(25))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present",
        ),
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less "
            "than TotalSegments: 2",
        ),
        (
            {"Segment": -1, "TotalSegments": 2},
            "1 validation error detected: Value '-1' at 'segment' failed to satisfy constraint: Member must have value "
            "greater than or equal to 0",
        ),
        (
            {"Segment": 0, "TotalSegments": 1_000_001},
            "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must "
            "have value less than or equal to 1000000",
        ),
        (
            {"Limit": 0},
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1",
        ),
        ({"IndexName": "absent"}, "The table does not have the specified index: absent"),
        (
            {"IndexName": "by-g", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "v"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "v"},
            "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
        ),
        (
            {"Select": "ALL_ATTRIBUTES", "IndexName": "keys"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            "secondary index keys because its projection type is not ALL",
        ),
        (
            {"ProjectionExpression": "v, g", "IndexName": "keys"},
            "One or more parameter values were invalid: Global secondary index keys does not project [v]",
        ),
    ],
)
def test_a_wrong_scan_is_refused_like_aws(dynamodb: Any, table: str, options: dict[str, Any], message: str) -> None:
    assert refusal(dynamodb.scan, TableName=table, **options) == ("ValidationException", message)


def test_select_decides_what_is_returned(dynamodb: Any, table: str) -> None:
    item = {**sized("p", 0, 100), "g": {"S": "g"}, "l": {"N": "1"}}
    put_many(dynamodb, table, [item])
    keys = {name: item[name] for name in ("pk", "sk", "l")}
    assert query(dynamodb, table, IndexName="by-l")["Items"] == [keys]
    assert query(dynamodb, table, IndexName="by-l", Select="ALL_PROJECTED_ATTRIBUTES")["Items"] == [keys]
    assert query(dynamodb, table, IndexName="by-l", Select="ALL_ATTRIBUTES")["Items"] == [item]
    part = query(dynamodb, table, IndexName="by-l", Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="v")
    assert part["Items"] == [{"v": item["v"]}]
    assert query(dynamodb, table, Select="ALL_ATTRIBUTES")["Items"] == [item]
    counted = query(dynamodb, table, IndexName="by-l", Select="COUNT")
    assert counted["Count"] == 1
    assert "Items" not in counted
    assert query(dynamodb, table, IndexName="by-l", ConsistentRead=True)["Count"] == 1
