"""Global indexes whose keys have several attributes.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
"""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal

ATTRIBUTES = {"tournament": "S", "region": "S", "round": "S", "bracket": "S", "score": "N"}


def multi_index(hashes: tuple[str, ...], ranges: tuple[str, ...] = (), projection: str = "ALL") -> dict[str, Any]:
    """The index `by-round`."""
    schema = [{"AttributeName": name, "KeyType": "HASH"} for name in hashes]
    schema += [{"AttributeName": name, "KeyType": "RANGE"} for name in ranges]
    return {"IndexName": "by-round", "KeySchema": schema, "Projection": {"ProjectionType": projection}}


MATCHES = multi_index(("tournament", "region"), ("round", "bracket", "score"))


def match(number: int, round_: str, bracket: str, score: int, **more: Any) -> dict[str, Any]:
    return {
        "pk": {"S": f"m{number}"},
        "tournament": {"S": "W24"},
        "region": {"S": "EU"},
        "round": {"S": round_},
        "bracket": {"S": bracket},
        "score": {"N": str(score)},
        **more,
    }


@pytest.fixture
def matches(dynamodb: Any) -> Any:
    make_table(dynamodb, "matches", attributes=ATTRIBUTES, GlobalSecondaryIndexes=[MATCHES])
    for item in (
        match(1, "FINAL", "LOW", 9),
        match(2, "FINAL", "UP", -5),
        match(3, "FINAL", "UP", 10),
        match(4, "SEMI", "LOW", 1),
        match(5, "SEMI", "LOW", 100),
        match(6, "SEMI", "UP", 1),
        match(7, "SEMI", "UP", 1, region={"S": "NA"}),
    ):
        dynamodb.put_item(TableName="matches", Item=item)
    return dynamodb


def found(client: Any, condition: str, values: dict[str, Any] | None = None, **options: Any) -> list[str]:
    text = "tournament = :t AND #r = :r" + (f" AND {condition}" if condition else "")
    names = {"#r": "region"}
    if "#round" in text:
        names["#round"] = "round"
    reply = client.query(
        TableName="matches",
        IndexName="by-round",
        KeyConditionExpression=text,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={":t": {"S": "W24"}, ":r": {"S": "EU"}, **(values or {})},
        **options,
    )
    return [item["pk"]["S"] for item in reply["Items"]]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("", {}, ["m1", "m2", "m3", "m4", "m5", "m6"]),
        ("#round = :a", {":a": {"S": "SEMI"}}, ["m4", "m5", "m6"]),
        ("#round > :a", {":a": {"S": "FINAL"}}, ["m4", "m5", "m6"]),
        ("#round >= :a", {":a": {"S": "FINAL"}}, ["m1", "m2", "m3", "m4", "m5", "m6"]),
        ("#round < :a", {":a": {"S": "SEMI"}}, ["m1", "m2", "m3"]),
        ("#round <= :a", {":a": {"S": "FINAL"}}, ["m1", "m2", "m3"]),
        ("begins_with(#round, :a)", {":a": {"S": "SE"}}, ["m4", "m5", "m6"]),
        ("#round BETWEEN :a AND :b", {":a": {"S": "A"}, ":b": {"S": "FINAL"}}, ["m1", "m2", "m3"]),
        ("#round = :a AND bracket = :b", {":a": {"S": "SEMI"}, ":b": {"S": "LOW"}}, ["m4", "m5"]),
        ("bracket > :b AND #round = :a", {":a": {"S": "SEMI"}, ":b": {"S": "LOW"}}, ["m6"]),
        (
            "#round = :a AND bracket = :b AND score > :c",
            {":a": {"S": "FINAL"}, ":b": {"S": "UP"}, ":c": {"N": "-5"}},
            ["m3"],
        ),
        (
            "#round = :a AND bracket = :b AND score BETWEEN :c AND :d",
            {":a": {"S": "FINAL"}, ":b": {"S": "UP"}, ":c": {"N": "-10"}, ":d": {"N": "0"}},
            ["m2"],
        ),
        (
            "#round = :a AND bracket = :b AND score < :c",
            {":a": {"S": "SEMI"}, ":b": {"S": "LOW"}, ":c": {"N": "20"}},
            ["m4"],
        ),
    ],
)
def test_a_condition_on_the_first_sort_attributes_selects_a_range(
    matches: Any, condition: str, values: dict[str, Any], expected: list[str]
) -> None:
    assert found(matches, condition, values) == expected
    assert found(matches, condition, values, ScanIndexForward=False) == expected[::-1]


@pytest.mark.parametrize(
    ("condition", "values", "message"),
    [
        ("bracket = :b", {":b": {"S": "UP"}}, "Query condition missed key schema element: round"),
        (
            "#round > :a AND bracket = :b",
            {":a": {"S": "A"}, ":b": {"S": "UP"}},
            "Query key condition not supported",
        ),
        (
            "#round = :a",
            {":a": {"N": "1"}},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            "#round = :a AND bracket = :b AND begins_with(score, :c)",
            {":a": {"S": "A"}, ":b": {"S": "UP"}, ":c": {"S": "1"}},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
    ],
)
def test_conditions_that_are_no_prefix_of_the_sort_key_are_refused(
    matches: Any, condition: str, values: dict[str, Any], message: str
) -> None:
    options = {"#round": "round"} if "#round" in condition else {}
    assert refusal(
        matches.query,
        TableName="matches",
        IndexName="by-round",
        KeyConditionExpression=f"tournament = :t AND #r = :r AND {condition}",
        ExpressionAttributeNames={"#r": "region", **options},
        ExpressionAttributeValues={":t": {"S": "W24"}, ":r": {"S": "EU"}, **values},
    ) == ("ValidationException", message)


def test_every_partition_attribute_is_needed_and_by_equality(matches: Any) -> None:
    query = {"TableName": "matches", "IndexName": "by-round"}
    assert refusal(
        matches.query,
        **query,
        KeyConditionExpression="tournament = :t",
        ExpressionAttributeValues={":t": {"S": "W24"}},
    ) == ("ValidationException", "Query condition missed key schema element: region")
    assert refusal(
        matches.query,
        **query,
        KeyConditionExpression="tournament = :t AND #r > :r",
        ExpressionAttributeNames={"#r": "region"},
        ExpressionAttributeValues={":t": {"S": "W24"}, ":r": {"S": "A"}},
    ) == ("ValidationException", "Query key condition not supported")


def test_an_item_without_one_of_the_attributes_is_not_in_the_index(matches: Any) -> None:
    key = {"pk": {"S": "m1"}}
    matches.update_item(TableName="matches", Key=key, UpdateExpression="REMOVE bracket")
    assert "m1" not in found(matches, "")
    matches.update_item(
        TableName="matches",
        Key=key,
        UpdateExpression="SET bracket = :b",
        ExpressionAttributeValues={":b": {"S": "ZZ"}},
    )
    assert found(matches, "#round = :a", {":a": {"S": "FINAL"}}) == ["m2", "m3", "m1"]
    matches.delete_item(TableName="matches", Key=key)
    assert "m1" not in found(matches, "")


def test_pages_lead_through_the_index_by_all_key_attributes(matches: Any) -> None:
    start: dict[str, Any] = {}
    seen: list[str] = []
    while True:
        reply = matches.query(
            TableName="matches",
            IndexName="by-round",
            KeyConditionExpression="tournament = :t AND #r = :r",
            ExpressionAttributeNames={"#r": "region"},
            ExpressionAttributeValues={":t": {"S": "W24"}, ":r": {"S": "EU"}},
            Limit=2,
            **start,
        )
        seen += [item["pk"]["S"] for item in reply["Items"]]
        if "LastEvaluatedKey" not in reply:
            break
        assert set(reply["LastEvaluatedKey"]) == {"pk", *ATTRIBUTES}
        start = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}
    assert seen == ["m1", "m2", "m3", "m4", "m5", "m6"]
    scanned = matches.scan(TableName="matches", IndexName="by-round", Limit=3)
    rest = matches.scan(TableName="matches", IndexName="by-round", ExclusiveStartKey=scanned["LastEvaluatedKey"])
    assert scanned["Count"] + rest["Count"] == 7


def test_zero_bytes_do_not_mix_up_the_order(dynamodb: Any) -> None:
    make_table(
        dynamodb,
        "bytes",
        attributes={"p": "S", "a": "B", "b": "S"},
        GlobalSecondaryIndexes=[multi_index(("p",), ("a", "b"))],
    )
    values = [b"a", b"a\x00", b"a\x00\x01", b"a\x00\xff", b"a\x01", b"ab", b"b"]
    for at, value in enumerate(values):
        for second in ("x", "y"):
            item = {"pk": {"S": f"{at}{second}"}, "p": {"S": "p"}, "a": {"B": value}, "b": {"S": second}}
            dynamodb.put_item(TableName="bytes", Item=item)

    def query(condition: str, **given: Any) -> list[str]:
        reply = dynamodb.query(
            TableName="bytes",
            IndexName="by-round",
            KeyConditionExpression=f"p = :p{condition}",
            ExpressionAttributeValues={":p": {"S": "p"}, **{f":{name}": value for name, value in given.items()}},
        )
        return [item["pk"]["S"] for item in reply["Items"]]

    everything = [f"{at}{second}" for at in range(len(values)) for second in ("x", "y")]
    assert query("") == everything
    for at, value in enumerate(values):
        assert query(" AND a = :a", a={"B": value}) == everything[2 * at : 2 * at + 2]
        assert query(" AND a > :a", a={"B": value}) == everything[2 * at + 2 :]
        assert query(" AND a < :a", a={"B": value}) == everything[: 2 * at]
        starts = [f"{other}{s}" for other, one in enumerate(values) if one.startswith(value) for s in ("x", "y")]
        assert query(" AND begins_with(a, :a)", a={"B": value}) == starts
        assert query(" AND a = :a AND b > :b", a={"B": value}, b={"S": "x"}) == [f"{at}y"]


def test_an_index_of_several_attributes_that_is_added_later_is_filled(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "matches")
    dynamodb.put_item(TableName="matches", Item=match(1, "FINAL", "UP", 1))
    dynamodb.put_item(TableName="matches", Item={"pk": {"S": "other"}, "tournament": {"S": "W24"}})
    dynamodb.update_table(
        TableName="matches",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in ATTRIBUTES.items()],
        GlobalSecondaryIndexUpdates=[{"Create": MATCHES}],
    )
    aws.idle()
    (described,) = dynamodb.describe_table(TableName="matches")["Table"]["GlobalSecondaryIndexes"]
    assert described["KeySchema"] == MATCHES["KeySchema"]
    assert found(dynamodb, "") == ["m1"]


def test_the_number_and_order_of_key_attributes_are_checked(dynamodb: Any) -> None:
    def refused(schema: list[tuple[str, str]], **options: Any) -> str:
        wanted = multi_index(())
        wanted["KeySchema"] = [{"AttributeName": name, "KeyType": kind} for name, kind in schema]
        code, message = refusal(
            lambda: make_table(
                dynamodb,
                "wrong",
                attributes={name: "S" for name, _ in schema},
                GlobalSecondaryIndexes=[wanted],
                **options,
            )
        )
        assert code == "ValidationException"
        return message

    five = [(name, "HASH") for name in "abcde"]
    assert "exceeds the limit of 4" in refused(five)
    assert "exceeds the limit of 4" in refused([("h", "HASH"), *((name, "RANGE") for name, _ in five)])
    assert refused([("a", "RANGE"), ("b", "HASH")]) == (
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    )
    assert refused([("a", "HASH"), ("b", "RANGE"), ("c", "HASH")]).startswith("Invalid KeySchema")
    assert "Duplicate" in refused([("a", "HASH"), ("b", "RANGE"), ("b", "RANGE")])
    make_table(
        dynamodb,
        "largest",
        attributes=dict.fromkeys("abcdefgh", "S"),
        GlobalSecondaryIndexes=[multi_index(tuple("abcd"), tuple("efgh"))],
    )


def test_the_values_of_a_key_are_limited_together(dynamodb: Any) -> None:
    make_table(
        dynamodb,
        "sizes",
        attributes=dict.fromkeys("abcd", "S"),
        GlobalSecondaryIndexes=[multi_index(("a", "b"), ("c", "d"))],
    )
    item = {"pk": {"S": "x"}, **{name: {"S": "x" * 500} for name in "abcd"}}
    dynamodb.put_item(TableName="sizes", Item=item)
    assert (
        "Aggregated size of all range keys"
        in refusal(dynamodb.put_item, TableName="sizes", Item={**item, "c": {"S": "x" * 600}})[1]
    )
    assert (
        "Size of hashkey"
        in refusal(
            dynamodb.update_item,
            TableName="sizes",
            Key={"pk": {"S": "x"}},
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"S": "x" * 1600}},
        )[1]
    )
