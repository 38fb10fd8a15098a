"""Constraints of the API models, checked with AWS's own messages.

One checker is compiled per shape. A checker appends to a list of findings, so one request can report several; the
parts of a shape that nothing constrains are not visited.

AWS: lists and maps of plain values report one finding at the list's or map's own path, which lists all constraints of
the element: "Value '[]' at 'x' failed to satisfy constraint: Member must satisfy constraint: [Member must have …]".
"""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.wire.patterns import find_pattern
from serein.wire.shapes import Shape, reaches
from serein.wire.typed import type_of

Checker = Callable[[Any, str, list[str]], None]
"""Takes a value, its path and the findings to add to."""
_Test = Callable[[Any], bool]
"""Takes a value and tells whether it keeps a constraint."""

_NUMBERS = frozenset({"integer", "long", "short", "byte", "float", "double", "bigInteger", "bigDecimal"})
_PATTERN_LIMIT = 262_144
"""Characters; a longer value is not matched: AWS's patterns for unbounded text accept nearly anything."""


def type_errors(shape: Shape, value: Any) -> list[str]:
    """What is wrong with the types in a request, at most one finding."""
    try:
        # Why builtin_types: text is not a blob in base64 here, as it would be by default.
        msgspec.convert(value, type_of(shape), builtin_types=(bytes, bytearray, memoryview))
    except msgspec.ValidationError as error:
        return [str(error)]
    except RecursionError:
        return ["the request is nested too deeply"]
    return []


def constraint_errors(shape: Shape, request: dict[str, Any]) -> list[str]:
    """Every constraint that a request of the right types breaks."""
    checker = shape.once("constraints", _structure) if _is_constrained(shape) else None
    findings: list[str] = []
    if checker is not None:
        checker(request, "", findings)
    return findings


def message_of(findings: list[str]) -> str:
    """The message of the error that reports findings."""
    plural = "" if len(findings) == 1 else "s"
    return f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}"


def _is_constrained(shape: Shape) -> bool:
    found = shape.compiled.get("is constrained")
    if found is None:
        found = shape.compiled["is constrained"] = reaches(
            shape, lambda part: bool(part.required) or bool(scalar_constraints(part))
        )
    return bool(found)


def scalar_constraints(shape: Shape) -> list[str]:
    """A shape's own constraints as AWS lists them, the longest length first."""
    listed = []
    if shape.kind in _NUMBERS:
        if shape.maximum is not None:
            listed.append(f"Member must have value less than or equal to {_bound(shape, shape.maximum)}")
        if shape.minimum is not None:
            listed.append(f"Member must have value greater than or equal to {_bound(shape, shape.minimum)}")
        return listed
    if shape.maximum is not None:
        listed.append(f"Member must have length less than or equal to {_number(shape.maximum)}")
    if shape.minimum is not None:
        listed.append(f"Member must have length greater than or equal to {_number(shape.minimum)}")
    if shape.pattern:
        listed.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    if shape.enum:
        listed.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return listed


def _bound(shape: Shape, value: float) -> str:
    # AWS: bounds of fractions are shown as fractions ("less than or equal to 1.0").
    return str(float(value)) if shape.kind in ("double", "float") else _number(value)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _tests(shape: Shape) -> list[_Test]:
    """Compile a shape's own constraints, in the order of `scalar_constraints`; for lists and maps that is length."""
    minimum, maximum = shape.minimum, shape.maximum
    tests: list[_Test] = []
    if shape.kind in _NUMBERS:
        if maximum is not None:
            tests.append(lambda value: value <= maximum)
        if minimum is not None:
            tests.append(lambda value: value >= minimum)
        return tests
    if maximum is not None:
        tests.append(lambda value: len(value) <= maximum)
    if minimum is not None:
        tests.append(lambda value: len(value) >= minimum)
    if shape.pattern:
        tests.append(lambda value: matches(shape.pattern, value))
    if shape.enum:
        tests.append(frozenset(shape.enum).__contains__)
    return tests


def _test(shape: Shape) -> _Test | None:
    """One test for all of a shape's own constraints, or None when it has none."""
    tests = _tests(shape)
    if len(tests) <= 1:
        return tests[0] if tests else None
    first, second, *others = tests
    if not others:
        return lambda value: first(value) and second(value)
    return lambda value: all(test(value) for test in tests)


def matches(pattern: str, value: str) -> bool:
    """Whether all of a value is as the pattern says; true when the pattern cannot be expressed here."""
    # Why compiled this late: an operation may have dozens of patterns, and a request uses few of its members.
    compiled = find_pattern(pattern) if len(value) <= _PATTERN_LIMIT else None
    return compiled is None or compiled.fullmatch(value) is not None


def _checker(shape: Shape) -> Checker | None:
    """The checker of a shape, or None when it constrains nothing."""
    if not _is_constrained(shape) or shape.document or shape.eventstream or shape.streaming:
        return None
    if shape.kind == "structure":
        # Why: structures may contain themselves, so the checker is looked up when it is needed.
        return shape.later("constraints", _structure)
    if shape.kind == "list":
        return _list(shape)
    if shape.kind == "map":
        return _map(shape)
    return _own(shape)


def _own(shape: Shape) -> Checker | None:
    test = _test(shape)
    if test is None:
        return None
    tests = list(zip(_tests(shape), scalar_constraints(shape), strict=True))

    def check(value: Any, path: str, findings: list[str]) -> None:
        if not test(value):
            findings += [_finding(shape, value, path, message) for each, message in tests if not each(value)]

    return check


def _members(shape: Shape) -> dict[str, tuple[str, Checker]]:
    """The members that have something to check, by name: their names in messages, and their checkers."""
    checked = {}
    for name, member in shape.members.items():
        checker = None if member.streaming or member.jsonvalue else _checker(member.target)
        if checker is not None:
            checked[name] = (lower_first(name), checker)
    return checked


def _structure(shape: Shape) -> Checker:
    required = [(name, lower_first(name)) for name in shape.required]
    checked = _members(shape)
    find = checked.get

    def check(value: dict[str, Any], path: str, findings: list[str]) -> None:
        prefix = f"{path}." if path else ""
        for name, shown in required:
            if value.get(name) is None:
                findings.append(
                    f"Value null at '{prefix}{shown}' failed to satisfy constraint: Member must not be null"
                )
        before = len(findings)
        for name, item in value.items():
            found = find(name)
            if found is not None and item is not None:
                found[1](item, prefix + found[0], findings)
        if len(findings) > before + 1:
            # Why again: several findings are reported in the model's order, whatever the request's was.
            del findings[before:]
            for name, (shown, checker) in checked.items():
                if value.get(name) is not None:
                    checker(value[name], prefix + shown, findings)

    return check


def _list(shape: Shape) -> Checker:
    own = _own(shape)
    element = shape.member.target  # type: ignore[union-attr]
    is_plain = element.kind not in _NESTED
    test = _test(element) if is_plain and not shape.open else None
    inner = None if is_plain else _checker(element)
    listed = f"Member must satisfy constraint: [{', '.join(_element_constraints(element))}]"

    def check(value: list[Any], path: str, findings: list[str]) -> None:
        if own is not None:
            own(value, path, findings)
        if test is not None:
            if not all(test(item) for item in value if item is not None):
                findings.append(_finding(shape, value, path, listed))
        elif inner is not None:
            for position, item in enumerate(value, 1):
                if item is not None:
                    inner(item, f"{path}.{position}.member", findings)

    return check


def _element_constraints(element: Shape) -> list[str]:
    return scalar_constraints(element) if element.nullable else [*scalar_constraints(element), _NOT_NULL]


def _map(shape: Shape) -> Checker:
    own = _own(shape)
    key, element = shape.key.target, shape.value.target  # type: ignore[union-attr]
    key_test = _test(key)
    keys_listed = f"Map keys must satisfy constraint: [{', '.join(_element_constraints(key))}]"
    is_plain = element.kind not in _NESTED
    value_test = _test(element) if is_plain else None
    values_listed = f"Map value must satisfy constraint: [{', '.join(_element_constraints(element))}]"
    inner = None if is_plain else _checker(element)

    def check(value: dict[str, Any], path: str, findings: list[str]) -> None:
        if own is not None:
            own(value, path, findings)
        if key_test is not None and not all(map(key_test, value)):
            findings.append(_finding(shape, value, path, keys_listed))
        if value_test is not None:
            if not all(value_test(item) for item in value.values() if item is not None):
                findings.append(_finding(shape, value, path, values_listed))
        elif inner is not None:
            for name, item in value.items():
                if item is not None:
                    inner(item, f"{path}.{name}.member", findings)

    return check


_NESTED = frozenset({"structure", "list", "map"})
_NOT_NULL = "Member must not be null"


def lower_first(name: str) -> str:
    """A member's name as AWS writes it in messages."""
    return name[:1].lower() + name[1:]


def _finding(shape: Shape, value: Any, path: str, message: str) -> str:
    # AWS: what the model calls sensitive is not repeated (Cognito's "Value at 'password' failed to …").
    shown = "Value" if shape.sensitive else f"Value '{shown_value(value)}'"
    return f"{shown} at '{path}' failed to satisfy constraint: {message}"


def shown_value(value: Any) -> str:
    """A value as AWS prints it in messages: as Java does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, list):
        return f"[{', '.join(map(shown_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={shown_value(item)}' for name, item in value.items())}}}"
    return str(value)
