"""How live properties differ from a template's."""

from typing import Any

import pytest

from serein.services.cloudformation.drift.comparison import differences, shown_part


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"A": "5"}, {"A": 5}),
        ({"A": 5.0}, {"A": "5"}),
        ({"A": "true"}, {"A": True}),
        ({"A": ""}, {}),
        ({"A": []}, {}),
        ({"A": False}, {}),
        ({"A": {"B": 1}}, {"A": {"B": 1, "C": 2}, "D": 3}),
        ({"A": {"B": 1}}, {"A": '{"B": 1}'}),
        ({"A": '{"B": 1}'}, {"A": {"B": 1}}),
        ({"A": "x"}, {"A": ["x"]}),
        ({"A": ["x", "y"]}, {"A": ["y", "x"]}),
        ({"A": "own"}, {"A": "arn:aws:lambda:us-east-1:1:function:own"}),
        ({"A": [{"Key": "a", "Value": "1"}]}, {"A": [{"Key": "a", "Value": 1, "More": 2}]}),
        ({"A": [{"X": 1}, {"X": 2}]}, {"A": [{"X": 2}, {"X": 1}]}),
    ],
)
def test_what_means_the_same_is_no_difference(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert differences(expected, actual) == []


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ({"A": 1}, {"A": 2}, [("/A", "1", "2", "NOT_EQUAL")]),
        ({"A": 1}, {}, [("/A", "1", "null", "REMOVE")]),
        ({"A": {"B": {"C": "x"}}}, {"A": {"B": {"C": "y"}}}, [("/A/B/C", "x", "y", "NOT_EQUAL")]),
        ({"A": ["x"]}, {"A": ["x", "y"]}, [("/A/1", "null", "y", "ADD")]),
        ({"A": ["x", "y"]}, {"A": ["y"]}, [("/A/0", "x", "null", "REMOVE")]),
        (
            {"A": [{"Key": "a", "Value": "1"}]},
            {"A": [{"Key": "a", "Value": "2"}]},
            [("/A/0/Value", "1", "2", "NOT_EQUAL")],
        ),
        ({"A": [{"X": 1}]}, {"A": [{"X": 2}]}, [("/A/0/X", "1", "2", "NOT_EQUAL")]),
        ({"A": "own"}, {"A": "arn:aws:lambda:us-east-1:1:function:other"}, None),
    ],
)
def test_a_difference_has_its_path_and_kind(
    expected: dict[str, Any], actual: dict[str, Any], found: list[tuple[str, str, str, str]] | None
) -> None:
    shown = [(it.path, it.expected, it.actual, it.kind) for it in differences(expected, actual)]
    assert shown == found if found is not None else shown


def test_only_what_the_template_has_is_shown_of_objects() -> None:
    assert shown_part({"A": {"B": 1}, "C": 2}, {"A": {"B": 3, "D": 4}, "E": 5}) == {"A": {"B": 3}}
