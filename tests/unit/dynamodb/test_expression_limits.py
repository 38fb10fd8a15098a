"""What expressions are limited to, and in which order their mistakes are reported."""

from typing import Any

import pytest

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.reading import parse_expressions
from serein.services.dynamodb.expressions.reserved import RESERVED

ONE: dict[str, Any] = {"N": "1"}
LIST: dict[str, Any] = {"L": []}


def refusal(member: str, text: str, names: dict[str, str] | None = None, **values: Any) -> str:
    request: dict[str, Any] = {member: text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    with pytest.raises(ValidationException) as refused:
        parse_expressions(request)
    return refused.value.message


def conditions(count: int) -> str:
    return " OR ".join(f"a{at}=:v" for at in range(count))


def test_a_condition_has_300_operators_and_functions_at_most() -> None:
    values = {"ExpressionAttributeValues": {":v": ONE}}
    assert parse_expressions({"ConditionExpression": conditions(150), **values}).condition is not None
    assert refusal("ConditionExpression", conditions(151), v=ONE) == (
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
    )
    functions = " AND ".join(f"attribute_exists(a{at})" for at in range(150))
    assert parse_expressions({"ConditionExpression": functions}).condition is not None
    assert "operator count: 301" in refusal("ConditionExpression", functions + " AND attribute_exists(z)")


def test_an_update_has_300_operators_and_functions_at_most() -> None:
    sums = ", ".join(f"a{at}=b+:v" for at in range(300))
    assert parse_expressions({"UpdateExpression": f"SET {sums}", "ExpressionAttributeValues": {":v": ONE}}).update
    assert refusal("UpdateExpression", f"SET {sums}, z=b+:v", v=ONE) == (
        "Invalid UpdateExpression: The expression contains too many operators; operator count: 301"
    )


def test_in_takes_a_hundred_operands() -> None:
    def choices(count: int) -> tuple[str, dict[str, Any]]:
        return f"a IN ({', '.join(f':v{at}' for at in range(count))})", {f"v{at}": ONE for at in range(count)}

    text, values = choices(100)
    given = {f":{name}": value for name, value in values.items()}
    assert parse_expressions({"ConditionExpression": text, "ExpressionAttributeValues": given}).condition is not None
    text, values = choices(101)
    assert refusal("ConditionExpression", text, **values) == (
        "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101"
    )


def test_an_expression_may_have_4096_bytes() -> None:
    def text(size: int) -> str:
        return "attribute_exists(" + "é" * 1000 + ")" if size < 0 else "a = :v" + " " * (size - 6)

    values = {"ExpressionAttributeValues": {":v": ONE}}
    assert parse_expressions({"ConditionExpression": text(4096), **values}).condition is not None
    assert refusal("ConditionExpression", text(4097), v=ONE) == (
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;"
    )


def test_a_path_has_32_parts_and_positions_of_31_bits_at_most() -> None:
    assert parse_expressions({"ProjectionExpression": ".".join(["a"] * 32)}).projection is not None
    assert refusal("ProjectionExpression", ".".join(["a"] * 33)) == (
        "Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33"
    )
    assert parse_expressions({"ProjectionExpression": "a[2147483647]"}).projection is not None
    for index in ("2147483648", "99999999999999999999"):
        assert refusal("ProjectionExpression", f"a[{index}]") == (
            f"Invalid ProjectionExpression: List index is not within the allowable range; index: [{index}]"
        )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({}, "ExpressionAttributeNames must not be empty"),
        ({"a": "b"}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        ({"#": "b"}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        ({"#a-b": "b"}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'),
        (
            {"#a": ""},
            "ExpressionAttributeNames contains invalid value: Invalid AttributeName: the attribute name must not be "
            "empty for key #a",
        ),
        ({"#" + "a" * 255: "b"}, "ExpressionAttributeNames contains invalid key: The expression attribute map "),
        ({"#a": "b" * 65536}, "ExpressionAttributeNames contains invalid value: Attribute name is too large"),
    ],
)
def test_wrong_placeholders_for_names_are_refused(names: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        parse_expressions({"ProjectionExpression": "a", "ExpressionAttributeNames": names})
    assert refused.value.message.startswith(message)


def test_values_of_more_than_2_mb_are_refused() -> None:
    values = {f":v{at}": {"S": "x" * 350_000} for at in range(6)}
    text = " OR ".join(f"a{at} = :v{at}" for at in range(6))
    with pytest.raises(ValidationException, match="maximum allowed size of 2 MB"):
        parse_expressions({"ConditionExpression": text, "ExpressionAttributeValues": values})


def test_there_are_573_reserved_words_and_their_case_does_not_matter() -> None:
    assert len(RESERVED) == 573
    for word in ("status", "Name", "DATA", "ttl", "year", "zone", "abort", "inner", "innter", "count", "size"):
        assert refusal("ProjectionExpression", word) == (
            f"Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: {word}"
        )
    assert parse_expressions({"ProjectionExpression": "pk, sk, id, email, statuses"}).projection is not None


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("SET _a = :v", {"v": ONE}, 'Syntax error; token: "_", near: "SET _a"'),
        ("SET a = size(b)", {}, "The function is not allowed in an update expression; function: size"),
        (
            "SET a = list_append(list_append(:v, :v), :v)",
            {"v": LIST},
            "The function is not allowed to be used this way in an expression; function: list_append",
        ),
        (
            "SET a = if_not_exists(a, list_append(a, :v))",
            {"v": LIST},
            "The function is not allowed to be used this way in an expression; function: list_append",
        ),
        ("SET a = list_append(a)", {}, "Incorrect number of operands for operator or function; operator or function: "),
        ("SET a = list_append(a, :v)", {"v": ONE}, "Incorrect operand type for operator or function; operator or func"),
        ("SET a = :v + list_append(:v)", {"v": ONE}, "Incorrect number of operands for operator or function; operat"),
        ("SET a = if_not_exists(:v, :v)", {"v": ONE}, "Operator or function requires a document path; operator or fun"),
        ("REMOVE a.b, a", {}, "Two document paths overlap with each other"),
        ("SET a = :v REMOVE a", {"v": ONE}, "Two document paths overlap with each other"),
        ("SET a[0] = :v, a[0].b = :v", {"v": ONE}, "Two document paths overlap with each other"),
        ("SET :v = a", {"v": ONE}, 'Syntax error; token: ":v", near: "SET :v ="'),
        ("SET a :v", {"v": ONE}, 'Syntax error; token: ":v", near: "a :v"'),
        ("ADD a b", {}, 'Syntax error; token: "b", near: "a b"'),
        ("SET a = if_not_exists(a, :v + :v)", {"v": ONE}, 'Syntax error; token: "+", near: ":v + :v"'),
        ("SET", {}, 'Syntax error; token: "<EOF>", near: "SET"'),
        ("REMOVE a[-1]", {}, 'Syntax error; token: "-", near: "[-1"'),
    ],
)
def test_a_wrong_update_is_refused_like_aws(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("UpdateExpression", text, **values).startswith(f"Invalid UpdateExpression: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("if_not_exists(a, a) = :v", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("a = list_append(a, a)", "The function is not allowed in a condition expression; function: list_append"),
        ("attribute_exists(a) < :v", "The function is not allowed to be used this way in an expression; function: "),
        ("a = :v AND size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        ("NOT a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("a = :v = b", 'Syntax error; token: "=", near: ":v = b"'),
        ("a BETWEEN :v", 'Syntax error; token: "<EOF>", near: ":v"'),
        ("a IN :v", 'Syntax error; token: ":v", near: "IN :v"'),
        ("a IN ()", 'Syntax error; token: ")", near: "()"'),
        ("a + :v = :v", 'Syntax error; token: "+", near: "a + :v"'),
        ("a == :v", 'Syntax error; token: "=", near: "== :v"'),
        ("a != :v", 'Syntax error; token: "!", near: "a !="'),
        ("(a = :v", 'Syntax error; token: "<EOF>", near: ":v"'),
        ("a = :v)", 'Syntax error; token: ")", near: ":v)"'),
    ],
)
def test_a_wrong_condition_is_refused_like_aws(text: str, message: str) -> None:
    assert refusal("ConditionExpression", text, v=ONE).startswith(f"Invalid ConditionExpression: {message}")


@pytest.mark.parametrize(
    ("member", "text", "names", "message"),
    [
        # An update: reserved words, functions, sections, names, values, paths, operands.
        ("UpdateExpression", "SET status = f(:x), #u = :u", None, "reserved keyword"),
        ("UpdateExpression", "SET a = f(:x), #u = :u", None, "Invalid function name"),
        ("UpdateExpression", "SET a = :u SET #u = :u", None, "can only be used once"),
        ("UpdateExpression", "SET a = :u, #u = :v", None, "attribute name: #u"),
        ("UpdateExpression", "SET a = :u, a = :v ADD b :s", None, "attribute value: :u"),
        ("UpdateExpression", "SET a = :v, a = :v ADD b :s", None, "Two document paths overlap"),
        ("UpdateExpression", "SET a = list_append(:v, :v) ADD b :s", None, "operator: ADD"),
        # A condition: parentheses, functions, reserved words, then what the placeholders are.
        ("ConditionExpression", "((f(status)))", None, "redundant parentheses"),
        ("ConditionExpression", "f(status)", None, "Invalid function name"),
        ("ConditionExpression", "contains(a, begins_with(status, :u))", None, "not allowed to be used this way"),
        ("ConditionExpression", "status = :u", None, "reserved keyword"),
        ("ConditionExpression", "#u = :u", None, "attribute name: #u"),
    ],
)
def test_of_several_mistakes_the_one_that_aws_reports_is_reported(
    member: str, text: str, names: dict[str, str] | None, message: str
) -> None:
    assert message in refusal(member, text, names, v=ONE, s={"S": "x"})


def test_values_are_checked_before_expressions_and_unused_ones_last() -> None:
    assert refusal("ConditionExpression", "(((", v={"N": "x"}) == (
        "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x "
        "for key :v"
    )
    assert refusal("ConditionExpression", "(((", v=ONE).startswith("Invalid ConditionExpression: Syntax error")
    assert refusal("ConditionExpression", "a = :v", {"#a": "b"}, v=ONE, w=ONE) == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"
    )
