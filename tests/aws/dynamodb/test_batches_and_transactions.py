"""BatchGetItem, BatchWriteItem, TransactGetItems and TransactWriteItems."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.dynamodb.conftest import make_table, refusal


def item(key: str, **attributes: str) -> dict[str, Any]:
    return {"pk": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}


@pytest.fixture
def tables(dynamodb: Any) -> tuple[str, str]:
    make_table(dynamodb, "one")
    make_table(dynamodb, "two")
    return "one", "two"


def test_a_batch_writes_and_reads_several_tables(dynamodb: Any, tables: Any) -> None:
    dynamodb.put_item(TableName="one", Item=item("old"))
    reply = dynamodb.batch_write_item(
        RequestItems={
            "one": [{"PutRequest": {"Item": item("a", x="1")}}, {"DeleteRequest": {"Key": item("old")}}],
            "two": [{"PutRequest": {"Item": item("b", x="2")}}],
        }
    )
    assert reply["UnprocessedItems"] == {}
    reply = dynamodb.batch_get_item(
        RequestItems={
            "one": {"Keys": [item("a"), item("old")]},
            "two": {"Keys": [item("b")], "ProjectionExpression": "x"},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply["Responses"] == {"one": [item("a", x="1")], "two": [{"x": {"S": "2"}}]}
    assert reply["UnprocessedKeys"] == {}
    assert [one["CapacityUnits"] for one in reply["ConsumedCapacity"]] == [1.0, 0.5]


def test_wrong_batches_are_refused_like_aws(dynamodb: Any, tables: Any) -> None:
    duplicate = {"one": [{"PutRequest": {"Item": item("a")}}, {"DeleteRequest": {"Key": item("a")}}]}
    expected = ("ValidationException", "Provided list of item keys contains duplicates")
    assert refusal(dynamodb.batch_write_item, RequestItems=duplicate) == expected
    assert refusal(dynamodb.batch_get_item, RequestItems={"one": {"Keys": [item("a"), item("a")]}}) == expected
    many = {"one": {"Keys": [item(str(at)) for at in range(60)]}, "two": {"Keys": [item(str(at)) for at in range(60)]}}
    assert refusal(dynamodb.batch_get_item, RequestItems=many)[1] == (
        "Too many items requested for the BatchGetItem call"
    )
    missing = {"none": [{"PutRequest": {"Item": item("a")}}]}
    assert refusal(dynamodb.batch_write_item, RequestItems=missing)[0] == "ResourceNotFoundException"


def test_a_transaction_does_everything_or_nothing(dynamodb: Any, tables: Any) -> None:
    dynamodb.put_item(TableName="one", Item=item("a", v="1"))
    actions = [
        {"Put": {"TableName": "two", "Item": item("b")}},
        {
            "Update": {
                "TableName": "one",
                "Key": item("a"),
                "UpdateExpression": "SET v = :v",
                "ExpressionAttributeValues": {":v": {"S": "2"}},
            }
        },
        {
            "ConditionCheck": {
                "TableName": "two",
                "Key": item("c"),
                "ConditionExpression": "attribute_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
    ]
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=actions)
    response = refused.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert response["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, None, ConditionalCheckFailed]"
    )
    assert response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert "Item" not in dynamodb.get_item(TableName="two", Key=item("b"))
    dynamodb.transact_write_items(TransactItems=actions[:2])
    reply = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": "one", "Key": item("a")}},
            {"Get": {"TableName": "two", "Key": item("missing")}},
        ]
    )
    assert reply["Responses"] == [{"Item": item("a", v="2")}, {}]


def test_a_failing_update_is_a_reason_and_not_an_error_of_its_own(dynamodb: Any, tables: Any) -> None:
    update = {
        "TableName": "one",
        "Key": item("a"),
        "UpdateExpression": "SET v = w + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[{"Update": update}])
    assert refused.value.response["CancellationReasons"] == [
        {
            "Code": "ValidationError",
            "Message": "The provided expression refers to an attribute that does not exist in the item",
        }
    ]


def test_a_key_that_does_not_fit_is_a_reason_but_an_empty_one_is_an_error(dynamodb: Any, tables: Any) -> None:
    wrong = {"Delete": {"TableName": "one", "Key": {"pk": {"N": "1"}}}}
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "two", "Item": item("b")}}, wrong])
    assert refused.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": "The provided key element does not match the schema"},
    ]
    empty = {"Delete": {"TableName": "one", "Key": {"pk": {"S": ""}}}}
    assert refusal(dynamodb.transact_write_items, TransactItems=[empty]) == (
        "ValidationException",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        "string value. Key: pk",
    )
    batch = {"one": [{"PutRequest": {"Item": {"pk": {"N": "1"}}}}]}
    assert refusal(dynamodb.batch_write_item, RequestItems=batch) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_the_same_token_does_the_same_transaction_once(aws: Any, dynamodb: Any, tables: Any) -> None:
    def add(amount: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": "one",
                "Key": item("a"),
                "UpdateExpression": "ADD n :n",
                "ExpressionAttributeValues": {":n": {"N": amount}},
            }
        }

    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[add("1")], ClientRequestToken="token")
    assert dynamodb.get_item(TableName="one", Key=item("a"))["Item"]["n"] == {"N": "1"}
    code, _ = refusal(dynamodb.transact_write_items, TransactItems=[add("2")], ClientRequestToken="token")
    assert code == "IdempotentParameterMismatchException"
    aws.advance(601)
    dynamodb.transact_write_items(TransactItems=[add("2")], ClientRequestToken="token")
    assert dynamodb.get_item(TableName="one", Key=item("a"))["Item"]["n"] == {"N": "3"}


def test_one_item_can_be_in_a_transaction_once(dynamodb: Any, tables: Any) -> None:
    actions = [
        {"Put": {"TableName": "one", "Item": item("a", v="1")}},
        {"Delete": {"TableName": "one", "Key": item("a")}},
    ]
    assert refusal(dynamodb.transact_write_items, TransactItems=actions) == (
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
    )
