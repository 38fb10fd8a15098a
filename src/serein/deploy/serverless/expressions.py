"""The variable syntax of `serverless.yml`: `${self:custom.table, 'orders'}`, nested, in the midst of text, escaped.

What looks otherwise is not a variable and stays as it is: `${AWS::Region}` and `${Table.Arn}` are CloudFormation's.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_SOURCE = re.compile(r"\s*[A-Za-z][A-Za-z0-9_]*(\.[a-z0-9-]+)?(\(|:(?!:))")
_NESTED = re.compile(r"\s*\$\{")
_QUOTES = "'\""
_OPENING, _CLOSING = "({[", ")}]"


@dataclass(frozen=True, slots=True)
class Expression:
    """One variable: what is tried in turn until something has a value."""

    alternatives: tuple["Text", ...]
    shown: str
    """As it was written, for messages."""


Text = tuple[str | Expression, ...]
"""Text with variables in it."""


@lru_cache(maxsize=4096)
def parse_text(text: str) -> Text:
    """Find the variables in a text; a text without any is one string. A text of one variable is one expression."""
    parts: list[str | Expression] = []
    literal, at = "", 0
    while (start := text.find("${", at)) >= 0:
        backslashes = len(text[at:start]) - len(text[at:start].rstrip("\\"))
        literal += text[at : start - backslashes] + "\\" * (backslashes // 2)
        end = _end_of(text, start + 2)
        if backslashes % 2 or end < 0:
            literal += "${"
            at = start + 2
            continue
        inner = text[start + 2 : end]
        at = end + 1
        if not _is_variable(inner):
            literal += "\\" * (backslashes - backslashes // 2) + text[start:at]
            continue
        if literal:
            parts.append(literal)
            literal = ""
        alternatives = tuple(parse_text(part.strip()) for part in split(inner))
        parts.append(Expression(alternatives, text[start:at]))
    literal += text[at:]
    if literal or not parts:
        parts.append(literal)
    return tuple(parts)


def _is_variable(inner: str) -> bool:
    return _SOURCE.match(inner) is not None or (_NESTED.match(inner) is not None and ":" in inner)


def _end_of(text: str, at: int) -> int:
    """Where the brace is that closes the variable whose inside begins at `at`; -1 when there is none."""
    depth, quote = 1, ""
    for position in range(at, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES and text[position - 1] in " ,({:":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return position
    return -1


def split(text: str) -> list[str]:
    """The parts between the commas that stand in no quotes, parentheses or braces."""
    parts, depth, quote, start = [], 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and not depth:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
