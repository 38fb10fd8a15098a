"""Filter policies: what they let through and what AWS refuses of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.services.sns.errors import InvalidParameter
from serein.services.sns.filters import filter_of, require_valid


def attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    if isinstance(value, int | float):
        return {"DataType": "Number", "StringValue": str(value)}
    return {"DataType": "String", "StringValue": value}


def lets_through(policy: dict[str, Any], **values: Any) -> bool:
    text = json.dumps(policy)
    require_valid(text, "MessageAttributes")
    compiled = filter_of(text, "MessageAttributes")
    return compiled is None or compiled.accepts("", {name: attribute(value) for name, value in values.items()})


def body_lets_through(policy: dict[str, Any], body: Any) -> bool:
    text = json.dumps(policy)
    require_valid(text, "MessageBody")
    compiled = filter_of(text, "MessageBody")
    return compiled is None or compiled.accepts(body if isinstance(body, str) else json.dumps(body), {})


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        ("rugby", ["rugby", ["golf", "rugby"]], ["Rugby", "rugby ", ["golf"], b"rugby"]),
        (100, [100, 100.0, [1, 100]], ["100", 101]),
        (True, [[True]], ["true", [False]]),
        (None, [[None]], ["null"]),
        ({"prefix": "bas"}, ["baseball", ["golf", "basketball"]], ["a bas", 1]),
        ({"suffix": "ball"}, ["baseball"], ["balls"]),
        ({"equals-ignore-case": "tennis"}, ["TENNIS", "Tennis"], ["tennis2"]),
        ({"wildcard": "*ball*x"}, ["baseball-x", "ballx"], ["ball"]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "ten"]),
        ({"anything-but": ["rugby", "tennis"]}, ["baseball", 5, ["rugby", "baseball"]], ["rugby", ["rugby"]]),
        ({"anything-but": [100, 500]}, [101, "100"], [100, 500]),
        ({"anything-but": {"prefix": "order-"}}, ["data-entry"], ["order-number"]),
        ({"anything-but": {"suffix": "ball"}}, ["tennis"], ["baseball"]),
        ({"anything-but": {"wildcard": "*ball"}}, ["tennis"], ["baseball"]),
        ({"numeric": ["=", 301.5]}, [301.5], [301, "301.5"]),
        ({"numeric": ["<", 0]}, [-1], [0]),
        ({"numeric": [">", 0, "<=", 150]}, [1, 150], [0, 151]),
        ({"exists": True}, ["x", 1, [1]], []),
    ],
)
def test_a_pattern_accepts_what_aws_documents(pattern: Any, accepted: list[Any], refused: list[Any]) -> None:
    for value in accepted:
        assert lets_through({"k": [pattern]}, k=value), value
    for value in refused:
        assert not lets_through({"k": [pattern]}, k=value), value
    assert not lets_through({"k": [pattern]}, other="x")


def test_keys_are_anded_and_patterns_ored() -> None:
    policy = {"store": ["a", "b"], "price": [{"numeric": [">=", 100]}]}
    assert lets_through(policy, store="b", price=100)
    assert not lets_through(policy, store="b", price=99)
    assert not lets_through(policy, store="c", price=100)
    assert not lets_through(policy, store="a")


def test_exists_false_wants_the_key_absent() -> None:
    assert lets_through({"store": [{"exists": False}]}, other="x")
    assert not lets_through({"store": [{"exists": False}]}, store="x")
    assert lets_through({"store": [{"exists": False}, "a"]}, store="a")


def test_or_needs_one_of_its_alternatives() -> None:
    policy = {"source": ["s"], "$or": [{"metric": ["cpu"]}, {"namespace": ["a", "b"]}]}
    assert lets_through(policy, source="s", metric="cpu")
    assert lets_through(policy, source="s", namespace="b")
    assert not lets_through(policy, source="s")
    assert not lets_through(policy, metric="cpu")


def test_the_body_is_matched_at_any_depth_and_in_arrays() -> None:
    policy = {"order": {"items": {"kind": ["book"]}, "total": [{"numeric": [">", 10]}]}}
    assert body_lets_through(policy, {"order": {"items": [{"kind": "pen"}, {"kind": "book"}], "total": 11}})
    assert not body_lets_through(policy, {"order": {"items": [], "total": 11}})
    assert not body_lets_through(policy, {"order": {"items": {"kind": "book"}, "total": "11"}})
    assert not body_lets_through(policy, "no json")
    assert not body_lets_through(policy, [1])
    assert body_lets_through({"a": {"b": [{"exists": False}]}}, {"c": 1})


def test_an_empty_policy_lets_everything_through() -> None:
    assert lets_through({}, k="x")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({"k": "x"}, '"k" must be an object or an array'),
        ({"k": []}, "Empty arrays are not allowed"),
        ({"k": [[1]]}, "Match value must be String, number, true, false, or null"),
        ({"k": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"k": [{"nonsense": 1}]}, "Unrecognized match type nonsense"),
        ({"k": [{"prefix": "a", "suffix": "b"}]}, "Only one key allowed in match expression"),
        ({"k": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
        ({"k": [{"numeric": 5}]}, "Value of numeric must be an array."),
        ({"k": [{"numeric": ["!", 5]}]}, "Unrecognized numeric range operator: !"),
        ({"k": [{"numeric": ["<", "5"]}]}, "Value of < must be numeric"),
        ({"k": [{"numeric": [">", 5, "<", 1]}]}, "Bottom must be less than top"),
        ({"k": [{"anything-but": [True]}]}, "Inside anything but list, start|null|boolean is not supported."),
        ({str(n): ["x"] for n in range(6)}, "Filter policy can not have more than 5 keys"),
        ({str(n): list("abcd") for n in range(4)}, "Filter policy is too complex"),
    ],
)
def test_a_policy_is_refused_with_the_reason(policy: Any, reason: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        require_valid(json.dumps(policy), "MessageBody")
    assert caught.value.message == f"Invalid parameter: FilterPolicy: {reason}"


def test_attributes_cannot_be_nested() -> None:
    with pytest.raises(InvalidParameter) as caught:
        require_valid('{"a":{"b":["c"]}}', "MessageAttributes")
    assert caught.value.message == (
        "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
    )


def test_text_that_is_no_json_is_refused_in_the_words_of_the_parser_of_aws() -> None:
    with pytest.raises(InvalidParameter) as caught:
        require_valid("{invalidjson}", "MessageBody")
    assert caught.value.message.startswith(
        "Invalid parameter: FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): "
        "was expecting double-quote to start field name\n at [Source: "
    )


def test_a_deeply_nested_policy_is_too_complex() -> None:
    with pytest.raises(InvalidParameter) as caught:
        require_valid('{"a":' * 400 + "[1]" + "}" * 400, "MessageBody")
    assert caught.value.message == "Invalid parameter: FilterPolicy: Filter policy is too complex"


LEAVES = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["a", "b", "$or", "exists", "prefix"]), VALUES, max_size=3), VALUES)
def test_any_policy_is_refused_or_decides_any_body(policy: Any, body: Any) -> None:
    text = json.dumps(policy)
    try:
        require_valid(text, "MessageBody")
    except InvalidParameter:
        return
    compiled = filter_of(text, "MessageBody")
    assert compiled is None or compiled.accepts(json.dumps(body), {}) in {True, False}


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=5), st.integers(-100, 100))
def test_anything_but_is_the_opposite_of_the_list(numbers: list[int], value: int) -> None:
    listed = lets_through({"k": numbers}, k=value)
    assert lets_through({"k": [{"anything-but": numbers}]}, k=value) is not listed
