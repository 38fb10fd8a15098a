"""PutItem, GetItem, UpdateItem and DeleteItem."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.dynamodb.conftest import index, make_table, refusal

KEY = {"pk": {"S": "a"}}


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "table")
    return "table"


def test_an_item_of_every_type_comes_back_as_it_was_put(aws: Any, dynamodb: Any, table: str) -> None:
    items = aws.resource("dynamodb").Table(table)
    item = {
        "pk": "a",
        "number": Decimal("-1.50"),
        "binary": b"\x00\xff",
        "true": True,
        "null": None,
        "strings": {"x", "y"},
        "numbers": {Decimal(1), Decimal(2)},
        "list": [1, "two", {"three": [b"4"]}],
        "map": {"é": {"deep": []}, "empty": {}},
        "empty": "",
    }
    items.put_item(Item=item)
    found = items.get_item(Key={"pk": "a"})["Item"]
    assert found == item
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["number"] == {"N": "-1.5"}


def test_put_replaces_the_whole_item_and_returns_the_old_one(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**KEY, "x": {"N": "1"}})
    reply = dynamodb.put_item(TableName=table, Item={**KEY, "y": {"N": "2"}}, ReturnValues="ALL_OLD")
    assert reply["Attributes"] == {**KEY, "x": {"N": "1"}}
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == {**KEY, "y": {"N": "2"}}


def test_an_item_that_is_not_there_is_no_error(dynamodb: Any, table: str) -> None:
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)
    assert "Attributes" not in dynamodb.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")


def test_a_condition_guards_a_put_and_shows_the_item_when_asked(dynamodb: Any, table: str) -> None:
    put = {"TableName": table, "Item": {**KEY, "v": {"N": "1"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.put_item(**put)
    assert refusal(dynamodb.put_item, **put) == ("ConditionalCheckFailedException", "The conditional request failed")
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Item"] == {**KEY, "v": {"N": "1"}}


def test_update_creates_changes_and_returns_what_was_asked_for(dynamodb: Any, table: str) -> None:
    update = {"TableName": table, "Key": KEY}
    reply = dynamodb.update_item(
        **update,
        UpdateExpression="SET a = :one, m = :m",
        ExpressionAttributeValues={":one": {"N": "1"}, ":m": {"M": {"x": {"S": "old"}, "y": {"S": "kept"}}}},
        ReturnValues="UPDATED_OLD",
    )
    assert "Attributes" not in reply
    change = {"UpdateExpression": "SET m.x = :v ADD a :one"}
    change["ExpressionAttributeValues"] = {":v": {"S": "new"}, ":one": {"N": "1"}}
    reply = dynamodb.update_item(**update, **change, ReturnValues="UPDATED_OLD")
    assert reply["Attributes"] == {"m": {"M": {"x": {"S": "old"}}}, "a": {"N": "1"}}
    reply = dynamodb.update_item(**update, **change, ReturnValues="UPDATED_NEW")
    assert reply["Attributes"] == {"m": {"M": {"x": {"S": "new"}}}, "a": {"N": "3"}}
    reply = dynamodb.update_item(**update, **change, ReturnValues="ALL_NEW")
    assert reply["Attributes"] == {
        **KEY,
        "m": {"M": {"x": {"S": "new"}, "y": {"S": "kept"}}},
        "a": {"N": "4"},
    }


def test_an_update_without_changes_creates_the_item_but_one_that_only_removes_does_not(
    dynamodb: Any, table: str
) -> None:
    dynamodb.update_item(TableName=table, Key=KEY, UpdateExpression="REMOVE x")
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)
    dynamodb.update_item(TableName=table, Key=KEY)
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == KEY


@pytest.mark.parametrize(
    ("request_members", "message"),
    [
        ({"Item": {"x": {"S": "a"}}}, "One or more parameter values were invalid: Missing the key pk in the item"),
        (
            {"Item": {"pk": {"N": "1"}}},
            "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
        ),
        (
            {"Item": {"pk": {"S": ""}}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty string value. Key: pk",
        ),
        (
            {"Item": {**KEY, "x": {"N": "one"}}},
            "The parameter cannot be converted to a numeric value: one",
        ),
        (
            {"Item": {**KEY, "x": {}}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        ({"Item": {**KEY, "x": {"S": "x" * 409_600}}}, "Item size has exceeded the maximum allowed size"),
        ({"Item": KEY, "ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
        (
            {"Item": KEY, "ReturnValues": "SOME"},
            "1 validation error detected: Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must "
            "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        ),
        (
            {"Item": KEY, "ExpressionAttributeValues": {":v": {"S": "x"}}},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            {"Item": KEY, "ExpressionAttributeNames": {"#v": "x"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"Item": KEY, "ConditionExpression": "attribute_exists(pk)", "Expected": {"x": {"Exists": False}}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
    ],
)
def test_a_wrong_put_is_refused_like_aws(
    dynamodb: Any, table: str, request_members: dict[str, Any], message: str
) -> None:
    code, found = refusal(dynamodb.put_item, TableName=table, **request_members)
    assert code == "ValidationException"
    assert found == message


def test_a_key_that_does_not_match_the_schema_is_refused_like_aws(dynamodb: Any, table: str) -> None:
    for key in ({}, {"pk": {"N": "1"}}, {**KEY, "x": {"S": "y"}}, {"x": {"S": "y"}}):
        assert refusal(dynamodb.get_item, TableName=table, Key=key) == (
            "ValidationException",
            "The provided key element does not match the schema",
        )


def test_keys_and_index_keys_cannot_be_updated_wrongly(dynamodb: Any) -> None:
    make_table(
        dynamodb, "indexed", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g", projection="KEYS_ONLY")]
    )
    one = {":v": {"N": "1"}}
    update = {"TableName": "indexed", "Key": KEY, "ExpressionAttributeValues": one}
    assert refusal(dynamodb.update_item, **update, UpdateExpression="SET pk = :v")[1] == (
        "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"
    )
    assert refusal(dynamodb.update_item, **update, UpdateExpression="SET g = :v")[1] == (
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"
    )
    assert refusal(dynamodb.put_item, TableName="indexed", Item={**KEY, "g": {"N": "1"}})[1] == (
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"
    )


def test_items_of_a_missing_table_are_not_found(dynamodb: Any) -> None:
    expected = ("ResourceNotFoundException", "Requested resource not found")
    assert refusal(dynamodb.get_item, TableName="nothing", Key=KEY) == expected
    assert refusal(dynamodb.put_item, TableName="nothing", Item=KEY) == expected
    assert refusal(dynamodb.put_item, TableName="no!thing", Item=KEY) == (
        "ValidationException",
        "1 validation error detected: Value 'no!thing' at 'tableName' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    )


def test_a_table_can_be_named_by_its_arn(dynamodb: Any) -> None:
    arn = make_table(dynamodb, "by-arn")
    dynamodb.put_item(TableName=arn, Item=KEY)
    assert dynamodb.get_item(TableName="by-arn", Key=KEY)["Item"] == KEY


def test_capacity_is_counted_as_aws_counts_it(dynamodb: Any) -> None:
    make_table(
        dynamodb, "counted", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g", projection="KEYS_ONLY")]
    )
    item = {**KEY, "g": {"S": "x"}, "big": {"S": "x" * 3000}}
    reply = dynamodb.put_item(TableName="counted", Item=item, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == {
        "TableName": "counted",
        "CapacityUnits": 4.0,
        "Table": {"CapacityUnits": 3.0},
        "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0}},
    }
    read = {"TableName": "counted", "Key": KEY, "ReturnConsumedCapacity": "TOTAL"}
    assert dynamodb.get_item(**read)["ConsumedCapacity"]["CapacityUnits"] == 0.5
    assert dynamodb.get_item(**read, ConsistentRead=True)["ConsumedCapacity"]["CapacityUnits"] == 1.0


def test_the_parameters_from_before_expressions_still_work(dynamodb: Any, table: str) -> None:
    update = {"TableName": table, "Key": KEY}
    dynamodb.update_item(
        **update,
        AttributeUpdates={
            "n": {"Value": {"N": "1"}, "Action": "ADD"},
            "s": {"Value": {"S": "x"}},
            "set": {"Value": {"SS": ["a", "b"]}, "Action": "PUT"},
        },
    )
    reply = dynamodb.update_item(
        **update,
        AttributeUpdates={
            "n": {"Value": {"N": "2"}, "Action": "ADD"},
            "s": {"Action": "DELETE"},
            "set": {"Value": {"SS": ["a"]}, "Action": "DELETE"},
        },
        Expected={"s": {"Value": {"S": "x"}}, "gone": {"Exists": False}},
        ReturnValues="ALL_NEW",
    )
    assert reply["Attributes"] == {**KEY, "n": {"N": "3"}, "set": {"SS": ["b"]}}
    failed = refusal(
        dynamodb.delete_item, **update, Expected={"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "3"}]}}
    )
    assert failed[0] == "ConditionalCheckFailedException"
    found = dynamodb.get_item(**update, AttributesToGet=["n"])["Item"]
    assert found == {"n": {"N": "3"}}


def test_concurrent_updates_lose_nothing_and_one_conditional_put_wins(dynamodb: Any, table: str) -> None:
    def increment(_: int) -> None:
        dynamodb.update_item(
            TableName=table, Key=KEY, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}}
        )

    def claim(who: int) -> bool:
        item = {"pk": {"S": "claimed"}, "who": {"N": str(who)}}
        try:
            dynamodb.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(increment, range(100)))
        winners = [who for who, won in enumerate(threads.map(claim, range(40))) if won]
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": "100"}
    (winner,) = winners
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "claimed"}})["Item"]["who"] == {"N": str(winner)}
