"""Condition blocks: operators, their prefixes and suffixes, and what a key means that a request doesn't have."""

from collections.abc import Callable
from typing import Any

from serein.kernel.policies.errors import MalformedPolicy
from serein.kernel.policies.operators import OPERATORS, Operator
from serein.kernel.policies.patterns import Match
from serein.kernel.policies.requests import Request

Condition = Callable[[Request], bool]
_IF_EXISTS = "ifexists"
_ALL, _ANY = "forallvalues", "foranyvalue"


def compile_conditions(block: Any, *, has_variables: bool) -> tuple[tuple[Condition, ...], frozenset[str]]:
    """The tests of a Condition element, all of which must hold, and the keys that they read. Raises MalformedPolicy."""
    if not isinstance(block, dict):
        raise MalformedPolicy
    conditions: list[Condition] = []
    keys: set[str] = set()
    for name, tests in block.items():
        if not isinstance(tests, dict):
            raise MalformedPolicy
        for key, values in tests.items():
            condition, read = _compile(name, key.lower(), _texts(values), has_variables=has_variables)
            conditions.append(condition)
            keys |= read
    return tuple(conditions), frozenset(keys)


def _texts(values: Any) -> list[str]:
    listed = values if isinstance(values, list) else [values]
    return [_text(value) for value in listed]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedPolicy


def _compile(name: str, key: str, values: list[str], *, has_variables: bool) -> tuple[Condition, frozenset[str]]:
    prefix, colon, lowered = name.lower().rpartition(":")
    if lowered == "null":
        return _null(key, values), frozenset({key})
    is_optional = lowered.endswith(_IF_EXISTS)
    found = OPERATORS.get(lowered.removesuffix(_IF_EXISTS))
    if found is None or (colon and prefix not in (_ALL, _ANY)):
        raise MalformedPolicy(f"Invalid Condition type : {name}.")
    tests, read = _tests(found, values, has_variables=has_variables)
    holds = _one(tests, is_negated=found.is_negated)
    return _over_values(prefix, key, holds, found, is_optional=is_optional), read | {key}


def _tests(found: Operator, values: list[str], *, has_variables: bool) -> tuple[tuple[Match, ...], frozenset[str]]:
    compiled = [found.compile(value, has_variables) for value in values]
    return tuple(match for match, _ in compiled), frozenset().union(*(keys for _, keys in compiled))


def _one(tests: tuple[Match, ...], *, is_negated: bool) -> Match:
    """Whether one value of a request is, or isn't, among those of the policy."""
    if len(tests) == 1 and not is_negated:
        return tests[0]
    if is_negated:
        return lambda text, request: not any(test(text, request) for test in tests)
    return lambda text, request: any(test(text, request) for test in tests)


def _over_values(prefix: str, key: str, holds: Match, found: Operator, *, is_optional: bool) -> Condition:
    """How the values of a key count together. The answer for a key without a value is AWS's for each case."""
    if prefix == _ALL:
        return lambda request: all(holds(value, request) for value in request.values_of(key))
    if prefix == _ANY or not found.is_negated:
        is_missing_fine = is_optional

        def any_of(request: Request) -> bool:
            values = request.values_of(key)
            return any(holds(value, request) for value in values) if values else is_missing_fine

        return any_of
    # A negated operator holds for a key that isn't there, with IfExists or without.
    return lambda request: all(holds(value, request) for value in request.values_of(key))


def _null(key: str, values: list[str]) -> Condition:
    wants = {value.lower() for value in values}
    if not wants <= {"true", "false"}:
        raise MalformedPolicy
    return lambda request: ("false" if request.values_of(key) else "true") in wants
