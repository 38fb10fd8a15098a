"""What JSONPath computes: functions at the end of a path, and the operators of filters."""

import re
from collections.abc import Callable
from typing import Any

MISSING = object()
"""What a path in a filter gives where there is nothing."""


class PathNotFound(LookupError):
    """A definite path finds nothing."""


def find_child(value: Any, key: Any) -> Any:
    if isinstance(key, str):
        return value.get(key, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= key < len(value):
        return value[key]
    return MISSING


def applied(name: str, arguments: list[Any], found: Any, is_definite: bool) -> Any:
    if not is_definite and isinstance(found, list) and name in ("length", "size", "keys"):
        return [_function(name, arguments, each) for each in found]
    return _function(name, arguments, found)


def _function(name: str, arguments: list[Any], value: Any) -> Any:
    if name in ("length", "size"):
        return len(value) if isinstance(value, dict | list) else None
    if name == "keys":
        return list(value) if isinstance(value, dict) else None
    items = value if isinstance(value, list) else []
    if name == "concat":
        return "".join(str(each) for each in [*items, *arguments] if isinstance(each, str))
    if name == "append":
        return [*items, *arguments]
    if name in ("first", "last", "index"):
        at = 0 if name == "first" else -1 if name == "last" else arguments[0] if arguments else 0
        found = find_child(items, at) if isinstance(at, int) else MISSING
        if found is MISSING:
            raise PathNotFound(f"Function {name} of an array without such an element")
        return found
    return _aggregate(name, [each for each in items if _is_number(each)])


def _aggregate(name: str, numbers: list[Any]) -> float:
    if not numbers:
        raise PathNotFound("Aggregation function attempted to calculate value using empty array")
    total = float(sum(numbers))
    if name == "sum":
        return total
    if name in ("min", "max"):
        return float(min(numbers) if name == "min" else max(numbers))
    mean = total / len(numbers)
    if name == "avg":
        return mean
    return float((sum((each - mean) ** 2 for each in numbers) / len(numbers)) ** 0.5)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def _ordered(left: Any, right: Any) -> bool:
    return (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str))


def _within(value: Any, values: Any) -> bool:
    return isinstance(values, list) and any(_equal(value, each) for each in values)


def _contains(left: Any, right: Any) -> bool:
    return right in left if isinstance(left, str) and isinstance(right, str) else _within(right, left)


def _is_list_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list)


OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<>": lambda left, right: not _equal(left, right),
    "<": lambda left, right: _ordered(left, right) and bool(left < right),
    "<=": lambda left, right: _ordered(left, right) and bool(left <= right),
    ">": lambda left, right: _ordered(left, right) and bool(left > right),
    ">=": lambda left, right: _ordered(left, right) and bool(left >= right),
    "=~": lambda left, right: (
        isinstance(left, str) and isinstance(right, re.Pattern) and right.fullmatch(left) is not None
    ),
    "in": _within,
    "nin": lambda left, right: isinstance(right, list) and not _within(left, right),
    "contains": _contains,
    "size": lambda left, right: isinstance(left, str | list) and _equal(len(left), right),
    "empty": lambda left, right: isinstance(left, str | list) and (not left) is right,
    "subsetof": lambda left, right: _is_list_of(left, right) and all(_within(each, right) for each in left),
    "anyof": lambda left, right: _is_list_of(left, right) and any(_within(each, right) for each in left),
    "noneof": lambda left, right: _is_list_of(left, right) and not any(_within(each, right) for each in left),
}
