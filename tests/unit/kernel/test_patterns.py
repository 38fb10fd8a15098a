"""Event patterns select what EventBridge's documentation says they select."""

import json
from typing import Any

import pytest

from serein.kernel.patterns import Automaton, InvalidPattern, compile_object, compile_pattern, parse_pattern

EVENT = {
    "source": "shop",
    "detail": {
        "state": "shipped",
        "price": 12.5,
        "count": 3,
        "tags": ["a", "b"],
        "empty": "",
        "nothing": None,
        "paid": True,
        "ip": "10.0.0.7",
        "path": "a/b/file.PNG",
        "lines": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"state": ["shipped", "lost"]}, True),
        ({"state": ["lost"]}, False),
        ({"state": ["shipped"], "count": [3]}, True),
        ({"state": ["shipped"], "count": [4]}, False),
        ({"nothing": [None]}, True),
        ({"missing": [None]}, False),
        ({"empty": [""]}, True),
        ({"paid": [True]}, True),
        ({"count": [True]}, False),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"state": [{"prefix": "ship"}]}, True),
        ({"state": [{"suffix": "ped"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "SHIP"}}]}, True),
        ({"path": [{"suffix": {"equals-ignore-case": ".png"}}]}, True),
        ({"state": [{"equals-ignore-case": "SHIPPED"}]}, True),
        ({"state": [{"anything-but": "lost"}]}, True),
        ({"state": [{"anything-but": ["lost", "shipped"]}]}, False),
        ({"state": [{"anything-but": {"prefix": "ship"}}]}, False),
        ({"state": [{"anything-but": {"suffix": ["x", "y"]}}]}, True),
        ({"state": [{"anything-but": {"wildcard": "ship*"}}]}, False),
        ({"state": [{"anything-but": {"wildcard": ["lo*", "*x"]}}]}, True),
        ({"state": [{"anything-but": {"equals-ignore-case": ["SHIPPED", "LOST"]}}]}, False),
        ({"count": [{"anything-but": [1, 2]}]}, True),
        ({"count": [{"anything-but": 3}]}, False),
        ({"missing": [{"anything-but": "lost"}]}, False),
        ({"price": [{"numeric": [">", 10, "<=", 12.5]}]}, True),
        ({"price": [{"numeric": ["<", 10]}]}, False),
        ({"price": [{"numeric": ["=", 12.5]}]}, True),
        ({"missing": [{"exists": False}]}, True),
        ({"nothing": [{"exists": True}]}, True),
        ({"state": [{"exists": False}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"path": [{"wildcard": "a/*/file.*"}]}, True),
        ({"path": [{"wildcard": "a/*.jpg"}]}, False),
        ({"lines": {"sku": ["y"]}}, True),
        ({"lines": {"sku": ["z"]}}, False),
        ({"$or": [{"state": ["lost"]}, {"count": [3]}]}, True),
        ({"$or": [{"state": ["lost"]}, {"count": [4]}]}, False),
        ({"missing": {"deep": [{"exists": False}]}}, True),
        ({"missing": {"deep": ["x"]}}, False),
    ],
)
def test_patterns_select_events(detail: dict[str, Any], expected: bool) -> None:
    assert compile_pattern(json.dumps({"detail": detail}))(EVENT) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        '{"a": 1}',
        '{"a": []}',
        '{"a": [["b"]]}',
        '{"a": [{"nonsense": 1}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"numeric": ["<", 5, ">", 1]}]}',
        '{"a": [{"numeric": [">", 5, "<", 1]}]}',
        '{"a": [{"numeric": ["=", 5, "<", 1]}]}',
        '{"a": [{"numeric": ["<", 5000000001]}]}',
        '{"a": [{"anything-but": ["x", 1]}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": null}]}',
        '{"a": [{"anything-but": {"numeric": ["<", 1]}}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"cidr": "nope"}]}',
        '{"a": [{"wildcard": "**"}]}',
        '{"$or": [{"a": ["b"]}]}',
        '{"a":' * 200 + '["b"]' + "}" * 200,
        "[" * 100_000,
    ],
)
def test_broken_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)


# Cases that the README of AWS's own matcher gives, with its sample event (https://github.com/aws/event-ruler).
INSTANCE = {
    "version": "0",
    "id": "ddddd4-aaaa-7777-4444-345dd43cc333",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "012345679012",
    "time": "2017-10-02T16:24:49Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "instance-id": "i-000000aaaaaa00000",
        "state": "running",
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {
            "detail-type": [INSTANCE["detail-type"]],
            "resources": INSTANCE["resources"],
            "detail": {"state": ["x", "running"]},
        },
        {"time": [{"prefix": "2017-10-02"}]},
        {"source": [{"prefix": {"equals-ignore-case": "AWS."}}]},
        {"source": [{"suffix": "ec2"}]},
        {"source": [{"suffix": {"equals-ignore-case": "EC2"}}]},
        {"source": [{"equals-ignore-case": "AWS.EC2"}]},
        {"source": [{"wildcard": "a*.e*2"}]},
        {"detail": {"state": [{"anything-but": "initializing"}]}},
        {"detail": {"x-limit": [{"anything-but": 123}]}},
        {"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}},
        {"detail": {"x-limit": [{"anything-but": [100, 200, 300]}]}},
        {"detail": {"state": [{"anything-but": {"prefix": "init"}}]}},
        {"detail": {"state": [{"anything-but": {"prefix": ["init", "error"]}}]}},
        {"detail": {"instance-id": [{"anything-but": {"suffix": "1234"}}]}},
        {"detail": {"instance-id": [{"anything-but": {"suffix": ["1234", "6789"]}}]}},
        {"detail": {"state": [{"anything-but": {"equals-ignore-case": ["Stopped", "OverLoaded"]}}]}},
        {"detail": {"state": [{"anything-but": {"wildcard": ["*/bin/*.jar", "*/bin/*.class"]}}]}},
        {
            "detail": {
                "c-count": [{"numeric": [">", 0, "<=", 5]}],
                "d-count": [{"numeric": ["<", 10]}],
                "x-limit": [{"numeric": ["=", 3.018e2]}],
            }
        },
        {"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}},
        {"detail": {"c-count": [{"exists": True}]}},
        {"detail": {"e-count": [{"exists": False}]}},
        {"detail": [{"exists": False}]},
        {"source": ["aws.ec2"], "$or": [{"metricName": ["x"]}, {"detail": {"d-count": [3]}}]},
        {"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [3], "c-count": [5]}]}},
        {"detail.state": ["running"]},
    ],
)
def test_the_documented_patterns_match_the_documented_event(pattern: dict[str, Any]) -> None:
    assert compile_pattern(json.dumps(pattern))(INSTANCE)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ('"text"', "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": {}}', "Empty objects are not allowed"),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{"regex": "b"}]}', "Unrecognized match type regex"),
        ('{"a": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"a": [{"prefix": {"suffix": "b"}}]}', "Unsupported prefix pattern: suffix"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "Only one key allowed in match expression"),
        ('{"a": [{"wildcard": "b**c"}]}', "Consecutive wildcard characters at pos 2"),
        ('{"a": [{"wildcard": "b\\\\\\\\x"}]}', None),
        ('{"a": [{"wildcard": "b\\\\x"}]}', "Invalid escape character at pos 2"),
        ('{"a": [{"exists": 1}]}', "exists match pattern must be either true or false."),
        ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"a": [{"cidr": "10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"a": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator: ~"),
        ('{"a": [{"numeric": ["<", "1"]}]}', "Value of < must be numeric"),
        ('{"a": [{"numeric": ["<", 5, ">", 1]}]}', "Too many elements in numeric expression"),
        ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"a": [{"numeric": [">", 5, ">", 9]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"anything-but": null}]}', "Value of anything-but must be an array or single string/number value."),
        (
            '{"a": [{"anything-but": [1, "b"]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"a": [{"anything-but": {"cidr": "b"}}]}', "Unsupported anything-but pattern: cidr"),
        ('{"$or": [{"a": ["b"]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"$or": {"a": ["b"]}}', "It must be an Array followed with $or."),
        ('{"$or": [1, 2]}', "Only JSON object is allowed in array of $or relationship."),
        (
            '{"$or": [{"prefix": ["b"]}, {"a": ["b"]}]}',
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ],
)
def test_broken_patterns_are_told_in_the_words_of_aws(pattern: str, message: str | None) -> None:
    if message is None:
        compile_pattern(pattern)
        return
    with pytest.raises(InvalidPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value) == message


def test_fields_of_objects_in_an_array_have_to_be_those_of_one_element() -> None:
    people = {"people": [{"first": "Bob", "last": "Dylan"}, {"first": "Ann", "last": "Lee"}]}
    assert compile_object({"people": {"first": ["Bob"], "last": ["Dylan"]}})(people)
    assert not compile_object({"people": {"first": ["Bob"], "last": ["Lee"]}})(people)
    nested = {"teams": [{"name": "a", "people": people["people"]}, {"name": "b", "people": [{"first": "Zoe"}]}]}
    assert compile_object({"teams": {"name": ["a"], "people": {"first": ["Ann"]}}})(nested)
    assert not compile_object({"teams": {"name": ["b"], "people": {"first": ["Ann"]}}})(nested)


def test_an_event_finds_its_rules_among_a_thousand() -> None:
    rules = [
        (f"rule-{number}", {"source": ["shop"], "detail": {"id": [number], "kind": [{"prefix": f"k{number % 10}"}]}})
        for number in range(1000)
    ]
    rules += [("all", {"source": [{"prefix": ""}]}), ("none", {"detail": {"id": [{"exists": False}]}})]
    automaton = Automaton((name, parse_pattern(json.dumps(pattern))) for name, pattern in rules)
    assert set(automaton.matches({"source": "shop", "detail": {"id": 123, "kind": "k3-x"}})) == {"rule-123", "all"}
    assert set(automaton.matches({"source": "shop", "detail": {"id": 123, "kind": "k4"}})) == {"all"}
    assert set(automaton.matches({"source": "shop", "detail": {}})) == {"all", "none"}
    assert set(automaton.matches({"source": "shop", "detail": {"id": [5, 6], "kind": ["k5", "k6"]}})) == {
        "all",
        "rule-5",
        "rule-6",
    }


def test_a_repeated_name_counts_as_it_was_given_last() -> None:
    matches = compile_pattern('{"place": ["here"], "place": [{"prefix": "there"}]}')
    assert matches({"place": "thereabouts"})
    assert not matches({"place": "here"})


def test_long_texts_and_many_asterisks_take_no_time() -> None:
    matches = compile_pattern(json.dumps({"a": [{"wildcard": "*a" * 30 + "*b"}]}))
    assert not matches({"a": "a" * 50_000})
