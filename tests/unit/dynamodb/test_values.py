"""Attribute values: what may be stored, what equals what, and how large it is."""

from typing import Any

import pytest

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keys import Key, KeySchema, find_successor, key_of_item, segment_bounds
from serein.services.dynamodb.sizes import size_of_item, size_of_value
from serein.services.dynamodb.values import equal, ordered, parse_item, parse_value


def refusal(value: Any) -> str:
    with pytest.raises(ValidationException) as refused:
        parse_value(value)
    return refused.value.message


def test_binary_is_kept_as_base64_and_numbers_in_plain_notation() -> None:
    item = {"b": {"B": b"\x00\xff"}, "n": {"N": "1.0"}, "m": {"M": {"ns": {"NS": ["1", "2.0"]}}}}
    assert parse_item(item) == {"b": {"B": "AP8="}, "n": {"N": "1"}, "m": {"M": {"ns": {"NS": ["1", "2"]}}}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes",
        ),
        (
            {"NULL": False},
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
        ({"SS": []}, "One or more parameter values were invalid: An string set  may not be empty"),
        ({"NS": []}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        (
            {"BS": [b"b", b"b"]},
            "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates.",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused_like_aws(value: Any, message: str) -> None:
    assert refusal(value) == message


def test_documents_are_refused_beyond_32_levels() -> None:
    value: Any = {"S": "x"}
    for _ in range(30):
        value = {"L": [value]}
    assert parse_value({"M": {"a": value}}) == {"M": {"a": value}}
    assert refusal({"L": [{"L": [value]}]}).startswith("Nesting Levels have exceeded supported limits")


def test_sets_are_equal_whatever_their_order_also_inside_documents() -> None:
    assert equal({"SS": ["a", "b"]}, {"SS": ["b", "a"]})
    assert equal({"L": [{"M": {"x": {"NS": ["1", "2"]}}}]}, {"L": [{"M": {"x": {"NS": ["2", "1"]}}}]})
    assert not equal({"L": [{"N": "1"}]}, {"L": [{"S": "1"}]})
    assert not equal(None, None)


def test_only_scalars_of_one_type_have_an_order() -> None:
    assert (ordered({"N": "9"}, {"N": "10"}) or 0) < 0
    assert (ordered({"S": "é"}, {"S": "z"}) or 0) > 0
    assert (ordered({"B": "/w=="}, {"B": "AA=="}) or 0) > 0
    assert ordered({"S": "1"}, {"N": "1"}) is None
    assert ordered({"BOOL": True}, {"BOOL": True}) is None


def test_sizes_count_utf8_bytes_and_overheads() -> None:
    assert size_of_item({"ab": {"S": "é"}}) == 4
    assert size_of_value({"B": "AP8="}) == 2
    assert size_of_value({"BOOL": True}) == 1
    assert size_of_value({"L": [{"S": "a"}, {"S": "b"}]}) == 3 + 2 + 2
    assert size_of_value({"M": {"k": {"S": "v"}}}) == 3 + 1 + 2
    assert size_of_value({"SS": ["ab", "c"]}) == 3


def test_a_key_that_is_missing_mistyped_empty_or_too_long_is_refused_like_aws() -> None:
    schema = KeySchema("p", "S", "s", "N")
    for item, message in (
        ({"s": {"N": "1"}}, "One or more parameter values were invalid: Missing the key p in the item"),
        (
            {"p": {"N": "1"}, "s": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key p expected: S actual: N",
        ),
        (
            {"p": {"S": ""}, "s": {"N": "1"}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty string value. Key: p",
        ),
        (
            {"p": {"S": "x" * 2049}, "s": {"N": "1"}},
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 "
            "bytes",
        ),
    ):
        with pytest.raises(ValidationException) as refused:
            key_of_item(item, schema)
        assert refused.value.message == message


def test_a_text_key_may_hold_any_character() -> None:
    schema = KeySchema("p", "S")
    assert key_of_item({"p": {"S": "a\x00b"}}, schema) != key_of_item({"p": {"S": "a"}}, schema)
    assert isinstance(key_of_item({"p": {"S": "a"}}, schema), Key)


def test_segments_cover_every_hash_exactly_once() -> None:
    for total in (1, 2, 3, 7, 1000):
        bounds = [segment_bounds(segment, total) for segment in range(total)]
        assert bounds[0][0] == b"\0\0\0\0"
        assert bounds[-1][1] is None
        assert all(bounds[at][1] == bounds[at + 1][0] for at in range(total - 1))


def test_the_successor_of_a_prefix_is_the_first_key_that_does_not_begin_with_it() -> None:
    assert find_successor(b"ab") == b"ac"
    assert find_successor(b"a\xff\xff") == b"b"
    assert find_successor(b"\xff") is None
    assert find_successor(b"") is None
