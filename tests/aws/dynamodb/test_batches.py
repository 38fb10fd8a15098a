"""BatchGetItem and BatchWriteItem: their limits, their order of checks and what they leave unprocessed."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

DUPLICATES = ("ValidationException", "Provided list of item keys contains duplicates")
MISMATCH = ("ValidationException", "The provided key element does not match the schema")


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "batched")
    return "batched"


def key(name: object) -> dict[str, Any]:
    return {"pk": {"S": str(name)}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(item: dict[str, Any]) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": item}}


def test_batches_hold_100_keys_and_25_writes(dynamodb: Any, table: str) -> None:
    for start in range(0, 100, 25):
        writes = [put({**key(at), "n": {"N": str(at)}}) for at in range(start, start + 25)]
        assert dynamodb.batch_write_item(RequestItems={table: writes})["UnprocessedItems"] == {}
    reply = dynamodb.batch_get_item(RequestItems={table: {"Keys": [key(at) for at in range(100)]}})
    assert len(reply["Responses"][table]) == 100
    assert reply["UnprocessedKeys"] == {}


def test_more_keys_or_writes_are_refused_in_awss_words(dynamodb: Any, table: str) -> None:
    keys = [key(at) for at in range(101)]
    assert refusal(dynamodb.batch_get_item, RequestItems={table: {"Keys": keys}}) == (
        "ValidationException",
        f"1 validation error detected: Value at 'RequestItems.{table}.member.Keys' failed to satisfy constraint: "
        "Member must have length less than or equal to 100",
    )
    code, message = refusal(dynamodb.batch_write_item, RequestItems={table: [put(one) for one in keys[:26]]})
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value '{batched=[WriteRequest(putRequest=PutRequest(item=")
    assert message.endswith(
        "]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have "
        "length less than or equal to 25, Member must have length greater than or equal to 1]"
    )


def test_several_tables_share_the_limits(dynamodb: Any, table: str) -> None:
    make_table(dynamodb, "other")
    keys = [key(at) for at in range(51)]
    assert refusal(dynamodb.batch_get_item, RequestItems={name: {"Keys": keys} for name in (table, "other")}) == (
        "ValidationException",
        "Too many items requested for the BatchGetItem call",
    )
    writes = [put(one) for one in keys[:13]]
    assert refusal(dynamodb.batch_write_item, RequestItems=dict.fromkeys((table, "other"), writes)) == (
        "ValidationException",
        "Too many items requested for the BatchWriteItem call",
    )


def test_a_batch_of_nothing_is_refused(dynamodb: Any, table: str) -> None:
    for operation, name in ((dynamodb.batch_get_item, "BatchGetItem"), (dynamodb.batch_write_item, "BatchWriteItem")):
        assert refusal(operation, RequestItems={}) == (
            "ValidationException",
            f"The requestItems parameter is required for {name}",
        )
    assert "length greater than or equal to 1" in refusal(dynamodb.batch_write_item, RequestItems={table: []})[1]
    assert (
        "length greater than or equal to 1" in refusal(dynamodb.batch_get_item, RequestItems={table: {"Keys": []}})[1]
    )


def test_one_item_can_be_in_a_batch_once(dynamodb: Any, table: str) -> None:
    assert refusal(dynamodb.batch_get_item, RequestItems={table: {"Keys": [key(1), key(1)]}}) == DUPLICATES
    for writes in (
        [put(key(1)), put({**key(1), "x": {"S": "y"}})],
        [put(key(1)), delete(key(1))],
        [delete(key(1)), delete(key(1))],
    ):
        assert refusal(dynamodb.batch_write_item, RequestItems={table: writes}) == DUPLICATES


def test_numbers_that_are_written_differently_are_duplicates_for_writes_only(dynamodb: Any) -> None:
    make_table(dynamodb, "numbers", hash_key="n:N")
    keys = [{"n": {"N": "1000"}}, {"n": {"N": "1e3"}}]
    assert refusal(dynamodb.batch_write_item, RequestItems={"numbers": [put(one) for one in keys]}) == DUPLICATES
    dynamodb.put_item(TableName="numbers", Item=keys[0])
    assert dynamodb.batch_get_item(RequestItems={"numbers": {"Keys": keys}})["Responses"] == {"numbers": keys[:1]}
    assert refusal(dynamodb.batch_get_item, RequestItems={"numbers": {"Keys": keys[:1] * 2}}) == DUPLICATES


def test_a_wrong_batch_writes_nothing(dynamodb: Any, table: str) -> None:
    for wrong, expected in (
        (put({"x": {"S": "no key"}}), MISMATCH),
        (put({"pk": {"N": "1"}}), MISMATCH),
        (delete({}), MISMATCH),
        (delete({**key(2), "x": {"S": "y"}}), MISMATCH),
        (put({**key(2), "x": {"N": "x"}}), ("ValidationException", "The parameter cannot be converted to a numeric")),
        (put({**key(2), "x": {"S": "x" * 409_600}}), ("ValidationException", "Item size has exceeded the maximum all")),
        (put({"pk": {"S": ""}}), ("ValidationException", "One or more parameter values are not valid. The Attribute")),
        ({}, ("ValidationException", "Supplied AttributeValue")),
    ):
        code, message = refusal(dynamodb.batch_write_item, RequestItems={table: [put(key(1)), wrong]})
        assert code == expected[0]
        assert message.startswith(expected[1])
        assert "Item" not in dynamodb.get_item(TableName=table, Key=key(1))
    missing = refusal(dynamodb.batch_write_item, RequestItems={table: [put(key(1))], "absent": [put(key(1))]})
    assert missing == ("ResourceNotFoundException", "Requested resource not found")
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key(1))


def test_an_index_key_of_the_wrong_type_is_refused_in_a_batch(dynamodb: Any) -> None:
    make_table(dynamodb, "indexed", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    assert refusal(dynamodb.batch_write_item, RequestItems={"indexed": [put({**key(1), "g": {"N": "1"}})]}) == (
        "ValidationException",
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: "
        "by-g",
    )


def test_what_goes_beyond_16_mb_is_left_unprocessed_with_its_options(dynamodb: Any, table: str) -> None:
    for at in range(50):
        dynamodb.put_item(TableName=table, Item={**key(at), "v": {"S": "x" * 400_000}})
    wanted = {
        table: {
            "Keys": [key(at) for at in range(50)],
            "ConsistentRead": True,
            "ProjectionExpression": "#p",
            "ExpressionAttributeNames": {"#p": "pk"},
        }
    }
    reply = dynamodb.batch_get_item(RequestItems=wanted)
    found = [item["pk"]["S"] for item in reply["Responses"][table]]
    left = reply["UnprocessedKeys"][table]
    assert len(found) == 41
    assert len(left["Keys"]) == 9
    assert {name: left[name] for name in left if name != "Keys"} == {
        name: value for name, value in wanted[table].items() if name != "Keys"
    }
    rest = dynamodb.batch_get_item(RequestItems=reply["UnprocessedKeys"])
    found += [item["pk"]["S"] for item in rest["Responses"][table]]
    assert sorted(found) == sorted(str(at) for at in range(50))


def test_each_table_of_a_batch_has_its_own_options(dynamodb: Any, table: str) -> None:
    make_table(dynamodb, "other")
    item = {**key(1), "a": {"S": "a"}, "b": {"S": "b"}}
    for name in (table, "other"):
        dynamodb.put_item(TableName=name, Item=item)
    reply = dynamodb.batch_get_item(
        RequestItems={
            table: {"Keys": [key(1), key("absent")], "ProjectionExpression": "a"},
            "other": {"Keys": [key(1)], "AttributesToGet": ["b"]},
        }
    )
    assert reply["Responses"] == {table: [{"a": {"S": "a"}}], "other": [{"b": {"S": "b"}}]}
    code, message = refusal(
        dynamodb.batch_get_item,
        RequestItems={table: {"Keys": [key(1)], "ProjectionExpression": "a", "AttributesToGet": ["a"]}},
    )
    assert code == "ValidationException"
    assert message.startswith("Can not use both expression and non-expression parameters in the same request")
    code, message = refusal(
        dynamodb.batch_get_item, RequestItems={table: {"Keys": [key(1)], "ExpressionAttributeNames": {"#a": "a"}}}
    )
    assert message == "ExpressionAttributeNames can only be specified when using expressions"
