"""SearchVectors: what it finds, what it shows, what it costs and what it refuses.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearchWorkingWith.html
"""

import random
from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.vectors import embedded, keys, make_vector_table, put, search, vector, vector_index, where

INVALID = "One or more parameter values were invalid: "


@pytest.fixture
def shop(dynamodb: Any) -> Any:
    """A table whose index has a partition key and two inline filters."""
    make_vector_table(
        dynamodb,
        "shop",
        vector_index("alike", "tenant:HASH", "brand:INLINE_FILTER", "year:INLINE_FILTER"),
        attributes={"tenant": "S", "brand": "S", "year": "N"},
    )
    put(dynamodb, "shop", "a", 1, 0, tenant={"S": "t1"}, brand={"S": "x"}, year={"N": "2020"})
    put(dynamodb, "shop", "b", 1, 0.5, tenant={"S": "t1"}, brand={"S": "y"}, year={"N": "2020"})
    put(dynamodb, "shop", "c", 0, 1, tenant={"S": "t1"}, brand={"S": "x"})
    put(dynamodb, "shop", "d", 1, 0, tenant={"S": "t2"}, brand={"S": "x"})
    put(dynamodb, "shop", "e", 1, 0, brand={"S": "x"})
    dynamodb.put_item(TableName="shop", Item={"pk": {"S": "f"}, "tenant": {"S": "t1"}})
    return dynamodb


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("COSINE", [("long", 0.0), ("near", 0.0), ("side", 1.0), ("back", 2.0)]),
        ("EUCLIDEAN", [("near", 0.0), ("side", 2**0.5), ("back", 2.0), ("long", 9.0)]),
        ("DOT_PRODUCT", [("long", 10.0), ("near", 1.0), ("side", 0.0), ("back", -1.0)]),
    ],
)
def test_results_come_with_scores_and_the_best_first(
    dynamodb: Any, function: str, expected: list[tuple[str, float]]
) -> None:
    make_vector_table(dynamodb, "words", vector_index(DistanceFunction=function))
    for key, numbers in (("near", (1, 0)), ("long", (10, 0)), ("side", (0, 1)), ("back", (-1, 0))):
        put(dynamodb, "words", key, *numbers)
    found = search(dynamodb, "words", 1, 0)["SearchResults"]
    assert sorted(one["Item"]["pk"]["S"] for one in found) == sorted(key for key, _ in expected)
    assert [one["Score"] for one in found] == pytest.approx([score for _, score in expected])
    assert found[-1]["Item"]["pk"]["S"] == expected[-1][0]
    best = {key for key, score in expected if score == expected[0][1]}
    assert keys(dynamodb, "words", 1, 0, count=1)[0] in best


def test_a_table_may_be_named_by_its_arn(dynamodb: Any) -> None:
    arn = make_vector_table(dynamodb, "words")
    put(dynamodb, "words", "one", 1, 0)
    assert keys(dynamodb, arn, 1, 0) == ["one"]


def test_more_entries_than_are_read_at_once_are_all_searched(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "many", vector_index(Dimensions=3, DistanceFunction="EUCLIDEAN"))
    choose = random.Random(7)
    points = {f"p{at}": [round(choose.uniform(-5, 5), 3) for _ in range(3)] for at in range(2600)}
    names = list(points)
    for start in range(0, len(names), 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": name}, "embedding": embedded(*points[name])}}}
            for name in names[start : start + 25]
        ]
        dynamodb.batch_write_item(RequestItems={"many": puts})
    query = (0.5, -1.0, 2.0)
    distance = {name: sum((a - b) ** 2 for a, b in zip(point, query, strict=True)) for name, point in points.items()}
    assert keys(dynamodb, "many", *query, count=100) == sorted(names, key=lambda name: distance[name])[:100]


def test_large_vectors_are_stored_and_found(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "wide", vector_index(Dimensions=4096))
    choose = random.Random(1)
    points = [[round(choose.uniform(-1, 1), 6) for _ in range(4096)] for _ in range(3)]
    for at, point in enumerate(points):
        put(dynamodb, "wide", str(at), *point)
    found = search(dynamodb, "wide", *points[1], count=1, ReturnConsumedCapacity="TOTAL")
    assert found["SearchResults"][0]["Item"] == {"pk": {"S": "1"}}
    assert found["SearchResults"][0]["Score"] == pytest.approx(0, abs=1e-9)
    assert found["ConsumedCapacity"]["VectorSearchRequestBytes"] >= 3 * 4 * 4096


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("tenant = :t", {":t": {"S": "t1"}}, ["a", "b", "c"]),
        (":t = tenant", {":t": {"S": "t2"}}, ["d"]),
        ("tenant = :t", {":t": {"S": "nobody"}}, []),
        ("tenant = :t AND brand = :b", {":t": {"S": "t1"}, ":b": {"S": "x"}}, ["a", "c"]),
        ("(brand = :b AND tenant = :t)", {":t": {"S": "t1"}, ":b": {"S": "y"}}, ["b"]),
        (
            "tenant = :t AND (brand = :b AND #year = :y)",
            {":t": {"S": "t1"}, ":b": {"S": "x"}, ":y": {"N": "2.02e3"}},
            ["a"],
        ),
        ("tenant = :t AND #year = :y", {":t": {"S": "t1"}, ":y": {"N": "1999"}}, []),
    ],
)
def test_conditions_choose_a_partition_and_filter_it(
    shop: Any, condition: str, values: dict[str, Any], expected: list[str]
) -> None:
    names = {"ExpressionAttributeNames": {"#year": "year"}} if "#year" in condition else {}
    found = keys(shop, "shop", 1, 0, SearchConditionExpression=condition, ExpressionAttributeValues=values, **names)
    assert found == expected


def test_filters_work_without_a_partition_key(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "flat", vector_index("alike", "brand:INLINE_FILTER"), attributes={"brand": "S"})
    put(dynamodb, "flat", "a", 1, 0, brand={"S": "x"})
    put(dynamodb, "flat", "b", 1, 0)
    assert sorted(keys(dynamodb, "flat", 1, 0)) == ["a", "b"]
    assert keys(dynamodb, "flat", 1, 0, **where("brand = :b", b="x")) == ["a"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "SearchConditionExpression must be provided when SearchSchema has a HASH key"),
        (where("brand = :b", b="x"), "Search condition missed search schema element: tenant"),
        (
            where("tenant = :t AND title = :b", t="t1", b="x"),
            "SearchConditionExpression can only contain attributes of the SearchSchema: title",
        ),
        *(
            (
                {
                    "SearchConditionExpression": f"tenant = :t AND {condition}",
                    "ExpressionAttributeValues": {":t": {"S": "t1"}, ":b": {"S": "x"}},
                },
                "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression",
            )
            for condition in (
                "brand <> :b",
                "brand < :b",
                "brand <= :b",
                "brand > :b",
                "brand >= :b",
                "brand IN (:b)",
                "brand BETWEEN :t AND :b",
                "begins_with(brand, :b)",
                "NOT brand = :b",
                "(brand = :b OR brand = :t)",
            )
        ),
        (
            where("tenant = :t AND tenant = :b", t="t1", b="x"),
            "Invalid SearchConditionExpression: SearchConditionExpression must only contain one condition per "
            "attribute",
        ),
        (
            where("tenant.part = :t", t="t1"),
            "Invalid SearchConditionExpression: SearchConditionExpression cannot have conditions on nested attributes",
        ),
        (
            {"SearchConditionExpression": "tenant = brand"},
            "Invalid SearchConditionExpression: A condition in SearchConditionExpression must compare an attribute of "
            "the SearchSchema with a value",
        ),
        (
            {"SearchConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": {"N": "1"}}},
            INVALID + "Condition parameter type does not match schema type",
        ),
        (
            {
                "SearchConditionExpression": "tenant = :t AND brand = :b",
                "ExpressionAttributeValues": {":t": {"S": "t1"}, ":b": {"N": "1"}},
            },
            INVALID + "Condition parameter type does not match schema type",
        ),
        (
            {"SearchConditionExpression": "tenant = :t"},
            "Invalid SearchConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :t",
        ),
        (
            {"SearchConditionExpression": "tenant ="},
            'Invalid SearchConditionExpression: Syntax error; token: "<EOF>", near: "="',
        ),
        (
            where("tenant = :t", t="t1", b="x"),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}",
        ),
        (
            {"ExpressionAttributeValues": {":t": {"S": "t1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: SearchConditionExpression is null",
        ),
        (
            {"ExpressionAttributeNames": {"#t": "tenant"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
    ],
)
def test_conditions_that_cannot_be_searched_with_are_refused(shop: Any, options: Any, message: str) -> None:
    request = {"TableName": "shop", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1, **options}
    assert refusal(shop.search_vectors, **request) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"TopK": 101},
            "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive",
        ),
        (
            {"TopK": 0},
            "1 validation error detected: Value '0' at 'topK' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        ({"SearchVector": vector(1, 2, 3)}, "Input search vector dimension 3 does not match vector index dimension 2"),
        (
            {"SearchVector": [{"N": "1"}, {"S": "1"}]},
            INVALID + "Invalid type for parameter SearchVector[1], Expected: N, Actual: S",
        ),
        (
            {"SearchVector": vector(1, "1e39")},
            INVALID
            + "Invalid value for parameter SearchVector[1], Expected: 32-bit floating point number, "
            + "Actual: 1000000000000000000000000000000000000000",
        ),
        ({"SearchVector": vector(1, "x")}, "The parameter cannot be converted to a numeric value: x"),
        ({"IndexName": "another"}, "The table does not have the specified index: another"),
        ({"IndexName": "by-brand"}, "SearchVectors operation not supported on this index type."),
    ],
)
def test_searches_that_do_not_fit_the_index_are_refused(dynamodb: Any, options: Any, message: str) -> None:
    make_vector_table(dynamodb, "words", attributes={"brand": "S"}, GlobalSecondaryIndexes=[index("by-brand", "brand")])
    request = {"TableName": "words", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1, **options}
    assert refusal(dynamodb.search_vectors, **request) == ("ValidationException", message)


@pytest.mark.parametrize("member", ["TableName", "IndexName", "SearchVector", "TopK"])
def test_members_that_are_missing_are_named(dynamodb: Any, member: str) -> None:
    make_vector_table(dynamodb, "words")
    request = {"TableName": "words", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1}
    del request[member]
    code, message = refusal(dynamodb.search_vectors, **request)
    assert code == "ValidationException"
    assert f"at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: Member must not be null" in message


def test_tables_that_are_not_there_are_not_searched(dynamodb: Any) -> None:
    request = {"TableName": "nowhere", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1}
    assert refusal(dynamodb.search_vectors, **request)[0] == "ResourceNotFoundException"


def test_the_vector_is_shown_only_when_it_is_asked_for_and_then_in_the_floats_of_the_index(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words")
    put(dynamodb, "words", "one", 0.12345678901, -3, title={"S": "Snow"}, more={"M": {"deep": {"S": "x"}}})
    (found,) = search(dynamodb, "words", 1, 0)["SearchResults"]
    assert found["Item"] == {"pk": {"S": "one"}, "title": {"S": "Snow"}, "more": {"M": {"deep": {"S": "x"}}}}
    (found,) = search(
        dynamodb, "words", 1, 0, ProjectionExpression="#e, more.deep", ExpressionAttributeNames={"#e": "embedding"}
    )["SearchResults"]
    assert found["Item"] == {"embedding": embedded(0.12345679, -3), "more": {"M": {"deep": {"S": "x"}}}}
    (found,) = search(dynamodb, "words", 1, 0, ProjectionExpression="embedding[1]")["SearchResults"]
    assert found["Item"] == {"embedding": embedded(-3)}


@pytest.mark.parametrize(
    ("projection", "expected"),
    [
        ({"ProjectionType": "KEYS_ONLY"}, {"pk", "brand"}),
        ({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}, {"pk", "brand", "title"}),
        ({"ProjectionType": "ALL"}, {"pk", "brand", "title", "text"}),
    ],
)
def test_results_show_what_the_index_projects(dynamodb: Any, projection: dict[str, Any], expected: set[str]) -> None:
    indexes = vector_index("alike", "brand:INLINE_FILTER", Projection=projection)
    make_vector_table(dynamodb, "words", indexes, attributes={"brand": "S"})
    put(dynamodb, "words", "one", 1, 0, brand={"S": "x"}, title={"S": "Snow"}, text={"S": "long"})
    assert set(search(dynamodb, "words", 1, 0)["SearchResults"][0]["Item"]) == expected
    # AWS: what is not projected is passed over, without an error.
    found = search(
        dynamodb,
        "words",
        1,
        0,
        ProjectionExpression="pk, title, #text, absent",
        ExpressionAttributeNames={"#text": "text"},
    )
    assert set(found["SearchResults"][0]["Item"]) == expected & {"pk", "title", "text"}


def test_searches_cost_the_bytes_that_they_look_at(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words", vector_index(Dimensions=1000, Projection={"ProjectionType": "KEYS_ONLY"}))
    numbers = [1.0] * 1000
    cost = {"VectorSearchRequestBytes": 1024.0}
    assert search(dynamodb, "words", *numbers, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"] == cost
    put(dynamodb, "words", "one", *numbers)
    cost = {"VectorSearchRequestBytes": 4000.0 + len("pkone")}
    assert search(dynamodb, "words", *numbers, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == cost
    assert "ConsumedCapacity" not in search(dynamodb, "words", *numbers, ReturnConsumedCapacity="NONE")
    assert "ConsumedCapacity" not in search(dynamodb, "words", *numbers)


def test_writes_cost_the_bytes_that_they_change(dynamodb: Any) -> None:
    keys_only = {"ProjectionType": "KEYS_ONLY"}
    first = vector_index("alike", Dimensions=1000, Projection=keys_only)
    make_vector_table(dynamodb, "words", first, vector_index("small", attribute="tiny", Projection=keys_only))
    item = {"pk": {"S": "one"}, "embedding": embedded(*[1] * 1000)}
    reply = dynamodb.put_item(TableName="words", Item=item, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"]["VectorIndexes"] == {"alike": {"VectorWriteRequestBytes": 4005.0}}
    item["tiny"] = embedded(1, 2)
    update = {
        "TableName": "words",
        "Key": {"pk": {"S": "one"}},
        "UpdateExpression": "SET tiny = :v",
        "ExpressionAttributeValues": {":v": item["tiny"]},
    }
    reply = dynamodb.update_item(**update, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"]["VectorIndexes"] == {"small": {"VectorWriteRequestBytes": 1024.0}}
    reply = dynamodb.put_item(TableName="words", Item=item, ReturnConsumedCapacity="INDEXES")
    assert "VectorIndexes" not in reply["ConsumedCapacity"]
    reply = dynamodb.delete_item(TableName="words", Key={"pk": {"S": "one"}}, ReturnConsumedCapacity="INDEXES")
    written = reply["ConsumedCapacity"]["VectorIndexes"]
    assert {name: one["VectorWriteRequestBytes"] for name, one in written.items()} == {"alike": 4005.0, "small": 13.0}
    reply = dynamodb.put_item(TableName="words", Item=item, ReturnConsumedCapacity="TOTAL")
    assert "VectorIndexes" not in reply["ConsumedCapacity"]


def test_replies_have_a_largest_size(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words")
    for at in range(45):
        put(dynamodb, "words", str(at), 1, at, text={"S": "x" * 390_000})
    request = {"TableName": "words", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 45}
    code, message = refusal(dynamodb.search_vectors, **request)
    assert (code, message.startswith("The results exceed the maximum response size of 16 MB")) == (
        "ValidationException",
        True,
    )
    assert len(keys(dynamodb, "words", 1, 0, count=45, ProjectionExpression="pk")) == 45


def test_queries_and_scans_do_not_read_vector_indexes(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words")
    query = {
        "TableName": "words",
        "IndexName": "alike",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "x"}},
    }
    assert refusal(dynamodb.query, **query)[1] == "Query operation not supported on this index type."
    scan = {"TableName": "words", "IndexName": "alike"}
    assert refusal(dynamodb.scan, **scan)[1] == "Scan operation not supported on this index type."
    statement = 'SELECT * FROM "words"."alike" WHERE pk = \'x\''
    assert "not supported on this index type." in refusal(dynamodb.execute_statement, Statement=statement)[1]


def test_tables_without_vector_indexes_have_none_to_search(dynamodb: Any) -> None:
    make_table(dynamodb, "plain")
    request = {"TableName": "plain", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1}
    message = "The table does not have the specified index: alike"
    assert refusal(dynamodb.search_vectors, **request) == ("ValidationException", message)
