"""Filter policies: which messages a subscription gets.

A policy is compiled once to a tree of tests. Keys are ANDed, the patterns of a key ORed, and `$or` holds alternatives.
With the scope MessageAttributes it sees the message's attributes as one flat object; with MessageBody, the body.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from serein.kernel.patterns import Test
from serein.services.sns.errors import invalid
from serein.services.sns.jackson import JsonProblem, parse_json
from serein.services.sns.patterns import parse_pattern, refused

Matcher = Callable[[Mapping[str, Any]], bool]

_MOST_KEYS = 5
_MOST_COMBINATIONS = 150
_MOST_BYTES = 262_144
_NOT_A_PATTERN = frozenset({"exists"})
_KEYWORDS = frozenset(
    {"prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "anything-but", "numeric", "exists"}
)


class Filter:
    """A compiled filter policy."""

    __slots__ = ("_matcher", "_reads_body")

    def __init__(self, policy: dict[str, Any], scope: str) -> None:
        self._reads_body = scope == "MessageBody"
        self._matcher = _compile(policy, can_nest=self._reads_body)

    def accepts(self, message: str, attributes: dict[str, dict[str, Any]]) -> bool:
        """Whether the subscription gets the message; `attributes` are in wire form."""
        if not self._reads_body:
            return self._matcher(_values_of(attributes))
        body = _body_of(message)
        return isinstance(body, dict) and self._matcher(body)


@lru_cache(maxsize=4096)
def filter_of(policy: str, scope: str) -> Filter | None:
    """Compile a stored policy; the empty one accepts everything (None)."""
    parsed = json.loads(policy)
    return Filter(parsed, scope) if parsed else None


@lru_cache(maxsize=16)
def _body_of(message: str) -> Any:
    """The JSON value of a message, parsed once for all its subscribers; None when it has none."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def require_valid(policy: str, scope: str) -> None:
    """Check a policy as AWS does. Raises InvalidParameter."""
    if len(policy.encode()) > _MOST_BYTES:
        raise refused("Filter policy is larger than the maximum of 256 KB")
    try:
        parsed = parse_json(policy)
    except JsonProblem as problem:
        raise refused(f"failed to parse JSON. {problem}") from None
    if not isinstance(parsed, dict):
        raise refused("Filter is not an object")
    keys, combinations = _measure(parsed, 1)
    if keys > _MOST_KEYS:
        raise refused("Filter policy can not have more than 5 keys")
    if combinations > _MOST_COMBINATIONS:
        raise refused("Filter policy is too complex")
    if scope != "MessageBody" and _nests(parsed):
        raise invalid("Filter policy scope MessageAttributes does not support nested filter policy")
    Filter(parsed, scope)


def _values_of(attributes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Message attributes as the values that patterns are held against. AWS: binary ones can't match."""
    values: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, text = attribute["DataType"], attribute.get("StringValue")
        if text is None:
            continue
        if kind == "Number":
            values[name] = _number_of(text)
        elif kind == "String.Array":
            values[name] = _array_of(text)
        else:
            values[name] = text
    return values


def _number_of(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _array_of(text: str) -> Any:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return parsed if isinstance(parsed, list) else [parsed]


def _compile(policy: dict[str, Any], *, can_nest: bool) -> Matcher:
    """A test of an object: all of its keys' tests, and one of the alternatives of `$or`."""
    tests: list[Matcher] = []
    for key, value in policy.items():
        if key == "$or" and _is_alternatives(value):
            tests.append(_any_of([_compile(alternative, can_nest=can_nest) for alternative in value]))
        elif isinstance(value, list):
            tests.append(_compile_leaf(key, value))
        elif isinstance(value, dict):
            if not value:
                raise refused("Empty objects are not allowed")
            tests.append(_inside(key, _compile(value, can_nest=can_nest)))
        else:
            raise refused(f'"{key}" must be an object or an array')
    return _all_of(tests)


def _is_alternatives(value: Any) -> bool:
    """AWS: `$or` is a key like any other unless it holds two objects or more, none of them a pattern."""
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(item, dict) and item and not item.keys() & _KEYWORDS for item in value)
    )


def _compile_leaf(key: str, patterns: list[Any]) -> Matcher:
    if not patterns:
        raise refused("Empty arrays are not allowed")
    tests: list[Test] = []
    wants_present = wants_absent = False
    for pattern in patterns:
        if isinstance(pattern, dict) and pattern.keys() == _NOT_A_PATTERN:
            if not isinstance(pattern["exists"], bool):
                raise refused("exists match pattern must be either true or false.")
            wants_present = wants_present or pattern["exists"]
            wants_absent = wants_absent or not pattern["exists"]
        else:
            tests.append(parse_pattern(pattern))

    def matches(found: Mapping[str, Any]) -> bool:
        if key not in found:
            return wants_absent
        value = found[key]
        if wants_present:
            return True
        if isinstance(value, list):
            return any(test(item) for item in value for test in tests)
        return any(test(value) for test in tests)

    return matches


def _inside(key: str, matcher: Matcher) -> Matcher:
    def matches(found: Mapping[str, Any]) -> bool:
        value = found.get(key)
        if isinstance(value, list):
            return any(isinstance(item, dict) and matcher(item) for item in value)
        # Why the empty object: below it everything is absent, which `exists: false` wants.
        return matcher(value if isinstance(value, dict) else {})

    return matches


def _all_of(tests: list[Matcher]) -> Matcher:
    if len(tests) == 1:
        return tests[0]
    return lambda found: all(test(found) for test in tests)


def _any_of(tests: list[Matcher]) -> Matcher:
    return lambda found: any(test(found) for test in tests)


def _nests(policy: dict[str, Any]) -> bool:
    for key, value in policy.items():
        if isinstance(value, dict):
            return True
        if key == "$or" and _is_alternatives(value) and any(_nests(alternative) for alternative in value):
            return True
    return False


def _measure(policy: dict[str, Any], depth: int) -> tuple[int, int]:
    """How many leaf keys a policy has, and how many combinations: their patterns times their depth, multiplied."""
    if depth > _MOST_COMBINATIONS:
        raise refused("Filter policy is too complex")
    keys, combinations = 0, 1
    for key, value in policy.items():
        if key == "$or" and _is_alternatives(value):
            measured = [_measure(alternative, depth) for alternative in value]
            keys += max(count for count, _ in measured)
            combinations *= sum(count for _, count in measured)
        elif isinstance(value, dict):
            inner_keys, inner_combinations = _measure(value, depth + 1)
            keys += inner_keys
            combinations *= inner_combinations
        elif isinstance(value, list):
            keys += 1
            combinations *= max(1, len(value)) * depth
    return keys, combinations
