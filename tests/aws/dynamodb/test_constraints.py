"""What is refused before a table is looked at: constraints of the API, names, and the order of the checks."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "k"}}
ITEM_OPERATIONS = (
    ("put_item", {"Item": KEY}),
    ("get_item", {"Key": KEY}),
    ("delete_item", {"Key": KEY}),
    ("update_item", {"Key": KEY}),
    ("scan", {}),
    ("query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "k"}}}),
)


def detected(*findings: str) -> tuple[str, str]:
    """The error that reports constraints that are broken."""
    plural = "" if len(findings) == 1 else "s"
    return "ValidationException", f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}"


def at(path: str, value: str, rule: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: Member must {rule}"


NAMES = [
    ("", (at("tableName", "''", "have length greater than or equal to 1"),)),
    ("ab", (at("tableName", "'ab'", "have length greater than or equal to 3"),)),
    ("a b c", (at("tableName", "'a b c'", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),)),
    (
        "é",
        (
            at("tableName", "'é'", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
            at("tableName", "'é'", "have length greater than or equal to 3"),
        ),
    ),
    ("a" * 256, (at("tableName", f"'{'a' * 256}'", "have length less than or equal to 255"),)),
]


@pytest.mark.parametrize(("name", "findings"), NAMES)
@pytest.mark.parametrize(("operation", "members"), ITEM_OPERATIONS)
def test_a_wrong_table_name_is_reported_alone(
    dynamodb: Any, operation: str, members: dict[str, Any], name: str, findings: tuple[str, ...]
) -> None:
    wrong = {**members, "ReturnConsumedCapacity": "WRONG", "ExpressionAttributeNames": {}}
    assert refusal(getattr(dynamodb, operation), TableName=name, **wrong) == detected(*findings)


@pytest.mark.parametrize(("name", "findings"), NAMES)
def test_tables_are_created_and_described_under_the_same_names(
    dynamodb: Any, name: str, findings: tuple[str, ...]
) -> None:
    assert refusal(lambda: make_table(dynamodb, name)) == detected(*findings)
    assert refusal(dynamodb.describe_table, TableName=name) == detected(*findings)


@pytest.mark.parametrize(("operation", "members"), ITEM_OPERATIONS)
def test_a_missing_table_name_is_reported(dynamodb: Any, operation: str, members: dict[str, Any]) -> None:
    assert refusal(getattr(dynamodb, operation), **members) == detected(at("tableName", "null", "not be null"))


@pytest.mark.parametrize("operation", ["create_table", "describe_table", "update_table", "delete_table"])
def test_a_missing_table_name_is_worded_in_another_way_for_tables_themselves(dynamodb: Any, operation: str) -> None:
    assert refusal(getattr(dynamodb, operation)) == (
        "ValidationException",
        "The parameter 'TableName' is required but was not present in the request",
    )


def test_several_broken_constraints_are_reported_together(dynamodb: Any) -> None:
    assert refusal(
        dynamodb.put_item,
        TableName="things",
        Item=KEY,
        ReturnValues="A",
        ReturnConsumedCapacity="B",
        ReturnItemCollectionMetrics="C",
    ) == detected(
        at("returnValues", "'A'", "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"),
        at("returnConsumedCapacity", "'B'", "satisfy enum value set: [INDEXES, TOTAL, NONE]"),
        at("returnItemCollectionMetrics", "'C'", "satisfy enum value set: [SIZE, NONE]"),
    )


@pytest.mark.parametrize(
    ("members", "finding"),
    [
        (
            {"Select": "SOME"},
            at(
                "select",
                "'SOME'",
                "satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
            ),
        ),
        ({"ConditionalOperator": "XOR"}, at("conditionalOperator", "'XOR'", "satisfy enum value set: [OR, AND]")),
        ({"IndexName": "a"}, at("indexName", "'a'", "have length greater than or equal to 3")),
        ({"IndexName": "a!a"}, at("indexName", "'a!a'", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")),
        ({"AttributesToGet": []}, at("attributesToGet", "'[]'", "have length greater than or equal to 1")),
        (
            {"ScanFilter": {"x": {"ComparisonOperator": "LIKE"}}},
            at(
                "scanFilter.x.member.comparisonOperator",
                "'LIKE'",
                "satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, "
                "GE, CONTAINS]",
            ),
        ),
    ],
)
def test_a_broken_constraint_is_reported_in_awss_words(dynamodb: Any, members: dict[str, Any], finding: str) -> None:
    assert refusal(dynamodb.scan, TableName="things", **members) == detected(finding)


def test_parameters_are_checked_before_the_table_and_the_key_after_it(dynamodb: Any) -> None:
    """Constraints, then styles, values and expressions, then the table, then what depends on it."""
    make_table(dynamodb, "things")
    fit = {"Key": {"wrong": {"S": "x"}}, "ConditionExpression": "attribute_exists(pk)"}
    wrong = {**fit, "ConditionExpression": "(("}
    mixed = {**wrong, "Expected": {"x": {"Exists": True}}}
    broken = {**mixed, "ReturnValues": "WRONG"}
    for request, start in (
        (broken, "1 validation error detected: Value 'WRONG' at 'returnValues'"),
        (mixed, "Can not use both expression and non-expression parameters"),
        (wrong, "Invalid ConditionExpression: Syntax error"),
    ):
        for table in ("absent", "things"):
            code, message = refusal(dynamodb.delete_item, TableName=table, **request)
            assert code == "ValidationException"
            assert message.startswith(start)
    assert refusal(dynamodb.delete_item, TableName="absent", **fit)[0] == "ResourceNotFoundException"
    assert refusal(dynamodb.delete_item, TableName="things", **fit) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_a_key_that_does_not_fit_is_reported_before_the_condition_is_tested(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    request = {"TableName": "things", "ConditionExpression": "attribute_exists(pk)"}
    for call, members in ((dynamodb.put_item, {"Item": {"pk": {"N": "1"}}}), (dynamodb.delete_item, {"Key": {}})):
        assert refusal(call, **request, **members)[0] == "ValidationException"


def test_keys_are_scalars_in_projections_and_filters(dynamodb: Any) -> None:
    make_table(dynamodb, "things")
    message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
    for call, members in (
        (dynamodb.get_item, {"Key": KEY, "ProjectionExpression": "pk.x"}),
        (dynamodb.scan, {"ProjectionExpression": "pk[0]"}),
        (dynamodb.scan, {"FilterExpression": "attribute_exists(pk.x)"}),
    ):
        assert refusal(call, TableName="things", **members) == ("ValidationException", message)
