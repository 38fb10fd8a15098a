"""Choice rules of JSONPath states: comparisons, and how they combine.

AWS: a comparison with a value of another type is false; a path to nothing fails the state, except in IsPresent
(https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from serein.kernel.jsonpath import InvalidPath, PathNotFound
from serein.services.stepfunctions.language.states import And, ChoiceRule, ChoiceTest, Comparison, Not, Or
from serein.services.stepfunctions.query.failures import invalid_condition
from serein.services.stepfunctions.query.paths import reader_of
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.timestamps import find_nanoseconds

Compare = Callable[[Any, Any], bool]


def find_choice(choices: Sequence[ChoiceRule], document: Any, scope: Scope) -> ChoiceRule | None:
    """The first rule that applies. Raises QueryFailed (States.Runtime)."""
    for rule in choices:
        if rule.test is not None and holds(rule.test, document, scope):
            return rule
    return None


def holds(test: ChoiceTest, document: Any, scope: Scope) -> bool:
    """Whether a test is true; of And and Or only as much is looked at as is needed."""
    if isinstance(test, Comparison):
        return _compare(test, document, scope)
    if isinstance(test, And):
        return all(holds(each, document, scope) for each in test.tests)
    if isinstance(test, Or):
        return any(holds(each, document, scope) for each in test.tests)
    if isinstance(test, Not):
        return not holds(test.test, document, scope)
    raise TypeError(f"{type(test).__name__} is no test of a Choice rule")


def _compare(test: Comparison, document: Any, scope: Scope) -> bool:
    if test.operator == "IsPresent":
        return _is_present(test.variable, document, scope) is test.value
    value = _read(test.variable, document, scope)
    expected = _read(test.value, document, scope) if test.is_path else test.value
    return _OPERATORS[test.operator](value, expected)


def _read(path: str, document: Any, scope: Scope) -> Any:
    try:
        return reader_of(path)(document, scope)
    except (PathNotFound, InvalidPath) as error:
        raise invalid_condition(path) from error


def _is_present(path: str, document: Any, scope: Scope) -> bool:
    try:
        reader_of(path)(document, scope)
    except (PathNotFound, InvalidPath):
        return False
    return True


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and find_nanoseconds(value) is not None


def _ordering(text: str) -> Any:
    # AWS: strings are ordered as Java orders them, by units of UTF-16.
    return text.encode("utf-16-be", "surrogatepass")


def _strings(compare: Compare) -> Compare:
    def compare_strings(value: Any, expected: Any) -> bool:
        if not isinstance(value, str) or not isinstance(expected, str):
            return False
        if value.isascii() and expected.isascii():
            return compare(value, expected)
        return compare(_ordering(value), _ordering(expected))

    return compare_strings


def _numbers(compare: Compare) -> Compare:
    return lambda value, expected: is_number(value) and is_number(expected) and compare(value, expected)


def _timestamps(compare: Compare) -> Compare:
    def compare_timestamps(value: Any, expected: Any) -> bool:
        if not isinstance(value, str) or not isinstance(expected, str):
            return False
        left, right = find_nanoseconds(value), find_nanoseconds(expected)
        return left is not None and right is not None and compare(left, right)

    return compare_timestamps


def _is(check: Callable[[Any], bool]) -> Compare:
    return lambda value, expected: check(value) is expected


def _booleans_equal(value: Any, expected: Any) -> bool:
    return isinstance(value, bool) and value is expected


def matches(value: Any, pattern: Any) -> bool:
    """StringMatches: `*` stands for any characters, `\\*` and `\\\\` for themselves."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    first, *rest = _pieces_of(pattern)
    if not rest:
        return value == first
    last = rest.pop()
    if not value.startswith(first) or len(value) < len(first) + len(last) or not value.endswith(last):
        return False
    position, end = len(first), len(value) - len(last)
    for piece in rest:
        found = value.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


@lru_cache(maxsize=1024)
def _pieces_of(pattern: str) -> tuple[str, ...]:
    """What stands between the wildcards of a pattern."""
    pieces = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            pieces.append("")
        else:
            pieces[-1] += next(characters, "\\") if character == "\\" else character
    return tuple(pieces)


_ORDERINGS: dict[str, Compare] = {
    "Equals": eq,
    "LessThan": lt,
    "GreaterThan": gt,
    "LessThanEquals": le,
    "GreaterThanEquals": ge,
}
_OPERATORS: dict[str, Compare] = {
    **{f"String{name}": _strings(compare) for name, compare in _ORDERINGS.items()},
    **{f"Numeric{name}": _numbers(compare) for name, compare in _ORDERINGS.items()},
    **{f"Timestamp{name}": _timestamps(compare) for name, compare in _ORDERINGS.items()},
    "BooleanEquals": _booleans_equal,
    "StringMatches": matches,
    "IsNull": _is(lambda value: value is None),
    "IsNumeric": _is(is_number),
    "IsString": _is(lambda value: isinstance(value, str)),
    "IsBoolean": _is(lambda value: isinstance(value, bool)),
    "IsTimestamp": _is(is_timestamp),
}
