"""Requests made up from a shape: mostly what the model allows, now and then just beyond it.

A strategy is built per shape and kept on it. Recursive shapes end after a few levels. Values are those of an
operation's request (bytes, float seconds, member names), so they can be called, checked, or sent by an SDK whose own
validation is off.
"""

import string
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from serein.wire.shapes import Member, Shape
from serein.wire.validation import matches

_DEPTH = 4
_LONGEST = 40
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
_WORD = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=20)
_NUMBERS = {"integer": 2**31 - 1, "long": 2**63 - 1, "short": 2**15 - 1, "byte": 127, "bigInteger": 2**70}


def requests_of(shape: Shape | None, *, is_valid: bool = False) -> SearchStrategy[dict[str, Any]]:
    """Requests of an operation's input; with `is_valid` none that breaks a length, range or enum on purpose."""
    return st.just({}) if shape is None else _structure(shape, _DEPTH, is_valid)


def _value(member: Member, depth: int, is_valid: bool) -> SearchStrategy[Any]:
    shape = member.target
    if shape.document or member.jsonvalue:
        return st.just('{"a":1}') if member.jsonvalue else st.dictionaries(_WORD, st.integers(), max_size=2)
    if shape.kind == "structure":
        return _structure(shape, depth - 1, is_valid)
    if shape.kind == "list":
        return _list(shape, depth - 1, is_valid)
    if shape.kind == "map":
        return _map(shape, depth - 1, is_valid)
    return _scalar(shape, is_valid)


def _structure(shape: Shape, depth: int, is_valid: bool) -> SearchStrategy[dict[str, Any]]:
    key = ("fuzz", depth, is_valid)
    if key not in shape.compiled:
        shape.compiled[key] = st.deferred(lambda: _build_structure(shape, depth, is_valid))
    found: SearchStrategy[dict[str, Any]] = shape.compiled[key]
    return found


def _build_structure(shape: Shape, depth: int, is_valid: bool) -> SearchStrategy[dict[str, Any]]:
    members = {
        name: _value(member, depth, is_valid)
        for name, member in shape.members.items()
        if depth > 0 or (member.target.kind not in {"structure", "list", "map"})
    }
    if shape.union:
        return st.one_of([st.fixed_dictionaries({name: value}) for name, value in members.items()] or [st.just({})])
    required = {name: value for name, value in members.items() if name in shape.required}
    names = sorted(set(members) - set(required))
    some = st.lists(st.sampled_from(names), max_size=4, unique=True) if names else st.just([])
    whole = some.flatmap(lambda chosen: st.fixed_dictionaries({**required, **{name: members[name] for name in chosen}}))
    if is_valid or not required:
        return whole
    incomplete = st.builds(
        lambda value, left_out: {name: item for name, item in value.items() if name != left_out},
        whole,
        st.sampled_from(sorted(required)),
    )
    return _mostly(whole, incomplete)


def _sizes(shape: Shape, is_valid: bool) -> tuple[int, int]:
    least = min(int(shape.minimum or 0), _LONGEST)
    most = min(int(shape.maximum if shape.maximum is not None else 3), least + 3)
    return (least, max(most, least)) if is_valid else (max(least - 1, 0), max(most, least) + 1)


def _list(shape: Shape, depth: int, is_valid: bool) -> SearchStrategy[list[Any]]:
    if depth <= 0 or shape.member is None:
        return st.just([])
    least, most = _sizes(shape, is_valid)
    return st.lists(_value(shape.member, depth, is_valid), min_size=min(least, 3), max_size=min(most, 4))


def _map(shape: Shape, depth: int, is_valid: bool) -> SearchStrategy[dict[str, Any]]:
    if depth <= 0 or shape.key is None or shape.value is None:
        return st.just({})
    return st.dictionaries(_scalar(shape.key.target, is_valid), _value(shape.value, depth, is_valid), max_size=3)


def _scalar(shape: Shape, is_valid: bool) -> SearchStrategy[Any]:
    if shape.kind in _NUMBERS:
        return _number(shape, is_valid)
    if shape.kind in {"float", "double", "bigDecimal"}:
        return st.floats(allow_nan=False, allow_infinity=False, width=32)
    if shape.kind == "boolean":
        return st.booleans()
    if shape.kind == "timestamp":
        return st.integers(0, 4_102_444_800).map(float)
    if shape.kind == "blob":
        return st.binary(max_size=40)
    return _string(shape, is_valid)


def _number(shape: Shape, is_valid: bool) -> SearchStrategy[int]:
    limit = _NUMBERS[shape.kind]
    least = int(shape.minimum) if shape.minimum is not None else -limit
    most = int(shape.maximum) if shape.maximum is not None else limit
    inside = st.integers(least, max(least, most))
    return inside if is_valid else _mostly(inside, st.sampled_from([least - 1, most + 1, 0, -1]))


def _string(shape: Shape, is_valid: bool) -> SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum) if is_valid else _mostly(st.sampled_from(shape.enum), _WORD)
    least = min(int(shape.minimum or 0), _LONGEST)
    most = min(int(shape.maximum), least + 20) if shape.maximum is not None else least + 20
    words = st.text(string.ascii_letters + string.digits + "-_", min_size=least, max_size=max(most, least))
    if shape.pattern:
        likely = [guess for guess in _GUESSES if matches(shape.pattern, guess) and least <= len(guess)]
        words = st.sampled_from(likely) if likely else words
    return words if is_valid else _mostly(words, _TEXT)


_GUESSES = (
    "name",
    "a-name_1",
    "A1",
    "123456789012",
    "/path/",
    "arn:aws:iam::123456789012:role/name",
    "arn:aws:lambda:us-east-1:123456789012:function:name",
    "arn:aws:sqs:us-east-1:123456789012:name",
    "index.handler",
    "rate(5 minutes)",
    "us-east-1",
    "0123456789abcdef0123456789abcdef",
    "550e8400-e29b-41d4-a716-446655440000",
)


def _mostly(usual: SearchStrategy[Any], rare: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda die: rare if die == 9 else usual)
