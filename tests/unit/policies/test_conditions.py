"""Every condition operator, its prefixes and suffix, and keys that a request doesn't have."""

from typing import Any

import pytest

from serein.kernel.policies import Request, compile_policy

ARN = "arn:aws:sns:us-east-1:111122223333:news"


def holds(operator: str, wanted: Any, given: Any = None, **context: Any) -> bool:
    """Whether a condition on the key `a:key` holds; None: the request doesn't have it."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"a:Key": wanted}}}
    found = {"A:key": given, **context} if given is not None else context
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return compile_policy(document).decide(Request("a:b", "*", context=found)).is_allowed


OPPOSITES = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "IpAddress": "NotIpAddress",
}


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "is_true"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["b", "a"], "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("stringequals", "a", "a", True),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringEqualsIgnoreCase", "a", "b", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*c?", "abbc", False),
        ("StringLike", "A*", "ab", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "10", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "11", True),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
        ("DateLessThan", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", True),
        ("DateLessThan", "2020-01-01", "2020-01-01T00:00:00Z", False),
        ("DateLessThanEquals", "2020-01-01", "2020-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+00:30", True),
        ("DateGreaterThanEquals", "2020-01-01T00:00:00Z", "yesterday", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "True", "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
        ("BinaryEquals", "QmluYXJ5", "!", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
        ("IpAddress", "10.0.0.0/8", "elsewhere", False),
        ("IpAddress", "nowhere", "10.0.0.1", False),
        ("ArnEquals", ARN, ARN, True),
        ("ArnEquals", "arn:aws:sns:*:*:n*", ARN, True),
        ("ArnLike", "arn:aws:sns:*:111122223333:*", ARN, True),
        ("ArnLike", "arn:aws:sns:*:news", ARN, False),
        ("ArnLike", "arn:aws:sns:us-east-1:*", ARN, False),
        ("ArnLike", "*", ARN, True),
        ("ArnLike", "arn:aws:s3:*:*:bucket", "arn:aws:s3:::bucket", True),
        ("ArnLike", "arn:aws:sns:*:*:news", "news", False),
    ],
)
def test_an_operator_compares_a_value_with_those_of_the_policy(
    operator: str, wanted: Any, given: str, is_true: bool
) -> None:
    assert holds(operator, wanted, given) is is_true
    assert holds(f"{operator}IfExists", wanted, given) is is_true
    if operator in OPPOSITES:
        assert holds(OPPOSITES[operator], wanted, given) is not is_true


@pytest.mark.parametrize(
    "operator",
    [
        *OPPOSITES,
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
    ],
)
def test_a_key_that_is_missing_fails_a_condition_and_not_its_opposite(operator: str) -> None:
    assert not holds(operator, "1")
    assert holds(f"{operator}IfExists", "1")
    assert holds(f"ForAllValues:{operator}", "1")
    assert not holds(f"ForAnyValue:{operator}", "1")
    assert holds(f"ForAnyValue:{operator}IfExists", "1")
    if operator in OPPOSITES:
        assert holds(OPPOSITES[operator], "1")
        assert holds(f"{OPPOSITES[operator]}IfExists", "1")
        assert holds(f"ForAllValues:{OPPOSITES[operator]}", "1")
        assert not holds(f"ForAnyValue:{OPPOSITES[operator]}", "1")


@pytest.mark.parametrize(
    ("operator", "given", "is_true"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringEquals", [], True),
        ("ForAnyValue:StringEquals", ["a", "c"], True),
        ("ForAnyValue:StringEquals", ["c", "d"], False),
        ("ForAnyValue:StringEquals", [], False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "d"], False),
        ("ForAnyValue:StringNotEquals", ["a", "d"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("forallvalues:StringLike", ["a", "b"], True),
        ("StringEquals", ["c", "a"], True),
        ("StringNotEquals", ["c", "a"], False),
    ],
)
def test_keys_of_many_values_are_counted_as_the_prefix_says(operator: str, given: list[str], is_true: bool) -> None:
    assert holds(operator, ["a", "b"], given) is is_true


@pytest.mark.parametrize(
    ("wanted", "given", "is_true"),
    [
        ("true", None, True),
        ("true", "x", False),
        ("false", None, False),
        ("false", "x", True),
        (True, None, True),
        (["true", "false"], "x", True),
    ],
)
def test_null_asks_whether_a_key_is_missing(wanted: Any, given: Any, is_true: bool) -> None:
    assert holds("Null", wanted, given) is is_true


def test_variables_are_compared_as_values() -> None:
    ann = {"aws:username": "Ann"}
    assert holds("StringEquals", "${aws:username}", "Ann", **ann)
    assert holds("StringEqualsIgnoreCase", "${aws:username}", "aNN", **ann)
    assert holds("StringLike", "home/${aws:username}/*", "home/Ann/x", **ann)
    assert holds("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/Ann", **ann)
    assert holds("StringNotEquals", "${aws:username}", "Bob", **ann)
    assert not holds("StringEquals", "${aws:username}", "Ann")
    assert holds("StringNotLike", "${aws:username}", "Ann"), "AWS: nothing is like a variable without a value"


def test_every_condition_and_every_key_has_to_hold() -> None:
    block = {"StringEquals": {"a:one": "1", "a:two": "2"}, "Bool": {"a:three": "true"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}
    compiled = compile_policy({"Version": "2012-10-17", "Statement": statement})
    whole = {"a:one": "1", "a:two": "2", "a:three": "true"}
    assert compiled.decide(Request("a:b", "*", context=whole)).is_allowed
    for key in whole:
        assert not compiled.decide(Request("a:b", "*", context={**whole, key: "other"})).is_allowed


def test_circumstances_are_asked_for_only_when_they_count() -> None:
    calls: list[int] = []

    def context() -> dict[str, str]:
        calls.append(1)
        return {"a:key": "1"}

    plain = compile_policy({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    plain.decide(Request("a:b", "*", context=context))
    assert not calls
    twice = {"NumericGreaterThan": {"a:key": "0"}, "NumericLessThan": {"a:key": "2"}}
    both = compile_policy({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": twice}})
    assert both.decide(Request("a:b", "*", context=context)).is_allowed
    assert calls == [1]
