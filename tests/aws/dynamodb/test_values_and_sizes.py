"""What items can hold: numbers, sets, documents and names, up to 400 KB."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

KEY = {"pk": {"S": "k"}}
LARGEST = 400 * 1024
NESTING = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "things")
    return "things"


def stored(client: Any, table: str, value: dict[str, Any]) -> dict[str, Any]:
    client.put_item(TableName=table, Item={**KEY, "v": value})
    found: dict[str, Any] = client.get_item(TableName=table, Key=KEY)["Item"]["v"]
    return found


def nested(levels: int, kind: str = "M") -> dict[str, Any]:
    value: dict[str, Any] = {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"n": value}} if kind == "M" else {"L": [value]}
    return value


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("007", "7"),
        ("+5", "5"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("-1.2300E2", "-123"),
        ("9" * 38, "9" * 38),
        ("1" + "0" * 60, "1" + "0" * 60),
        ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
        ("1E-130", "0." + "0" * 129 + "1"),
    ],
)
def test_a_number_is_kept_in_plain_notation(dynamodb: Any, table: str, given: str, kept: str) -> None:
    assert stored(dynamodb, table, {"N": given}) == {"N": kept}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("1e", "The parameter cannot be converted to a numeric value: 1e"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("Infinity", "The parameter cannot be converted to a numeric value: Infinity"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("0x10", "The parameter cannot be converted to a numeric value: 0x10"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("-1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        ("1E99999999999", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ],
)
def test_a_text_that_is_no_number_is_refused(dynamodb: Any, table: str, given: str, message: str) -> None:
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": {"N": given}}) == (
        "ValidationException",
        message,
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"SS": []}, "One or more parameter values were invalid: An string set  may not be empty"),
        ({"NS": []}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        (
            {"BS": [b"a", b"a"]},
            "One or more parameter values were invalid: Input collection [YQ==, YQ==]of type BS contains duplicates.",
        ),
        (
            {"NULL": False},
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes",
        ),
        (nested(32), NESTING),
        (nested(32, "L"), NESTING),
    ],
)
def test_a_wrong_value_is_refused_wherever_it_stands(
    dynamodb: Any, table: str, value: dict[str, Any], message: str
) -> None:
    expected = ("ValidationException", message)
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": value}) == expected
    write = {"PutRequest": {"Item": {**KEY, "v": value}}}
    assert refusal(dynamodb.batch_write_item, RequestItems={table: [write]}) == expected
    put = {"Put": {"TableName": table, "Item": {**KEY, "v": value}}}
    assert refusal(dynamodb.transact_write_items, TransactItems=[put]) == expected
    code, found = refusal(
        dynamodb.update_item,
        TableName=table,
        Key=KEY,
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": value},
    )
    assert code == "ValidationException"
    assert message in found


def test_empty_text_bytes_lists_and_maps_are_values(dynamodb: Any, table: str) -> None:
    for value in ({"S": ""}, {"B": b""}, {"L": []}, {"M": {}}, {"SS": [""]}):
        assert stored(dynamodb, table, value) == value


def test_documents_have_32_levels(dynamodb: Any, table: str) -> None:
    for kind in ("M", "L"):
        assert stored(dynamodb, table, nested(31, kind)) == nested(31, kind)


def test_an_update_cannot_nest_deeper_than_an_item_may_be(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**KEY, "v": nested(20)})
    path = ".".join(["v"] + ["n"] * 20)

    def update(value: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": table,
            "Key": KEY,
            "UpdateExpression": f"SET {path} = :v",
            "ExpressionAttributeValues": {":v": value},
        }

    assert refusal(dynamodb.update_item, **update(nested(12))) == ("ValidationException", NESTING)
    dynamodb.update_item(**update(nested(11)))
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["v"] == nested(31)


def test_an_item_has_400_kb_with_its_names(dynamodb: Any, table: str) -> None:
    room = LARGEST - len("pk") - len("k") - len("v")
    dynamodb.put_item(TableName=table, Item={**KEY, "v": {"S": "x" * room}})
    too_large = "Item size has exceeded the maximum allowed size"
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": {"S": "x" * (room + 1)}})[1] == too_large
    half = {"S": "é" * (room // 2)}
    dynamodb.put_item(TableName=table, Item={**KEY, "v": half})
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": half, "vvvv": {"S": "é"}})[1] == too_large


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "12"}, 2),
        ({"N": "120"}, 3),
        ({"N": "-123"}, 4),
        ({"B": b"12345"}, 5),
        ({"SS": ["ab", "cde"]}, 5),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}]}, 3 + 1 + 2),
        ({"M": {"abc": {"S": "ab"}}}, 3 + 1 + 3 + 2),
    ],
)
def test_each_type_counts_as_on_aws(dynamodb: Any, table: str, value: dict[str, Any], size: int) -> None:
    room = LARGEST - len("pk") - len("k") - len("v") - len("w") - size
    dynamodb.put_item(TableName=table, Item={**KEY, "v": {"S": "x" * room}, "w": value})
    assert (
        refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": {"S": "x" * (room + 1)}, "w": value})[1]
        == "Item size has exceeded the maximum allowed size"
    )


def test_an_update_cannot_make_an_item_larger_than_400_kb(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**KEY, "v": {"S": "x" * 300_000}})
    update = {
        "TableName": table,
        "Key": KEY,
        "UpdateExpression": "SET w = :w",
        "ExpressionAttributeValues": {":w": {"S": "x" * 200_000}},
    }
    message = "Item size to update has exceeded the maximum allowed size"
    assert refusal(dynamodb.update_item, **update) == ("ValidationException", message)
    assert refusal(dynamodb.transact_write_items, TransactItems=[{"Update": update}])[0] == (
        "TransactionCanceledException"
    )
    assert "w" not in dynamodb.get_item(TableName=table, Key=KEY)["Item"]


def test_a_name_has_64_kb_at_most_and_is_not_empty(dynamodb: Any, table: str) -> None:
    longest = "n" * 65_535
    dynamodb.put_item(TableName=table, Item={**KEY, longest: {"S": "x"}})
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, longest + "n": {"S": "x"}}) == (
        "ValidationException",
        "One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes",
    )
    inside = {"L": [{"M": {longest + "n": {"S": "x"}}}]}
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "v": inside})[0] == "ValidationException"
    assert refusal(dynamodb.put_item, TableName=table, Item={**KEY, "": {"S": "x"}})[0] == "ValidationException"


def test_names_of_keys_and_projected_attributes_have_255_bytes_at_most(dynamodb: Any) -> None:
    make_table(dynamodb, "longest", hash_key="k" * 255 + ":S")
    code, message = refusal(lambda: make_table(dynamodb, "longer", hash_key="k" * 256 + ":S"))
    assert code == "ValidationException"
    assert "'keySchema.1.member.attributeName' failed to satisfy constraint: Member must have length less" in message
    projected = index("i", "g", "", "INCLUDE", "n" * 256)
    code, message = refusal(
        lambda: make_table(dynamodb, "longer", attributes={"g": "S"}, GlobalSecondaryIndexes=[projected])
    )
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 255" in message


def test_keys_have_2048_and_1024_bytes_at_most(dynamodb: Any) -> None:
    make_table(dynamodb, "keys", range_key="sk:B")
    largest = {"pk": {"S": "é" * 1024}, "sk": {"B": b"x" * 1024}}
    dynamodb.put_item(TableName="keys", Item=largest)
    assert dynamodb.get_item(TableName="keys", Key=largest)["Item"] == largest
    hash_message = (
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )
    range_message = (
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of "
        "1024 bytes"
    )
    for key, message in (
        ({**largest, "pk": {"S": "x" * 2049}}, hash_message),
        ({**largest, "sk": {"B": b"x" * 1025}}, range_message),
    ):
        assert refusal(dynamodb.put_item, TableName="keys", Item=key) == ("ValidationException", message)
        assert refusal(dynamodb.get_item, TableName="keys", Key=key) == ("ValidationException", message)
