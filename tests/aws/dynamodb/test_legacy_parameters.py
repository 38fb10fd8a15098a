"""The parameters from before expressions: Expected, AttributeUpdates, filters, KeyConditions, AttributesToGet.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "k"}}
ITEM = {
    **KEY,
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "b": {"B": b"abc"},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "l": {"L": [{"S": "x"}, {"N": "1"}]},
    "m": {"M": {"a": {"S": "x"}}},
    "t": {"BOOL": True},
    "z": {"NULL": True},
}
PREFIX = "One or more parameter values were invalid: "


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "things")
    dynamodb.put_item(TableName="things", Item=ITEM)
    return "things"


def condition(operator: str, *values: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"ComparisonOperator": operator}
    if values:
        found["AttributeValueList"] = list(values)
    return found


@pytest.mark.parametrize(
    ("name", "operator", "values", "holds"),
    [
        ("s", "EQ", [{"S": "hello"}], True),
        ("s", "EQ", [{"S": "other"}], False),
        ("ss", "EQ", [{"SS": ["b", "a"]}], True),
        ("l", "EQ", [{"L": [{"S": "x"}, {"N": "1"}]}], True),
        ("m", "EQ", [{"M": {"a": {"S": "x"}}}], True),
        ("t", "EQ", [{"BOOL": True}], True),
        ("n", "EQ", [{"S": "5"}], False),
        ("s", "NE", [{"S": "other"}], True),
        ("s", "NE", [{"N": "1"}], True),
        ("absent", "NE", [{"S": "x"}], True),
        ("n", "LT", [{"N": "6"}], True),
        ("n", "LT", [{"N": "5"}], False),
        ("n", "LE", [{"N": "5"}], True),
        ("n", "GT", [{"N": "4.9"}], True),
        ("n", "GE", [{"N": "5.0"}], True),
        ("s", "GT", [{"N": "1"}], False),
        ("absent", "LT", [{"N": "1"}], False),
        ("b", "GT", [{"B": b"abb"}], True),
        ("s", "NOT_NULL", [], True),
        ("z", "NOT_NULL", [], True),
        ("absent", "NOT_NULL", [], False),
        ("absent", "NULL", [], True),
        ("z", "NULL", [], False),
        ("s", "CONTAINS", [{"S": "ell"}], True),
        ("ss", "CONTAINS", [{"S": "a"}], True),
        ("ns", "CONTAINS", [{"N": "2.0"}], True),
        ("l", "CONTAINS", [{"S": "x"}], True),
        ("b", "CONTAINS", [{"B": b"b"}], True),
        ("n", "CONTAINS", [{"N": "5"}], False),
        ("s", "NOT_CONTAINS", [{"S": "xyz"}], True),
        ("ss", "NOT_CONTAINS", [{"S": "a"}], False),
        ("s", "BEGINS_WITH", [{"S": "he"}], True),
        ("b", "BEGINS_WITH", [{"B": b"ab"}], True),
        ("n", "BEGINS_WITH", [{"S": "5"}], False),
        ("s", "IN", [{"S": "x"}, {"S": "hello"}], True),
        ("n", "IN", [{"N": "5.0"}], True),
        ("s", "IN", [{"S": "x"}], False),
        ("n", "BETWEEN", [{"N": "5"}, {"N": "6"}], True),
        ("n", "BETWEEN", [{"N": "6"}, {"N": "7"}], False),
        ("s", "BETWEEN", [{"S": "h"}, {"S": "i"}], True),
    ],
)
def test_an_operator_means_the_same_in_expected_and_in_filters(
    dynamodb: Any, table: str, name: str, operator: str, values: list[dict[str, Any]], holds: bool
) -> None:
    conditions = {name: condition(operator, *values)}
    assert dynamodb.scan(TableName=table, ScanFilter=conditions)["Count"] == int(holds)
    key = {"pk": condition("EQ", {"S": "k"})}
    assert dynamodb.query(TableName=table, KeyConditions=key, QueryFilter=conditions)["Count"] == int(holds)
    update = {"TableName": table, "Key": KEY, "Expected": conditions}
    if holds:
        dynamodb.update_item(**update)
    else:
        assert refusal(dynamodb.update_item, **update)[0] == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    ("operator", "values", "message"),
    [
        ("EQ", [], "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ("EQ", [{"N": "1"}, {"N": "2"}], "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ("NULL", [{"N": "1"}], "Invalid number of argument(s) for the NULL ComparisonOperator"),
        ("NOT_NULL", [{"N": "1"}], "Invalid number of argument(s) for the NOT_NULL ComparisonOperator"),
        ("BETWEEN", [{"N": "1"}], "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        ("IN", [], "Invalid number of argument(s) for the IN ComparisonOperator"),
        ("IN", [{"N": "1"}, {"S": "1"}], "AttributeValues inside AttributeValueList must be of same type"),
        ("LT", [{"SS": ["a"]}], "ComparisonOperator LT is not valid for SS AttributeValue type"),
        ("GE", [{"BOOL": True}], "ComparisonOperator GE is not valid for BOOL AttributeValue type"),
        ("CONTAINS", [{"SS": ["a"]}], "ComparisonOperator CONTAINS is not valid for SS AttributeValue type"),
        ("NOT_CONTAINS", [{"L": []}], "ComparisonOperator NOT_CONTAINS is not valid for L AttributeValue type"),
        ("BEGINS_WITH", [{"N": "1"}], "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        ("IN", [{"M": {}}], "ComparisonOperator IN is not valid for M AttributeValue type"),
    ],
)
def test_wrong_arguments_are_refused(
    dynamodb: Any, table: str, operator: str, values: list[dict[str, Any]], message: str
) -> None:
    expected = ("ValidationException", PREFIX + message)
    wrong = {"x": {"ComparisonOperator": operator, "AttributeValueList": values}}
    assert refusal(dynamodb.scan, TableName=table, ScanFilter=wrong) == expected
    key = {"pk": condition("EQ", {"S": "k"})}
    assert refusal(dynamodb.query, TableName=table, KeyConditions=key, QueryFilter=wrong) == expected
    assert refusal(dynamodb.put_item, TableName=table, Item=KEY, Expected=wrong) == expected


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (
            {"Value": {"N": "1"}, "AttributeValueList": [{"N": "1"}]},
            "Value and AttributeValueList cannot be used together for Attribute: x",
        ),
        (
            {"Exists": True, "ComparisonOperator": "NULL"},
            "Exists and ComparisonOperator cannot be used together for Attribute: x",
        ),
        (
            {"ComparisonOperator": "EQ"},
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: x",
        ),
        (
            {"AttributeValueList": [{"N": "1"}]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: x",
        ),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: x"),
        ({}, "Value must be provided when Exists is null for Attribute: x"),
        ({"Exists": False, "Value": {"N": "1"}}, "Value cannot be used when Exists is false for Attribute: x"),
    ],
)
def test_wrong_expectations_are_refused(dynamodb: Any, table: str, expected: dict[str, Any], message: str) -> None:
    for call, members in (
        (dynamodb.put_item, {"Item": KEY}),
        (dynamodb.delete_item, {"Key": KEY}),
        (dynamodb.update_item, {"Key": KEY}),
    ):
        assert refusal(call, TableName=table, Expected={"x": expected}, **members) == (
            "ValidationException",
            PREFIX + message,
        )


def test_existence_and_value_can_be_expected(dynamodb: Any, table: str) -> None:
    put = {"TableName": table, "Item": ITEM}
    dynamodb.put_item(**put, Expected={"absent": {"Exists": False}, "n": {"Value": {"N": "5"}}})
    dynamodb.put_item(**put, Expected={"n": {"Exists": True, "Value": {"N": "5"}}})
    failed = "ConditionalCheckFailedException"
    assert refusal(dynamodb.put_item, **put, Expected={"n": {"Exists": False}})[0] == failed
    assert refusal(dynamodb.put_item, **put, Expected={"n": {"Value": {"N": "6"}}})[0] == failed


def test_conditions_are_joined_by_and_unless_or_is_asked_for(dynamodb: Any, table: str) -> None:
    conditions = {"n": condition("EQ", {"N": "5"}), "s": condition("EQ", {"S": "other"})}
    assert dynamodb.scan(TableName=table, ScanFilter=conditions)["Count"] == 0
    assert dynamodb.scan(TableName=table, ScanFilter=conditions, ConditionalOperator="AND")["Count"] == 0
    assert dynamodb.scan(TableName=table, ScanFilter=conditions, ConditionalOperator="OR")["Count"] == 1
    dynamodb.delete_item(TableName=table, Key=KEY, Expected=conditions, ConditionalOperator="OR")


def test_a_conditional_operator_needs_two_conditions(dynamodb: Any, table: str) -> None:
    assert refusal(dynamodb.put_item, TableName=table, Item=KEY, ConditionalOperator="OR") == (
        "ValidationException",
        "ConditionalOperator cannot be used without Filter or Expected",
    )
    one = {"n": condition("NOT_NULL")}
    assert refusal(dynamodb.scan, TableName=table, ScanFilter=one, ConditionalOperator="OR") == (
        "ValidationException",
        "ConditionalOperator can only be used when Filter or Expected has two or more elements",
    )


@pytest.mark.parametrize(
    ("updates", "changed"),
    [
        ({"x": {"Value": {"S": "new"}}}, {"x": {"S": "new"}}),
        ({"x": {"Value": {"S": "new"}, "Action": "PUT"}}, {"x": {"S": "new"}}),
        ({"n": {"Value": {"N": "2"}, "Action": "ADD"}}, {"n": {"N": "7"}}),
        ({"x": {"Value": {"N": "2"}, "Action": "ADD"}}, {"x": {"N": "2"}}),
        ({"ss": {"Value": {"SS": ["b", "c"]}, "Action": "ADD"}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ({"l": {"Value": {"L": [{"S": "y"}]}, "Action": "ADD"}}, {"l": {"L": [*ITEM["l"]["L"], {"S": "y"}]}}),
        ({"ss": {"Value": {"SS": ["a"]}, "Action": "DELETE"}}, {"ss": {"SS": ["b"]}}),
        ({"ss": {"Value": {"SS": ["a", "b"]}, "Action": "DELETE"}}, {"ss": None}),
        ({"s": {"Action": "DELETE"}, "n": {"Action": "DELETE"}}, {"s": None, "n": None}),
        ({"absent": {"Action": "DELETE"}}, {}),
        ({"m.a": {"Value": {"S": "z"}}}, {"m.a": {"S": "z"}}),
    ],
)
def test_attribute_updates_put_add_and_delete(
    dynamodb: Any, table: str, updates: dict[str, Any], changed: dict[str, Any]
) -> None:
    dynamodb.update_item(TableName=table, Key=KEY, AttributeUpdates=updates)
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == expected


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            {"x": {"Action": "PUT"}},
            PREFIX + "Only DELETE action is allowed when no attribute value is specified",
        ),
        ({"x": {"Action": "ADD"}}, PREFIX + "Only DELETE action is allowed when no attribute value is specified"),
        ({"x": {"Action": "ADD", "Value": {"S": "a"}}}, PREFIX + "ADD action is not supported for the type S"),
        (
            {"x": {"Action": "DELETE", "Value": {"S": "a"}}},
            PREFIX + "DELETE action with value is not supported for the type S",
        ),
        ({"s": {"Action": "ADD", "Value": {"N": "1"}}}, "Type mismatch for attribute to update"),
        ({"s": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, "Type mismatch for attribute to update"),
        (
            {"pk": {"Value": {"S": "x"}}},
            PREFIX + "Cannot update attribute pk. This attribute is part of the key",
        ),
    ],
)
def test_wrong_attribute_updates_are_refused(dynamodb: Any, table: str, updates: dict[str, Any], message: str) -> None:
    assert refusal(dynamodb.update_item, TableName=table, Key=KEY, AttributeUpdates=updates) == (
        "ValidationException",
        message,
    )


def test_attributes_to_get_picks_attributes(dynamodb: Any, table: str) -> None:
    wanted = {"AttributesToGet": ["n", "absent", "s"]}
    part = {"n": ITEM["n"], "s": ITEM["s"]}
    assert dynamodb.get_item(TableName=table, Key=KEY, **wanted)["Item"] == part
    assert dynamodb.scan(TableName=table, **wanted)["Items"] == [part]
    key = {"pk": condition("EQ", {"S": "k"})}
    assert dynamodb.query(TableName=table, KeyConditions=key, **wanted)["Items"] == [part]
    batch = dynamodb.batch_get_item(RequestItems={table: {"Keys": [KEY], **wanted}})
    assert batch["Responses"][table] == [part]
    assert refusal(dynamodb.get_item, TableName=table, Key=KEY, AttributesToGet=["n", "n"]) == (
        "ValidationException",
        PREFIX + "Duplicate value in attribute name: n",
    )
    assert (
        "length greater than or equal to 1"
        in refusal(dynamodb.get_item, TableName=table, Key=KEY, AttributesToGet=[])[1]
    )


@pytest.mark.parametrize("operator", ["NE", "CONTAINS", "NOT_CONTAINS", "IN", "NULL", "NOT_NULL"])
def test_operators_that_no_index_can_answer_are_no_key_conditions(dynamodb: Any, table: str, operator: str) -> None:
    values = [] if "NULL" in operator else [{"S": "x"}]
    assert refusal(dynamodb.query, TableName=table, KeyConditions={"pk": condition(operator, *values)}) == (
        "ValidationException",
        "Attempted conditional constraint is not an indexable operation",
    )


@pytest.mark.parametrize(
    ("operation", "members", "legacy", "expressions"),
    [
        (
            "put_item",
            {"Item": KEY, "ConditionExpression": "attribute_exists(pk)", "Expected": {"x": {"Exists": False}}},
            "Expected",
            "ConditionExpression",
        ),
        (
            "update_item",
            {"Key": KEY, "UpdateExpression": "REMOVE x", "AttributeUpdates": {"x": {"Action": "DELETE"}}},
            "AttributeUpdates",
            "UpdateExpression",
        ),
        (
            "update_item",
            {"Key": KEY, "UpdateExpression": "REMOVE x", "Expected": {"x": {"Exists": False}}},
            "Expected",
            "UpdateExpression",
        ),
        (
            "get_item",
            {"Key": KEY, "ProjectionExpression": "n", "AttributesToGet": ["n"]},
            "AttributesToGet",
            "ProjectionExpression",
        ),
        (
            "scan",
            {"FilterExpression": "attribute_exists(n)", "ScanFilter": {"n": {"ComparisonOperator": "NULL"}}},
            "ScanFilter",
            "FilterExpression",
        ),
        (
            "scan",
            {"ProjectionExpression": "n", "ConditionalOperator": "OR"},
            "ConditionalOperator",
            "ProjectionExpression",
        ),
    ],
)
def test_expressions_and_the_older_parameters_do_not_mix(
    dynamodb: Any, table: str, operation: str, members: dict[str, Any], legacy: str, expressions: str
) -> None:
    assert refusal(getattr(dynamodb, operation), TableName=table, **members) == (
        "ValidationException",
        "Can not use both expression and non-expression parameters in the same request: "
        f"Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}",
    )
