"""Update expressions on real items: paths, lists, numbers, sets, and what doesn't fit an item."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "k"}}
ITEM = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "text"},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    "m": {"M": {"a": {"N": "1"}, "l": {"L": [{"S": "x"}]}, "ss": {"SS": ["a", "b"]}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "bs": {"BS": [b"a", b"b"]},
}
INVALID_PATH = "The document path provided in the update expression is invalid for update"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
MISSING = "The provided expression refers to an attribute that does not exist in the item"


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(dynamodb, "things")
    dynamodb.put_item(TableName="things", Item=ITEM)
    return "things"


def numbers(*values: int) -> dict[str, Any]:
    return {"L": [{"N": str(value)} for value in values]}


def request_of(table: str, text: str, values: dict[str, Any]) -> dict[str, Any]:
    request = {"TableName": table, "Key": KEY, "UpdateExpression": text}
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return request


@pytest.mark.parametrize(
    ("text", "values", "changed"),
    [
        ("SET x = n", {}, {"x": {"N": "5"}}),
        ("SET n = n + :v", {"v": {"N": "0.5"}}, {"n": {"N": "5.5"}}),
        ("SET n = :v - n", {"v": {"N": "1"}}, {"n": {"N": "-4"}}),
        ("SET n = n + n", {}, {"n": {"N": "10"}}),
        ("SET x = m.a + l[2]", {}, {"x": {"N": "3"}}),
        ("SET n = if_not_exists(n, :v) + :w", {"v": {"N": "100"}, "w": {"N": "1"}}, {"n": {"N": "6"}}),
        ("SET x = if_not_exists(x, :v) + :w", {"v": {"N": "100"}, "w": {"N": "1"}}, {"x": {"N": "101"}}),
        ("SET x = if_not_exists(y, if_not_exists(z, :v))", {"v": {"S": "v"}}, {"x": {"S": "v"}}),
        ("SET l = list_append(l, :v)", {"v": numbers(9)}, {"l": numbers(0, 1, 2, 9)}),
        ("SET l = list_append(:v, l)", {"v": numbers(9)}, {"l": numbers(9, 0, 1, 2)}),
        ("SET x = list_append(if_not_exists(x, :v), l)", {"v": {"L": []}}, {"x": numbers(0, 1, 2)}),
        ("SET l[1] = :v", {"v": {"N": "7"}}, {"l": numbers(0, 7, 2)}),
        ("SET l[9] = :v", {"v": {"N": "7"}}, {"l": numbers(0, 1, 2, 7)}),
        ("SET l[20] = :v, l[10] = :w", {"v": {"N": "20"}, "w": {"N": "10"}}, {"l": numbers(0, 1, 2, 10, 20)}),
        ("REMOVE l[0]", {}, {"l": numbers(1, 2)}),
        ("REMOVE l[0], l[2]", {}, {"l": numbers(1)}),
        ("REMOVE l[9]", {}, {}),
        ("SET l[0] = l[2] REMOVE l[2]", {}, {"l": numbers(2, 1)}),
        ("SET a = b_was REMOVE n", None, {}),
        ("SET m.a = :v", {"v": {"S": "z"}}, {"m": {"M": {**ITEM["m"]["M"], "a": {"S": "z"}}}}),
        ("SET m.#l[0] = :v", {"v": {"S": "z"}}, {"m": {"M": {**ITEM["m"]["M"], "l": {"L": [{"S": "z"}]}}}}),
        ("REMOVE m.a", {}, {"m": {"M": {name: v for name, v in ITEM["m"]["M"].items() if name != "a"}}}),
        ("REMOVE m.absent", {}, {}),
        ("REMOVE absent", {}, {}),
        ("ADD n :v", {"v": {"N": "-10"}}, {"n": {"N": "-5"}}),
        ("ADD x :v", {"v": {"N": "3"}}, {"x": {"N": "3"}}),
        ("ADD m.a :v", {"v": {"N": "3"}}, {"m": {"M": {**ITEM["m"]["M"], "a": {"N": "4"}}}}),
        ("ADD m.x :v", {"v": {"N": "3"}}, {"m": {"M": {**ITEM["m"]["M"], "x": {"N": "3"}}}}),
        ("ADD l[0] :v", {"v": {"N": "3"}}, {"l": numbers(3, 1, 2)}),
        ("ADD ns :v", {"v": {"NS": ["2", "3.0"]}}, {"ns": {"NS": ["1", "2", "3"]}}),
        ("ADD x :v", {"v": {"SS": ["q"]}}, {"x": {"SS": ["q"]}}),
        ("ADD m.ss :v", {"v": {"SS": ["c"]}}, {"m": {"M": {**ITEM["m"]["M"], "ss": {"SS": ["a", "b", "c"]}}}}),
        ("DELETE ss :v", {"v": {"SS": ["a", "q"]}}, {"ss": {"SS": ["b"]}}),
        ("DELETE bs :v", {"v": {"BS": [b"b"]}}, {"bs": {"BS": [b"a"]}}),
        ("DELETE ns :v", {"v": {"NS": ["1", "2"]}}, {"ns": None}),
        ("DELETE absent :v", {"v": {"SS": ["a"]}}, {}),
        ("DELETE m.ss :v", {"v": {"SS": ["a"]}}, {"m": {"M": {**ITEM["m"]["M"], "ss": {"SS": ["b"]}}}}),
        ("set n = :v remove s add ns :w delete ss :x", "all", "all"),
    ],
)
def test_an_update_does_what_it_does_on_aws(dynamodb: Any, table: str, text: str, values: Any, changed: Any) -> None:
    if values is None:
        assert refusal(dynamodb.update_item, **request_of(table, text, {})) == ("ValidationException", MISSING)
        return
    if values == "all":
        values = {"v": {"N": "0"}, "w": {"NS": ["3"]}, "x": {"SS": ["a"]}}
        changed = {"n": {"N": "0"}, "s": None, "ns": {"NS": ["1", "2", "3"]}, "ss": {"SS": ["b"]}}
    request = request_of(table, text, values)
    if "#l" in text:
        request["ExpressionAttributeNames"] = {"#l": "l"}
    dynamodb.update_item(**request)
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == expected


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("SET x.y = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET s.y = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET m[0] = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET l.y = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET l[9].y = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET absent[0] = :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("REMOVE x.y", {}, INVALID_PATH),
        ("REMOVE s[0]", {}, INVALID_PATH),
        ("ADD x.y :v", {"v": {"N": "1"}}, INVALID_PATH),
        ("SET x = y", {}, MISSING),
        ("SET x = m.y", {}, MISSING),
        ("SET x = n + y", {}, MISSING),
        ("SET x = list_append(y, l)", {}, MISSING),
        ("SET x = n + s", {}, WRONG_TYPE),
        ("SET x = list_append(l, s)", {}, WRONG_TYPE),
        ("ADD s :v", {"v": {"N": "1"}}, WRONG_TYPE),
        ("ADD n :v", {"v": {"NS": ["1"]}}, WRONG_TYPE),
        ("ADD ss :v", {"v": {"NS": ["1"]}}, WRONG_TYPE),
        ("DELETE ss :v", {"v": {"NS": ["1"]}}, WRONG_TYPE),
        ("DELETE l :v", {"v": {"SS": ["1"]}}, WRONG_TYPE),
        (
            "SET n = :v + :v",
            {"v": {"N": "9E125"}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            "SET pk = :v",
            {"v": {"S": "other"}},
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
        ),
        (
            "REMOVE pk",
            {},
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
        ),
    ],
)
def test_an_update_that_does_not_fit_changes_nothing(
    dynamodb: Any, table: str, text: str, values: dict[str, Any], message: str
) -> None:
    assert refusal(dynamodb.update_item, **request_of(table, text, values)) == ("ValidationException", message)
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == ITEM


def test_sums_keep_38_digits_exactly(dynamodb: Any, table: str) -> None:
    largest = "9" * 37 + "8"
    dynamodb.put_item(TableName=table, Item={**KEY, "n": {"N": largest}})
    dynamodb.update_item(**request_of(table, "SET n = n + :v", {"v": {"N": "1"}}))
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": "9" * 38}
    dynamodb.update_item(**request_of(table, "ADD n :v", {"v": {"N": "-0.0"}}))
    dynamodb.update_item(**request_of(table, "SET n = n - n", {}))
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": "0"}
    dynamodb.update_item(**request_of(table, "SET n = :a + :b", {"a": {"N": "0.1"}, "b": {"N": "0.2"}}))
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": "0.3"}


def test_every_operand_is_read_from_the_item_as_it_was(dynamodb: Any, table: str) -> None:
    dynamodb.update_item(**request_of(table, "SET n = s, s = n, x = l[0] REMOVE l[0]", {}))
    item = dynamodb.get_item(TableName=table, Key=KEY)["Item"]
    assert (item["n"], item["s"], item["x"], item["l"]) == ({"S": "text"}, {"N": "5"}, {"N": "0"}, numbers(1, 2))


def test_an_update_creates_the_item_unless_it_only_takes_away(dynamodb: Any, table: str) -> None:
    other = {"pk": {"S": "other"}}
    dynamodb.update_item(TableName=table, Key=other, UpdateExpression="REMOVE x")
    values = {":v": {"SS": ["x"]}}
    dynamodb.update_item(TableName=table, Key=other, UpdateExpression="DELETE x :v", ExpressionAttributeValues=values)
    assert "Item" not in dynamodb.get_item(TableName=table, Key=other)
    dynamodb.update_item(TableName=table, Key=other, UpdateExpression="ADD x :v", ExpressionAttributeValues=values)
    assert dynamodb.get_item(TableName=table, Key=other)["Item"] == {**other, "x": {"SS": ["x"]}}
