"""How live properties differ from a template's.

AWS: only properties that a template sets are compared, and so it is within them
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html).
"""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.functions import text_of

_MISSING = object()
_EMPTY: tuple[Any, ...] = ("", [], {}, None)
_NAMES = ("Key", "PolicyName", "IndexName", "AttributeName", "Id", "Name", "Sid", "Endpoint", "FunctionVersion")


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    expected: str
    actual: str
    kind: str
    """ADD, REMOVE or NOT_EQUAL, as AWS calls them."""


def differences(expected: Properties, actual: Properties) -> list[Difference]:
    """Every place where a live value isn't the template's, by its path."""
    found: list[Difference] = []
    for name in sorted(expected):
        _compare(f"/{name}", expected[name], actual.get(name, _MISSING), found)
    return found


def shown_part(expected: Any, actual: Any) -> Any:
    """What of a live value is shown beside the template's: lists whole, of objects what the template has."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: shown_part(value, actual[name]) for name, value in expected.items() if name in actual}
    return actual


def _compare(path: str, expected: Any, actual: Any, found: list[Difference]) -> None:
    if isinstance(expected, str) and isinstance(actual, dict | list):
        expected = _parsed(expected)
    elif isinstance(actual, str) and isinstance(expected, dict | list):
        actual = _parsed(actual)
    if isinstance(expected, list) != isinstance(actual, list) and actual is not _MISSING:
        # A document may hold one value or a list of that one.
        expected, actual = _as_list(expected), _as_list(actual)
    if actual is _MISSING or actual is None:
        if expected not in _EMPTY and expected is not False:
            found.append(Difference(path, _text(expected), "null", "REMOVE"))
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(expected):
            _compare(f"{path}/{name}", expected[name], actual.get(name, _MISSING), found)
    elif isinstance(expected, list) and isinstance(actual, list):
        _compare_lists(path, expected, actual, found)
    elif not _is_equal(expected, actual):
        found.append(Difference(path, _text(expected), _text(actual), "NOT_EQUAL"))


def _compare_lists(path: str, expected: list[Any], actual: list[Any], found: list[Difference]) -> None:
    left = list(enumerate(actual))
    for index, member in enumerate(expected):
        position = _counterpart(member, index, left)
        if position is None:
            found.append(Difference(f"{path}/{index}", _text(member), "null", "REMOVE"))
            continue
        _, other = left.pop(position)
        _compare(f"{path}/{index}", member, other, found)
    found += [Difference(f"{path}/{index}", "null", _text(member), "ADD") for index, member in left]


def _counterpart(member: Any, index: int, left: list[tuple[int, Any]]) -> int | None:
    """Where in `left` the member is: under its name, equal to it, or, for unnamed objects, at its place."""
    if isinstance(member, dict):
        name = next((name for name in _NAMES if isinstance(member.get(name), str)), None)
        if name is not None:
            wanted = member[name]
            return next(
                (at for at, (_, it) in enumerate(left) if isinstance(it, dict) and it.get(name) == wanted), None
            )
        for at, (_, it) in enumerate(left):
            if isinstance(it, dict) and not differences(member, it):
                return at
        return next((at for at, (place, it) in enumerate(left) if place == index and isinstance(it, dict)), None)
    return next((at for at, (_, it) in enumerate(left) if _is_equal(member, it)), None)


def _is_equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, dict | list) or isinstance(actual, dict | list):
        return bool(expected == actual)
    if _is_number(expected) and _is_number(actual):
        return float(expected) == float(actual)
    one, other = text_of(expected), text_of(actual)
    # Where an ARN is answered, a template may have the name alone.
    return one == other or (other.startswith("arn:") and other.endswith((f":{one}", f"/{one}")))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    return isinstance(value, str) and value.replace(".", "", 1).isdigit()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else text_of(value)
