"""The conditions of JSON and space-delimited filter patterns: a small recursive-descent parser to predicates."""

import json
import re
from collections.abc import Callable
from typing import Any

from serein.services.logs.errors import InvalidParameterException

Value = Any
Test = Callable[[Value], bool]
_MISSING = object()

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<regex>%[^%]*%)
      | (?P<operator>&&|\|\||!=|<=|>=|=|<|>|\(|\))
      | (?P<ellipsis>\.\.\.)
      | (?P<selector>\$(?:\.[\w-]+|\[\d+\]|\[\*\]|\[(?:'[^']*'|"[^"]*")\])+)
      | (?P<comma>,)
      | (?P<word>[^\s"%&|!<>=(),$]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w-]+)|\[(\d+)\]|\[(\*)\]|\[(?:'([^']*)'|"([^"]*)")\]""")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_FIELD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)')
_MAXIMUM_DEPTH = 50
_COMPARISONS: tuple[str, ...] = ("=", "!=", "<", ">", "<=", ">=")


def invalid_pattern() -> InvalidParameterException:
    return InvalidParameterException("Invalid filter pattern")


def unquote(text: str) -> str:
    """The text between double quotes, with backslashes undone."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def compile_regex(text: str) -> re.Pattern[str]:
    """The regular expression between percent signs. Raises InvalidParameterException."""
    body = text[1:-1]
    # AWS: groups are not supported, which also keeps matching from taking exponential time.
    if not body or "(" in body or ")" in body:
        raise invalid_pattern()
    try:
        return re.compile(body)
    except re.error:
        raise invalid_pattern() from None


class _Tokens:
    """The tokens of a pattern, one look ahead."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._next = 0
        self.depth = 0
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise invalid_pattern()
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self._next += 1
        return token

    def accept(self, text: str) -> bool:
        kind, value = self.peek()
        if kind in ("operator", "comma", "ellipsis") and value == text:
            self._next += 1
            return True
        return False


def _either(tokens: _Tokens, operand: Callable[[_Tokens], Test]) -> Test:
    tests = [_both(tokens, operand)]
    while tokens.accept("||"):
        tests.append(_both(tokens, operand))
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _both(tokens: _Tokens, operand: Callable[[_Tokens], Test]) -> Test:
    tests = [_single(tokens, operand)]
    while tokens.accept("&&"):
        tests.append(_single(tokens, operand))
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _single(tokens: _Tokens, operand: Callable[[_Tokens], Test]) -> Test:
    if not tokens.accept("("):
        return operand(tokens)
    tokens.depth += 1
    if tokens.depth > _MAXIMUM_DEPTH:
        raise invalid_pattern()
    test = _either(tokens, operand)
    if not tokens.accept(")"):
        raise invalid_pattern()
    return test


def compile_json(text: str) -> Callable[[str], bool]:
    """The predicate of `{ … }`; a message that isn't a JSON object or array is not selected."""
    if not text.endswith("}"):
        raise invalid_pattern()
    tokens = _Tokens(text[1:-1])
    test = _either(tokens, _json_condition)
    if tokens.peek()[0] != "end":
        raise invalid_pattern()

    def matches(message: str) -> bool:
        try:
            value = json.loads(message)
        except (ValueError, RecursionError):
            return False
        return isinstance(value, dict | list) and test(value)

    return matches


def _json_condition(tokens: _Tokens) -> Test:
    kind, selector = tokens.take()
    if kind != "selector":
        raise invalid_pattern()
    steps = [_step(match) for match in _STEP.finditer(selector)]
    kind, operator = tokens.take()
    if kind == "word":
        test = _word_test(operator.upper(), tokens.take()[1].upper())
    elif operator in _COMPARISONS:
        test = comparison(operator, *tokens.take())
    else:
        raise invalid_pattern()
    if operator.upper() == "NOT":
        return lambda value: all(found is _MISSING for found in _select(value, steps))
    return lambda value: any(found is not _MISSING and test(found) for found in _select(value, steps))


def _step(match: re.Match[str]) -> str | int | None:
    """A key, an index, or None for every element."""
    if match[2] is not None:
        return int(match[2])
    if match[3] is not None:
        return None
    return next(group for group in (match[1], match[4], match[5]) if group is not None)


def _word_test(verb: str, noun: str) -> Test:
    tests: dict[tuple[str, str], Test] = {
        ("IS", "NULL"): lambda value: value is None,
        ("IS", "TRUE"): lambda value: value is True,
        ("IS", "FALSE"): lambda value: value is False,
        ("NOT", "EXISTS"): lambda value: False,
        ("EXISTS", ""): lambda value: True,
    }
    test = tests.get((verb, noun))
    if test is None:
        raise invalid_pattern()
    return test


def _select(value: Value, steps: list[str | int | None]) -> list[Value]:
    found = [value]
    for step in steps:
        if step is None:
            found = [element for each in found if isinstance(each, list) for element in each]
        else:
            found = [_member(each, step) for each in found]
    return found


def _member(value: Value, step: str | int) -> Value:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else _MISSING
    return value.get(step, _MISSING) if isinstance(value, dict) else _MISSING


def comparison(operator: str, kind: str, text: str) -> Test:
    """The test `<operator> <text>` on a value that is a JSON scalar or, in fields, a text."""
    if kind == "word" and _NUMBER.fullmatch(text):
        return _numeric(operator, float(text))
    if operator not in ("=", "!="):
        raise invalid_pattern()
    if kind == "regex":
        pattern = compile_regex(text)
        matches: Test = lambda value: isinstance(value, str) and pattern.search(value) is not None  # noqa: E731
    elif kind in ("quoted", "word"):
        matches = _text(unquote(text) if kind == "quoted" else text)
    else:
        raise invalid_pattern()
    return matches if operator == "=" else lambda value: not matches(value)


def _text(wanted: str) -> Test:
    if "*" not in wanted:
        return lambda value: isinstance(value, str) and value == wanted
    pieces = [re.escape(piece) for piece in wanted.split("*")]
    pattern = re.compile(".*".join(pieces), re.DOTALL)
    return lambda value: isinstance(value, str | int | float) and pattern.fullmatch(str(value)) is not None


def _numeric(operator: str, wanted: float) -> Test:
    def number(value: Value) -> float | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return value
        return float(value) if isinstance(value, _FieldText) and _NUMBER.fullmatch(value) else None

    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda value: value == wanted,
        "<": lambda value: value < wanted,
        ">": lambda value: value > wanted,
        "<=": lambda value: value <= wanted,
        ">=": lambda value: value >= wanted,
    }
    if operator == "!=":
        return lambda value: number(value) != wanted
    test = tests[operator]
    return lambda value: (found := number(value)) is not None and test(found)


class _FieldText(str):
    """A field of a space-delimited message: text that also compares as a number."""

    __slots__ = ()


def compile_fields(text: str) -> Callable[[str], bool]:
    """The predicate of `[a, b = x, ...]`: conditions on a message's fields by position."""
    if not text.endswith("]"):
        raise invalid_pattern()
    tokens = _Tokens(text[1:-1])
    before: list[Test] = []
    after: list[Test] = []
    is_open = False
    while True:
        if tokens.accept("..."):
            if is_open:
                raise invalid_pattern()
            is_open = True
        else:
            (after if is_open else before).append(_field(tokens))
        if not tokens.accept(","):
            break
    if tokens.peek()[0] != "end":
        raise invalid_pattern()

    def matches(message: str) -> bool:
        fields = [_FieldText(next(g for g in match.groups() if g is not None)) for match in _FIELD.finditer(message)]
        if len(fields) < len(before) + len(after) or (not is_open and len(fields) != len(before)):
            return False
        tail = fields[len(fields) - len(after) :]
        return all(test(field) for test, field in zip(before, fields, strict=False)) and all(
            test(field) for test, field in zip(after, tail, strict=True)
        )

    return matches


def _field(tokens: _Tokens) -> Test:
    if tokens.peek()[0] != "word":
        raise invalid_pattern()
    name = tokens.peek()[1]

    def condition(tokens: _Tokens) -> Test:
        kind, word = tokens.take()
        if kind != "word" or word != name:
            raise invalid_pattern()
        if tokens.peek()[1] not in _COMPARISONS:
            return lambda field: True
        return comparison(tokens.take()[1], *tokens.take())

    return _either(tokens, condition)
