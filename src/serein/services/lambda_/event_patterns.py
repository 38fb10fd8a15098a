"""Event patterns: which events a filter selects. The language of EventBridge rules and of event source mappings.

A pattern is compiled once to a tree of small predicates. A field's rule is a list of alternatives; an event's field
that is an array matches when one of its elements does.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Test = Callable[[Any], bool]
"""A test of a field's value; `MISSING` when the event has no such field."""
MISSING = object()
_MAXIMUM_DEPTH = 100
_LARGEST_NUMBER = 5.0e9


class InvalidPattern(ValueError):
    """The pattern breaks the language's rules; the message says how."""


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Callable[[dict[str, Any]], bool]:
    """The predicate of a pattern given as JSON text. Raises InvalidPattern."""
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidPattern("the pattern is not JSON") from None
    return compile_object(pattern)


def compile_object(pattern: Any, depth: int = 0) -> Callable[[Any], bool]:
    """The predicate of a pattern object: every named field must match. Raises InvalidPattern."""
    if not isinstance(pattern, dict):
        raise InvalidPattern("a pattern must be an object")
    if depth > _MAXIMUM_DEPTH:
        raise InvalidPattern("the pattern is nested too deeply")
    fields = [(name, _field(name, rule, depth)) for name, rule in pattern.items() if name != "$or"]
    choices = _choices(pattern["$or"], depth) if "$or" in pattern else []

    def matches(event: Any) -> bool:
        if not isinstance(event, dict):
            event = {}
        for name, test in fields:
            if not test(event.get(name, MISSING)):
                return False
        return not choices or any(choice(event) for choice in choices)

    return matches


def _choices(rule: Any, depth: int) -> list[Callable[[Any], bool]]:
    if not isinstance(rule, list) or len(rule) < 2:
        raise InvalidPattern("$or needs a list of at least two patterns")
    return [compile_object(choice, depth + 1) for choice in rule]


def _field(name: str, rule: Any, depth: int) -> Test:
    if isinstance(rule, dict):
        return _nested(compile_object(rule, depth + 1))
    if isinstance(rule, list) and rule:
        return _any_of([_alternative(each) for each in rule])
    raise InvalidPattern(f"the value of {name} must be an object or a list that is not empty")


def _nested(matches: Callable[[Any], bool]) -> Test:
    def test(value: Any) -> bool:
        if isinstance(value, list):
            return any(matches(element) for element in value if isinstance(element, dict))
        return matches(value)

    return test


def _any_of(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _over_elements(test: Test) -> Test:
    """A test of a scalar as a test of a field: one element of an array is enough, a missing field never is."""

    def over(value: Any) -> bool:
        if isinstance(value, list):
            return any(test(element) for element in value)
        return value is not MISSING and test(value)

    return over


def _alternative(rule: Any) -> Test:
    if isinstance(rule, list):
        raise InvalidPattern("a list of alternatives can't hold a list")
    if not isinstance(rule, dict):
        return _over_elements(_equal_to(rule))
    if len(rule) != 1:
        raise InvalidPattern("a comparison must have exactly one operator")
    ((operator, operand),) = rule.items()
    if operator == "exists":
        if not isinstance(operand, bool):
            raise InvalidPattern("exists must be true or false")
        return (lambda value: value is not MISSING) if operand else (lambda value: value is MISSING)
    if operator == "anything-but":
        return _anything_but(operand)
    return _over_elements(_scalar_test(operator, operand))


def _equal_to(wanted: Any) -> Test:
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, int | float):
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == wanted
    return lambda value: isinstance(value, str) and value == wanted


def _scalar_test(operator: str, operand: Any) -> Test:
    if operator == "numeric":
        return _numeric(operand)
    if operator == "cidr":
        return _cidr(operand)
    if operator in ("prefix", "suffix") and isinstance(operand, dict):
        if operand.keys() != {"equals-ignore-case"}:
            raise InvalidPattern(f"{operator} takes a string or equals-ignore-case")
        return _text_test(operator, operand["equals-ignore-case"], is_exact=False)
    if operator in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        return _text_test(operator, operand, is_exact=operator != "equals-ignore-case")
    raise InvalidPattern(f"there is no operator {operator}")


def _text_test(operator: str, operand: Any, *, is_exact: bool) -> Test:
    if not isinstance(operand, str):
        raise InvalidPattern(f"{operator} must be a string")
    wanted = operand if is_exact else operand.lower()
    fold: Callable[[str], str] = (lambda text: text) if is_exact else str.lower
    if operator == "prefix":
        return lambda value: isinstance(value, str) and fold(value).startswith(wanted)
    if operator == "suffix":
        return lambda value: isinstance(value, str) and fold(value).endswith(wanted)
    if operator == "wildcard":
        regex = _wildcard(operand)
        return lambda value: isinstance(value, str) and regex.fullmatch(value) is not None
    return lambda value: isinstance(value, str) and fold(value) == wanted


def _wildcard(text: str) -> re.Pattern[str]:
    if "**" in text:
        raise InvalidPattern("consecutive wildcard characters are not allowed")
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", text)
    if "\\" in parts:
        raise InvalidPattern("a backslash may only stand before * and another backslash")
    pieces = [".*?" if part == "*" else re.escape(part[1:] if part[0] == "\\" else part) for part in parts]
    return re.compile("".join(pieces), re.DOTALL)


def _anything_but(operand: Any) -> Test:
    """True of a field that is there and none of whose values is excluded."""
    if isinstance(operand, dict):
        if len(operand) != 1:
            raise InvalidPattern("anything-but takes exactly one operator")
        ((operator, excluded),) = operand.items()
        if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise InvalidPattern(f"anything-but doesn't take the operator {operator}")
        tests = [_scalar_test(operator, each) for each in (excluded if isinstance(excluded, list) else [excluded])]
    else:
        values = operand if isinstance(operand, list) else [operand]
        kinds = {"text" if isinstance(value, str) else "number" for value in values}
        if len(kinds) != 1 or any(isinstance(value, dict | list | bool) or value is None for value in values):
            raise InvalidPattern("anything-but takes strings, or numbers")
        tests = [_equal_to(value) for value in values]
    excludes = _any_of(tests)

    def test(value: Any) -> bool:
        if value is MISSING:
            return False
        if isinstance(value, list):
            return any(not excludes(element) for element in value)
        return not excludes(value)

    return test


def _numeric(operand: Any) -> Test:
    comparisons: dict[str, Callable[[float, float], bool]] = {
        "=": lambda value, bound: value == bound,
        "<": lambda value, bound: value < bound,
        "<=": lambda value, bound: value <= bound,
        ">": lambda value, bound: value > bound,
        ">=": lambda value, bound: value >= bound,
    }
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise InvalidPattern("numeric takes one or two comparisons")
    _check_range(operand)
    rules: list[tuple[Callable[[float, float], bool], float]] = []
    for operator, bound in zip(operand[::2], operand[1::2], strict=True):
        is_number = isinstance(bound, int | float) and not isinstance(bound, bool)
        if not is_number or not isinstance(operator, str) or operator not in comparisons:
            raise InvalidPattern("numeric takes pairs of an operator and a number")
        if abs(bound) > _LARGEST_NUMBER:
            raise InvalidPattern("numbers are between -5.0e9 and 5.0e9")
        rules.append((comparisons[operator], bound))
    return lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and all(compare(value, bound) for compare, bound in rules)
    )


def _check_range(operand: list[Any]) -> None:
    """A range has its lower bound first. Raises InvalidPattern."""
    if len(operand) == 2:
        return
    lower, low, upper, high = operand
    is_range = lower in (">", ">=") and upper in ("<", "<=")
    if not is_range or not isinstance(low, int | float) or not isinstance(high, int | float) or low >= high:
        raise InvalidPattern("a numeric range has its lower bound first")


def _cidr(operand: Any) -> Test:
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except (ValueError, TypeError):
        raise InvalidPattern("cidr must be a range of addresses") from None

    def test(value: Any) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except (ValueError, TypeError):
            return False

    return test
