"""What targets get of an event, filled in as AWS fills it in."""

import json
from typing import Any

import pytest

from serein.kernel.event_paths import ABSENT, value_at
from serein.services.events.inputs import fill, input_of

EVENT = {
    "version": "0",
    "id": "e1",
    "source": "shop",
    "time": "2026-01-02T03:04:05Z",
    "resources": ["one", "two"],
    "detail": {
        "state": "sold",
        "count": 3,
        "item": {"name": "pen", "tags": ["a", "b"]},
        "say": 'a "word"',
        "none": None,
    },
}
RULE = "arn:aws:events:us-east-1:000000000000:rule/sales"
PATHS = {
    "state": "$.detail.state",
    "count": "$.detail.count",
    "item": "$.detail.item",
    "tags": "$.detail.item.tags",
    "say": "$.detail.say",
    "gone": "$.detail.gone",
}


def transformed(template: str) -> str:
    target = {"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": template}}
    return input_of(target, json.dumps(EVENT), RULE, 1_700_000_000.0)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"item <state>, <count> times"', '"item sold, 3 times"'),
        ('{"state": <state>, "count": <count>}', '{"state": "sold", "count": 3}'),
        ('{"state": "<state>", "count": "<count>"}', '{"state": "sold", "count": "3"}'),
        ('{"item": <item>}', '{"item": {"name":"pen","tags":["a","b"]}}'),
        ('{"item": "<item>"}', '{"item": "{name:pen,tags:[a,b]}"}'),
        ('{"tags": <tags>}', '{"tags": ["a","b"]}'),
        ('{"say": <say>}', '{"say": "a \\"word\\""}'),
        ('{"say": "so: <say>"}', '{"say": "so: a \\"word\\""}'),
        ('{"say": "\\"<state>\\""}', '{"say": "\\"sold\\""}'),
        ('{"gone": "<gone>"}', '{"gone": ""}'),
        ('{"gone": <gone>}', '{"gone": ""}'),
        ("plain <state> text", "plain sold text"),
        ("<item>", '{"name":"pen","tags":["a","b"]}'),
        ('{"rule": <aws.events.rule-arn>, "name": "<aws.events.rule-name>"}', f'{{"rule": "{RULE}", "name": "sales"}}'),
        ('{"at": <aws.events.event.ingestion-time>}', '{"at": "2023-11-14T22:13:20Z"}'),
    ],
)
def test_templates_are_filled_in(template: str, expected: str) -> None:
    assert transformed(template) == expected


def test_the_whole_event_is_a_variable_with_and_without_its_detail() -> None:
    assert json.loads(transformed('{"event": <aws.events.event.json>}'))["event"] == EVENT
    without = {name: value for name, value in EVENT.items() if name != "detail"}
    assert json.loads(transformed('{"event": <aws.events.event>}'))["event"] == without


def test_an_input_is_a_constant_a_part_or_all() -> None:
    text = json.dumps(EVENT)
    assert input_of({}, text, RULE, 0.0) == text
    assert input_of({"Input": '{"a":1}'}, text, RULE, 0.0) == '{"a":1}'
    assert input_of({"InputPath": "$.detail.item"}, text, RULE, 0.0) == '{"name":"pen","tags":["a","b"]}'
    assert input_of({"InputPath": "$.detail.state"}, text, RULE, 0.0) == '"sold"'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", EVENT),
        ("$.id", "e1"),
        ("$.resources[1]", "two"),
        ("$['detail']['item'].name", "pen"),
        ('$["id"]', "e1"),
        ("$.detail.none", None),
        ("$.resources[*]", ["one", "two"]),
        ("$.resources[7]", ABSENT),
        ("$.id.deeper", ABSENT),
        ("id", ABSENT),
        ("$..id", ABSENT),
    ],
)
def test_paths_find_what_they_name(path: str, expected: Any) -> None:
    assert value_at(path, EVENT) == expected


def test_a_less_than_sign_that_begins_no_variable_is_left_alone() -> None:
    assert fill('"1 < 2 and <x>"', {"x": 3}) == '"1 < 2 and 3"'
