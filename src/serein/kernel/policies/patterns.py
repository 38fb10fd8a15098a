"""The texts of a policy that stand for others: wildcards, policy variables, and ARNs, matched part by part.

A pattern is compiled once to a function of a text and a request. Most patterns hold no variable, and don't look at the
request; those that do are compiled for each set of values, which is remembered.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from serein.kernel.policies.requests import Request

Match = Callable[[str, Request], bool]
"""Whether a text is what a pattern means for a request."""

_VARIABLE = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_WITH_DEFAULT = re.compile(r"([^,']*?)\s*,\s*'([^']*)'")
_ESCAPES = frozenset({"*", "?", "$"})
_ARN_PARTS = 6
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*` when it is long, `?` when it isn't."""

    is_long: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """`${aws:username}`, or with a default: `${aws:username, 'nobody'}`."""

    key: str
    """In lower case."""
    default: str | None


Token = str | Wildcard | Variable
_ANY, _ONE = Wildcard(is_long=True), Wildcard(is_long=False)


def tokens_of(text: str, *, has_variables: bool, has_wildcards: bool = True) -> tuple[Token, ...]:
    """Split a pattern. Variables are texts like others in policies of the version of 2008."""
    found: list[Token] = []
    start = 0
    for variable in _VARIABLE.finditer(text) if has_variables else ():
        found += _plain(text[start : variable.start()], has_wildcards=has_wildcards)
        found.append(_variable(variable[1]))
        start = variable.end()
    found += _plain(text[start:], has_wildcards=has_wildcards)
    return tuple(found)


def _plain(text: str, *, has_wildcards: bool) -> Iterator[Token]:
    if not has_wildcards:
        if text:
            yield text
        return
    for part in re.split(r"([*?])", text):
        if part:
            yield _ANY if part == "*" else _ONE if part == "?" else part


def _variable(content: str) -> Token:
    if content in _ESCAPES:
        return content
    with_default = _WITH_DEFAULT.fullmatch(content)
    return Variable(with_default[1].lower(), with_default[2]) if with_default else Variable(content.lower(), None)


def keys_in(tokens: tuple[Token, ...]) -> frozenset[str]:
    """The context keys that the variables among `tokens` name."""
    return frozenset(token.key for token in tokens if isinstance(token, Variable))


def compile_text(tokens: tuple[Token, ...], *, is_folded: bool = False) -> Match:
    """Match whole texts. `is_folded`: the texts come in lower case, and so is the pattern taken."""
    if keys_in(tokens):
        return _dynamic(tokens, is_folded=is_folded)
    return _static(_fold(tokens) if is_folded else tokens)


def _fold(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


def _static(tokens: tuple[Token, ...]) -> Match:
    if tokens == (_ANY,):
        return lambda text, request: True
    if not any(isinstance(token, Wildcard) for token in tokens):
        literal = "".join(token for token in tokens if isinstance(token, str))
        return lambda text, request: text == literal
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] == _ANY:
        prefix = tokens[0]
        return lambda text, request: text.startswith(prefix)
    matches = _expression(tokens).match
    return lambda text, request: matches(text) is not None


def _dynamic(tokens: tuple[Token, ...], *, is_folded: bool) -> Match:
    """AWS: a variable without a value is like nothing ("Policy variables with no value")."""

    def match(text: str, request: Request) -> bool:
        resolved: list[Token] = []
        for token in tokens:
            if isinstance(token, Variable):
                value = request.find_value(token.key)
                if value is None:
                    value = token.default
                if value is None:
                    return False
                resolved.append(value)
            else:
                resolved.append(token)
        whole = tuple(resolved)
        return _expression(_fold(whole) if is_folded else whole).match(text) is not None

    return match


@lru_cache(maxsize=_REMEMBERED)
def _expression(tokens: tuple[Token, ...]) -> re.Pattern[str]:
    """A regular expression that never goes back beyond a `*`: any text is matched in linear steps for each."""
    pieces: list[list[str]] = [[]]
    for token in tokens:
        if token == _ANY:
            pieces.append([])
        else:
            pieces[-1].append(re.escape(token) if isinstance(token, str) else ".")
    head, *rest = ["".join(piece) for piece in pieces]
    if not rest:
        return re.compile(head + r"\Z", re.DOTALL)
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return re.compile(rf"{head}{middle}.*{rest[-1]}\Z", re.DOTALL)


def compile_arn(tokens: tuple[Token, ...]) -> Match:
    """Match ARNs part by part: no wildcard reaches across the colons before the resource's own part.

    AWS: parts that an ARN leaves out at its end may be anything.
    """
    parts = _split(tokens)
    if tokens == (_ANY,):
        return lambda text, request: True
    if parts[0] != ("arn",):
        return compile_text(tokens)
    if not any(isinstance(token, Wildcard | Variable) for token in tokens) and len(parts) == _ARN_PARTS:
        return compile_text(tokens)
    matches = tuple((index, compile_text(part)) for index, part in enumerate(parts) if part != (_ANY,))

    def match(text: str, request: Request) -> bool:
        found = arn_parts(text)
        return len(found) == _ARN_PARTS and all(matching(found[index], request) for index, matching in matches)

    return match


@lru_cache(maxsize=_REMEMBERED)
def arn_parts(text: str) -> tuple[str, ...]:
    """The parts of an ARN; the last one may hold colons."""
    return tuple(text.split(":", _ARN_PARTS - 1))


def _split(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        first, *others = token.split(":", _ARN_PARTS - len(parts))
        for index, text in enumerate([first, *others]):
            if index:
                parts.append([])
            if text:
                parts[-1].append(text)
    return [_joined(part) for part in parts]


def _joined(part: list[Token]) -> tuple[Token, ...]:
    return tuple(part) if part else ("",)
