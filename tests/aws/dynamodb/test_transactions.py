"""TransactWriteItems and TransactGetItems: limits, reasons, tokens and the order of checks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.dynamodb.conftest import index, make_table, refusal

TWICE = ("ValidationException", "Transaction request cannot include multiple operations on one item")
MISMATCH = {"Code": "ValidationError", "Message": "The provided key element does not match the schema"}
FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
NONE = {"Code": "None"}


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "things", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    return "things"


def key(name: object) -> dict[str, Any]:
    return {"pk": {"S": str(name)}}


def put(name: object, **members: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "things", "Item": key(name), **members}}


def update(name: object, text: str, **members: Any) -> dict[str, Any]:
    return {"Update": {"TableName": "things", "Key": key(name), "UpdateExpression": text, **members}}


def delete(name: object, **members: Any) -> dict[str, Any]:
    return {"Delete": {"TableName": "things", "Key": key(name), **members}}


def check(name: object, condition: str = "attribute_exists(pk)", **members: Any) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "things", "Key": key(name), "ConditionExpression": condition, **members}}


def get(name: object, **members: Any) -> dict[str, Any]:
    return {"Get": {"TableName": "things", "Key": key(name), **members}}


def reasons(call: Any, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """The reasons that a transaction is cancelled for."""
    with pytest.raises(ClientError) as cancelled:
        call(TransactItems=list(items))
    response = cancelled.value.response
    found: list[dict[str, Any]] = response["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in found)
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert response["Error"]["Message"] == (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return found


def test_a_hundred_items_of_several_kinds_are_written_at_once(dynamodb: Any, table: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(at) for at in range(100)])
    reply = dynamodb.transact_get_items(TransactItems=[get(at) for at in range(100)])
    assert [one["Item"] for one in reply["Responses"]] == [key(at) for at in range(100)]
    dynamodb.transact_write_items(
        TransactItems=[
            delete(0),
            update(1, "SET n = :n", ExpressionAttributeValues={":n": {"N": "1"}}),
            check(2),
            put("new"),
        ]
    )
    reply = dynamodb.transact_get_items(TransactItems=[get(0), get(1), get("new")])
    assert reply["Responses"] == [{}, {"Item": {**key(1), "n": {"N": "1"}}}, {"Item": key("new")}]


@pytest.mark.parametrize("count", [0, 101])
def test_the_number_of_items_is_checked(dynamodb: Any, table: str, count: int) -> None:
    rule = "less than or equal to 100" if count else "greater than or equal to 1"
    for call, items in (
        (dynamodb.transact_write_items, [put(at) for at in range(count)]),
        (dynamodb.transact_get_items, [get(at) for at in range(count)]),
    ):
        code, message = refusal(call, TransactItems=items)
        assert code == "ValidationException"
        assert message.endswith(f"' at 'transactItems' failed to satisfy constraint: Member must have length {rule}")


def test_an_item_can_be_in_a_transaction_once(dynamodb: Any, table: str) -> None:
    for items in ([put(1), delete(1)], [check(1), update(1, "REMOVE x")], [put(1), put(1)]):
        assert refusal(dynamodb.transact_write_items, TransactItems=items) == TWICE
    assert refusal(dynamodb.transact_get_items, TransactItems=[get(1), get(1)]) == TWICE


def test_the_reasons_are_in_the_order_of_the_items(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key("there"), "n": {"N": "1"}})
    found = reasons(
        dynamodb.transact_write_items,
        put("fine"),
        check("absent"),
        put("there", ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        update("fine too", "SET x = pk"),
        {"Delete": {"TableName": table, "Key": {"pk": {"N": "1"}}}},
    )
    assert found == [NONE, FAILED, {**FAILED, "Item": {**key("there"), "n": {"N": "1"}}}, NONE, MISMATCH]
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key("fine"))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"Put": {"TableName": "things", "Item": {"x": {"S": "y"}}}},
            "One or more parameter values were invalid: Missing the key pk in the item",
        ),
        (
            {"Put": {"TableName": "things", "Item": {"pk": {"N": "1"}}}},
            "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
        ),
        (
            {"Put": {"TableName": "things", "Item": {**key(1), "g": {"N": "1"}}}},
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: "
            "by-g",
        ),
        (
            update(1, "SET pk = :v", ExpressionAttributeValues={":v": {"S": "x"}}),
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
        ),
        (update(1, "SET x = y"), "The provided expression refers to an attribute that does not exist in the item"),
        (
            update(1, "SET x.y = :v", ExpressionAttributeValues={":v": {"S": "x"}}),
            "The document path provided in the update expression is invalid for update",
        ),
    ],
)
def test_what_does_not_fit_a_table_or_an_item_is_a_reason(
    dynamodb: Any, table: str, item: dict[str, Any], message: str
) -> None:
    assert reasons(dynamodb.transact_write_items, put("other"), item) == [
        NONE,
        {"Code": "ValidationError", "Message": message},
    ]


def test_a_read_that_does_not_fit_the_table_is_a_reason(dynamodb: Any, table: str) -> None:
    assert reasons(dynamodb.transact_get_items, get(1), {"Get": {"TableName": table, "Key": {}}}) == [NONE, MISMATCH]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"),
        ({**put(1), **delete(2)}, "TransactItems can only contain one of Check, Put, Update or Delete"),
        (
            {"Put": {"TableName": "things", "Item": {"pk": {"S": ""}}}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty string value. Key: pk",
        ),
        (put(1, ConditionExpression="x"), 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "x"'),
        (update(1, "SET x = :v"), "Invalid UpdateExpression: An expression attribute value used in expression is not "),
        (
            put(1, ExpressionAttributeNames={"#a": "a"}),
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            put(1, ExpressionAttributeValues={":a": {"S": "a"}}),
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            check(1, ExpressionAttributeValues={":a": {"S": "a"}}),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}",
        ),
        (
            {"Put": {"TableName": "things", "Item": {**key(1), "v": {"S": "x" * 409_600}}}},
            "Item size has exceeded the maximum allowed size",
        ),
        ({"Put": {"TableName": "things", "Item": {**key(1), "v": {"N": "x"}}}}, "The parameter cannot be converted to"),
    ],
)
def test_what_is_wrong_with_the_request_itself_is_an_error(
    dynamodb: Any, table: str, item: dict[str, Any], message: str
) -> None:
    code, found = refusal(dynamodb.transact_write_items, TransactItems=[put("other"), item])
    assert code == "ValidationException"
    assert found.startswith(message)


def test_a_missing_table_is_not_found(dynamodb: Any, table: str) -> None:
    expected = ("ResourceNotFoundException", "Requested resource not found")
    wrong = {"Delete": {"TableName": "absent", "Key": key(1)}}
    assert refusal(dynamodb.transact_write_items, TransactItems=[put(1), wrong]) == expected
    wrong = {"Get": {"TableName": "absent", "Key": key(1)}}
    assert refusal(dynamodb.transact_get_items, TransactItems=[get(1), wrong]) == expected


def test_a_transaction_has_4_mb_at_most(dynamodb: Any, table: str) -> None:
    large = {"S": "x" * 400_000}
    items = [{"Put": {"TableName": table, "Item": {**key(at), "v": large}}} for at in range(11)]
    assert refusal(dynamodb.transact_write_items, TransactItems=items)[0] == "ValidationException"
    dynamodb.transact_write_items(TransactItems=items[:10])
    updates = [update(at, "SET n = :n", ExpressionAttributeValues={":n": {"N": "1"}}) for at in range(10)]
    dynamodb.transact_write_items(TransactItems=updates)
    dynamodb.put_item(TableName=table, Item={**key(10), "v": large})
    more = update(10, "SET n = :n", ExpressionAttributeValues={":n": {"N": "1"}})
    assert refusal(dynamodb.transact_write_items, TransactItems=[*updates, more])[0] == "ValidationException"
    assert refusal(dynamodb.transact_get_items, TransactItems=[get(at) for at in range(11)])[0] == "ValidationException"
    assert len(dynamodb.transact_get_items(TransactItems=[get(at) for at in range(10)])["Responses"]) == 10


def test_a_token_is_remembered_for_ten_minutes(aws: Any, dynamodb: Any, table: str) -> None:
    add = update("n", "ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})
    request = {"TransactItems": [add], "ClientRequestToken": "token", "ReturnConsumedCapacity": "TOTAL"}

    def count() -> str:
        return str(dynamodb.get_item(TableName=table, Key=key("n"))["Item"]["n"]["N"])

    first = dynamodb.transact_write_items(**request)
    assert "WriteCapacityUnits" in first["ConsumedCapacity"][0]
    again = dynamodb.transact_write_items(**request)
    assert "ReadCapacityUnits" in again["ConsumedCapacity"][0]
    assert count() == "1"
    other = update("n", "ADD n :one", ExpressionAttributeValues={":one": {"N": "2"}})
    assert refusal(dynamodb.transact_write_items, **{**request, "TransactItems": [other]})[0] == (
        "IdempotentParameterMismatchException"
    )
    aws.advance(599)
    dynamodb.transact_write_items(**request)
    assert count() == "1"
    aws.advance(2)
    dynamodb.transact_write_items(**request)
    assert count() == "2"


def test_a_token_of_a_cancelled_transaction_can_be_used_again(dynamodb: Any, table: str) -> None:
    request = {"TransactItems": [check("there"), put("new")], "ClientRequestToken": "token"}
    assert refusal(dynamodb.transact_write_items, **request)[0] == "TransactionCanceledException"
    dynamodb.put_item(TableName=table, Item=key("there"))
    dynamodb.transact_write_items(**request)
    assert dynamodb.get_item(TableName=table, Key=key("new"))["Item"] == key("new")


def test_a_token_has_36_characters_at_most(dynamodb: Any, table: str) -> None:
    code, message = refusal(dynamodb.transact_write_items, TransactItems=[put(1)], ClientRequestToken="x" * 37)
    assert code == "ValidationException"
    assert "'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36" in (
        message
    )


def test_a_read_shows_parts_of_items_and_nothing_for_those_that_are_not_there(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key(1), "a": {"S": "a"}, "b": {"M": {"c": {"S": "c"}}}})
    reply = dynamodb.transact_get_items(
        TransactItems=[
            get(1, ProjectionExpression="#b.c", ExpressionAttributeNames={"#b": "b"}),
            get(2),
        ]
    )
    assert reply["Responses"] == [{"Item": {"b": {"M": {"c": {"S": "c"}}}}}, {}]
