"""Expressions: what they mean, and what AWS says of those that mean nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.parser import parse_condition, parse_projection, parse_update
from serein.services.dynamodb.expressions.reading import parse_expressions

ITEM: dict[str, Any] = {
    "s": {"S": "text"},
    "n": {"N": "5"},
    "b": {"B": "YWJj"},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}, {"S": "two"}, {"M": {"deep": {"S": "x"}}}]},
    "m": {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"S": "y"}}}}},
}


def holds(text: str, names: dict[str, str] | None = None, **values: Any) -> bool:
    request: dict[str, Any] = {"ConditionExpression": text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    condition = parse_expressions(request).condition
    assert condition is not None
    return condition.test(ITEM)


def updated(text: str, names: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
    request: dict[str, Any] = {"UpdateExpression": text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    update = parse_expressions(request).update
    assert update is not None
    before = repr(ITEM)
    after = update.apply(ITEM)
    assert repr(ITEM) == before, "the old item must not change"
    return after


def refusal(member: str, text: str, names: dict[str, str] | None = None, **values: Any) -> str:
    request: dict[str, Any] = {member: text}
    if names is not None:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    with pytest.raises(ValidationException) as refused:
        parse_expressions(request)
    return refused.value.message


ONE, TWO, X = {"N": "1"}, {"N": "2"}, {"S": "x"}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("n = :a", {"a": {"N": "5.0"}}, True),
        ("n < :a", {"a": {"N": "10"}}, True),
        ("n > :a", {"a": {"S": "1"}}, False),
        ("absent = :a", {"a": ONE}, False),
        ("absent <> :a", {"a": ONE}, True),
        ("ss = :a", {"a": {"SS": ["b", "a"]}}, True),
        ("n BETWEEN :a AND :b", {"a": ONE, "b": {"N": "5"}}, True),
        ("n IN (:a, :b)", {"a": ONE, "b": {"N": "5"}}, True),
        ("NOT n = :a", {"a": ONE}, True),
        ("NOT n = :a AND n = :a", {"a": ONE}, False),
        ("n = :a OR n = :b AND s = :c", {"a": {"N": "5"}, "b": ONE, "c": X}, True),
        ("(n = :a OR n = :b) AND s = :c", {"a": {"N": "5"}, "b": ONE, "c": X}, False),
        ("attribute_exists(m.b.c)", {}, True),
        ("attribute_exists(m.b.d)", {}, False),
        ("attribute_not_exists(l[7])", {}, True),
        ("attribute_type(z, :a)", {"a": {"S": "NULL"}}, True),
        ("begins_with(s, :a)", {"a": {"S": "te"}}, True),
        ("begins_with(b, :a)", {"a": {"B": b"ab"}}, True),
        ("contains(s, :a)", {"a": {"S": "ex"}}, True),
        ("contains(ss, :a)", {"a": {"S": "a"}}, True),
        ("contains(l, :a)", {"a": {"S": "two"}}, True),
        ("contains(s, :a)", {"a": ONE}, False),
        ("size(s) = :a", {"a": {"N": "4"}}, True),
        ("size(ss) < size(l)", {}, True),
        ("size(n) = :a", {"a": ONE}, False),
        ("l[2].deep = :a", {"a": X}, True),
        (":a = m.a", {"a": ONE}, True),
        ("(n) = (:a)", {"a": {"N": "5"}}, True),
        ("n=:a and(s<>:b)", {"a": {"N": "5"}, "b": X}, True),
    ],
)
def test_a_condition_means_what_it_means_on_aws(text: str, values: dict[str, Any], expected: bool) -> None:
    assert holds(text, **values) is expected


def test_a_name_placeholder_is_one_attribute_even_with_dots() -> None:
    assert holds("attribute_not_exists(#n)", {"#n": "m.a"})
    assert holds("#m.#a = :a", {"#m": "m", "#a": "a"}, a=ONE)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("", {}, "The expression can not be empty;"),
        ("a", {}, 'Syntax error; token: "<EOF>", near: "a"'),
        ("a = ", {}, 'Syntax error; token: "<EOF>", near: "="'),
        ("a-b", {}, 'Syntax error; token: "-", near: "a-b"'),
        ("a = :v b", {"v": ONE}, 'Syntax error; token: "b", near: ":v b"'),
        ("hits : incr", {}, 'Syntax error; token: ":", near: "hits : incr"'),
        ("a = :v", {}, "An expression attribute value used in expression is not defined; attribute value: :v"),
        (
            "#a = :v",
            {"v": ONE},
            "An expression attribute name used in the document path is not defined; attribute name: #a",
        ),
        ("size = :v", {"v": ONE}, "Attribute name is a reserved keyword; reserved keyword: size"),
        ("f(a)", {}, "Invalid function name; function: f"),
        (
            "attribute_exists(a, b)",
            {},
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of "
            "operands: 2",
        ),
        (
            "attribute_exists(:v)",
            {"v": X},
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "begins_with(a, :v)",
            {"v": ONE},
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "attribute_type(a, :v)",
            {"v": {"S": "Q"}},
            "Invalid attribute type name found; type: Q, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "a < :v",
            {"v": {"BOOL": True}},
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "a = a",
            {},
            "The first operand must be distinct from the remaining operands for this operator or function; operator: "
            "=, first operand: [a]",
        ),
        (
            "a BETWEEN :v AND :w",
            {"v": TWO, "w": ONE},
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
            "operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            "a BETWEEN :v AND :w",
            {"v": ONE, "w": X},
            "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
            "AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}",
        ),
        ("((a = :v))", {"v": ONE}, "The expression has redundant parentheses;"),
        ("size(a)", {}, "The function is not allowed to be used this way in an expression; function: size"),
        (
            "contains(a, attribute_exists(b))",
            {},
            "The function is not allowed to be used this way in an expression; function: attribute_exists",
        ),
        ("(" * 3000 + "a", {}, "Expression nesting has exceeded the maximum allowed depth"),
        ("a" * 4097, {}, "Expression size has exceeded the maximum allowed size;"),
    ],
)
def test_a_wrong_condition_is_refused_like_aws(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("ConditionExpression", text, **values) == f"Invalid ConditionExpression: {message}"


def test_only_the_filter_of_a_scan_is_told_its_size() -> None:
    assert refusal("FilterExpression", "a" * 4097) == (
        "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"
    )


def test_placeholders_that_are_not_used_are_refused_like_aws() -> None:
    assert (
        refusal("ConditionExpression", "attribute_exists(a)", v=ONE)
        == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
    )
    assert (
        refusal("ConditionExpression", "attribute_exists(a)", {"#a": "a"})
        == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"
    )
    assert (
        refusal("ConditionExpression", "attribute_exists(a)", {"a": "a"})
        == 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'
    )
    assert (
        refusal("ConditionExpression", "a = :v", v={"N": "x"})
        == "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x "
        "for key :v"
    )


@pytest.mark.parametrize(
    ("text", "values", "changed"),
    [
        ("SET n = :a", {"a": X}, {"n": X}),
        ("SET n = n + :a", {"a": ONE}, {"n": {"N": "6"}}),
        ("SET n = :a - n", {"a": ONE}, {"n": {"N": "-4"}}),
        ("SET x = if_not_exists(x, :a) + :b", {"a": ONE, "b": TWO}, {"x": {"N": "3"}}),
        ("SET x = if_not_exists(n, :a)", {"a": ONE}, {"x": {"N": "5"}}),
        ("SET x = list_append(:a, l)", {"a": {"L": [ONE]}}, {"x": {"L": [ONE, *ITEM["l"]["L"]]}}),
        ("SET s = n, n = s", {}, {"s": ITEM["n"], "n": ITEM["s"]}),
        ("SET m.b.c = :a", {"a": X}, {"m": {"M": {"a": ONE, "b": {"M": {"c": X}}}}}),
        ("SET l[9] = :a, l[8] = :b", {"a": ONE, "b": TWO}, {"l": {"L": [*ITEM["l"]["L"], TWO, ONE]}}),
        ("REMOVE l[0], l[1]", {}, {"l": {"L": ITEM["l"]["L"][2:]}}),
        ("REMOVE l[7]", {}, {}),
        ("ADD n :a", {"a": {"N": "0.5"}}, {"n": {"N": "5.5"}}),
        ("ADD x :a", {"a": ONE}, {"x": ONE}),
        ("ADD ss :a", {"a": {"SS": ["b", "c"]}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ("DELETE ss :a", {"a": {"SS": ["b", "c"]}}, {"ss": {"SS": ["a"]}}),
        ("set n = :a remove s", {"a": ONE}, {"n": ONE, "s": None}),
        ("DELETE ss :a", {"a": {"SS": ["a", "b"]}}, {"ss": None}),
        ("SET x = (n + :a)", {"a": ONE}, {"x": {"N": "6"}}),
    ],
)
def test_an_update_does_what_it_does_on_aws(text: str, values: dict[str, Any], changed: dict[str, Any]) -> None:
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert updated(text, **values) == expected


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("SET n = absent", {}, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET n = s + :a", {"a": ONE}, "An operand in the update expression has an incorrect data type"),
        ("SET q.r = :a", {"a": ONE}, "The document path provided in the update expression is invalid for update"),
        ("SET s[0] = :a", {"a": ONE}, "The document path provided in the update expression is invalid for update"),
        ("ADD s :a", {"a": ONE}, "An operand in the update expression has an incorrect data type"),
        ("ADD n :a", {"a": {"N": "1E125"}}, "Attempting to store more than 38 significant digits in a Number"),
    ],
)
def test_an_update_that_does_not_fit_the_item_is_refused_like_aws(
    text: str, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationException) as refused:
        updated(text, **values)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("INVALID SYNTAX HERE", {}, 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("SET a = :v,", {"v": ONE}, 'Syntax error; token: "<EOF>", near: ","'),
        (
            "SET a = :v SET b = :v",
            {"v": ONE},
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "SET a = :v, a.b = :v",
            {"v": ONE},
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], "
            "path two: [a, b]",
        ),
        (
            "SET a.b = :v, a[0] = :v",
            {"v": ONE},
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], "
            "path two: [a, [0]]",
        ),
        (
            "ADD a :v",
            {"v": X},
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: "
            "ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "DELETE a :v",
            {"v": ONE},
            "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: "
            "ALLOWED_FOR_DELETE_OPERAND",
        ),
        (
            "SET a = b + :v",
            {"v": X},
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        ("SET a = foo(b)", {}, "Invalid function name; function: foo"),
        (
            "SET a = if_not_exists(b)",
            {},
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of "
            "operands: 1",
        ),
    ],
)
def test_a_wrong_update_is_refused_like_aws(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("UpdateExpression", text, **values) == f"Invalid UpdateExpression: {message}"


def test_a_projection_keeps_the_parts_it_names() -> None:
    projection = parse_expressions({"ProjectionExpression": "s, l[2].deep, l[0], m.b, nothing, m.x"}).projection
    assert projection is not None
    assert projection.apply(ITEM) == {
        "s": ITEM["s"],
        "l": {"L": [{"N": "1"}, {"M": {"deep": {"S": "x"}}}]},
        "m": {"M": {"b": ITEM["m"]["M"]["b"]}},
    }


def test_overlapping_projections_are_refused_like_aws() -> None:
    assert refusal("ProjectionExpression", "a, a.b") == (
        "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of "
        "these paths; path one: [a], path two: [a, b]"
    )


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("p = :v OR s = :v", {"v": X}, "Invalid operator used in KeyConditionExpression: OR"),
        ("p <> :v", {"v": X}, "Invalid operator used in KeyConditionExpression: <>"),
        ("p = :v AND p = :v", {"v": X}, "KeyConditionExpressions must only contain one condition per key"),
        ("p.a = :v", {"v": X}, "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("contains(p, :v)", {"v": X}, "Invalid operator used in KeyConditionExpression: contains"),
        ("size(p) = :v", {"v": X}, "KeyConditionExpressions cannot contain nested operations"),
        ("p = :v AND", {"v": X}, 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "AND"'),
    ],
)
def test_a_wrong_key_condition_is_refused_like_aws(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("KeyConditionExpression", text, **values) == message


@given(st.text(alphabet="ab#:.,[]()=<>+- 01ANDORNTSEIN\n", max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parse in (parse_condition, parse_update, parse_projection):
        try:
            parse(text)
        except ValidationException as refused:
            assert refused.message
