"""ReturnValues and ReturnValuesOnConditionCheckFailure of the operations that write an item."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "k"}}
OLD = {**KEY, "n": {"N": "1"}, "m": {"M": {"a": {"S": "x"}, "b": {"S": "y"}}}, "l": {"L": [{"N": "1"}, {"N": "2"}]}}


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "things")
    dynamodb.put_item(TableName="things", Item=OLD)
    return "things"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", OLD),
        ("ALL_NEW", {**OLD, "n": {"N": "2"}, "m": {"M": {"a": {"S": "z"}, "b": {"S": "y"}}}, "new": {"S": "z"}}),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"a": {"S": "x"}}}}),
        ("UPDATED_NEW", {"n": {"N": "2"}, "m": {"M": {"a": {"S": "z"}}}, "new": {"S": "z"}}),
    ],
)
def test_an_update_returns_what_was_asked_for(
    dynamodb: Any, table: str, wanted: str, expected: dict[str, Any] | None
) -> None:
    reply = dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET m.a = :z, #new = :z ADD n :one",
        ExpressionAttributeNames={"#new": "new"},
        ExpressionAttributeValues={":z": {"S": "z"}, ":one": {"N": "1"}},
        ReturnValues=wanted,
    )
    assert reply.get("Attributes") == expected


@pytest.mark.parametrize(("wanted", "expected"), [("UPDATED_OLD", {"n": {"N": "1"}}), ("UPDATED_NEW", None)])
def test_a_removed_attribute_is_among_the_old_ones_only(
    dynamodb: Any, table: str, wanted: str, expected: dict[str, Any] | None
) -> None:
    reply = dynamodb.update_item(TableName=table, Key=KEY, UpdateExpression="REMOVE n", ReturnValues=wanted)
    assert reply.get("Attributes") == expected


@pytest.mark.parametrize("wanted", ["ALL_OLD", "UPDATED_OLD"])
def test_a_new_item_has_no_old_attributes(dynamodb: Any, table: str, wanted: str) -> None:
    reply = dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": "new"}},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
        ReturnValues=wanted,
    )
    assert "Attributes" not in reply


def test_put_and_delete_return_the_old_item_or_nothing(dynamodb: Any, table: str) -> None:
    assert dynamodb.put_item(TableName=table, Item=KEY, ReturnValues="ALL_OLD")["Attributes"] == OLD
    assert dynamodb.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")["Attributes"] == KEY
    assert "Attributes" not in dynamodb.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")
    assert "Attributes" not in dynamodb.put_item(TableName=table, Item=KEY, ReturnValues="ALL_OLD")
    assert "Attributes" not in dynamodb.put_item(TableName=table, Item=KEY, ReturnValues="NONE")


@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_and_delete_refuse_the_other_modes(dynamodb: Any, table: str, wanted: str) -> None:
    expected = ("ValidationException", "ReturnValues can only be ALL_OLD or NONE")
    assert refusal(dynamodb.put_item, TableName=table, Item=KEY, ReturnValues=wanted) == expected
    assert refusal(dynamodb.delete_item, TableName=table, Key=KEY, ReturnValues=wanted) == expected


def test_a_failed_condition_shows_the_item_only_when_asked(dynamodb: Any, table: str) -> None:
    condition = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    for call in (
        lambda **options: dynamodb.put_item(Item=KEY, **condition, **options),
        lambda **options: dynamodb.delete_item(Key=KEY, **condition, **options),
        lambda **options: dynamodb.update_item(Key=KEY, **condition, **options),
    ):
        for mode, item in (("ALL_OLD", OLD), ("NONE", None)):
            with pytest.raises(ClientError) as failed:
                call(ReturnValuesOnConditionCheckFailure=mode)
            assert failed.value.response["Error"] == {
                "Code": "ConditionalCheckFailedException",
                "Message": "The conditional request failed",
            }
            assert failed.value.response.get("Item") == item


def test_no_item_is_shown_where_there_is_none(dynamodb: Any, table: str) -> None:
    with pytest.raises(ClientError) as failed:
        dynamodb.put_item(
            TableName=table,
            Item={"pk": {"S": "absent"}},
            ConditionExpression="attribute_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in failed.value.response
