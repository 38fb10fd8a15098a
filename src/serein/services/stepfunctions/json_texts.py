"""JSON that users write, with what is wrong with it in the words of Jackson, the parser that AWS uses.

AWS: `Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON String, Number, Array,
Object or token 'null', 'true' or 'false')'` (StartExecution).
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

_TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_WORD = re.compile(r"\w+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
Pairs = Callable[[list[tuple[str, Any]]], Any]


class BadJson(ValueError):
    """The text is no JSON."""


def parse_json(text: str, object_pairs_hook: Pairs | None = None) -> Any:
    """Raises BadJson, and RecursionError for what is nested without end."""
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadJson(_described(text, error.msg, error.pos)) from error
    except BadJson:
        raise
    except ValueError as error:
        raise BadJson("Number value length exceeds the maximum allowed (1000)") from error


def describe_problem(text: str) -> str:
    """What is wrong with a text that is no JSON."""
    try:
        parse_json(text)
    except BadJson as error:
        return str(error)
    except RecursionError:
        return "Document nesting depth exceeds the maximum allowed (1000)"
    return "Invalid JSON text"


def _refuse_constant(word: str) -> NoReturn:
    raise BadJson(f"Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")


def _described(text: str, problem: str, position: int) -> str:
    if not text.strip():
        return "No content to map due to end-of-input"
    if problem.startswith("Unterminated string"):
        return "Unexpected end-of-input: was expecting closing quote for a string value"
    if position >= len(text.rstrip()):
        marker = _container_at(text, position)
        return f"Unexpected end-of-input: expected close marker for {marker}" if marker else "Unexpected end-of-input"
    if problem.startswith("Invalid control character"):
        return (
            f"Illegal unquoted character ((CTRL-CHAR, code {ord(text[position])})): has to be escaped using backslash "
            "to be included in string value"
        )
    word = _WORD.match(text, position)
    if problem == "Expecting value" and word is not None:
        return f"Unrecognized token '{word[0]}': was expecting {_TOKENS}"
    character = f"Unexpected character ('{text[position]}' (code {ord(text[position])}))"
    return f"{character}: {_expectation(text, problem, position)}"


def _expectation(text: str, problem: str, position: int) -> str:
    if problem.startswith("Expecting property name"):
        return "was expecting double-quote to start field name"
    if problem.startswith("Expecting ':'"):
        return "was expecting a colon to separate field name and value"
    if problem.startswith("Expecting ','"):
        return f"was expecting comma to separate {_container_at(text, position)} entries"
    if problem == "Expecting value":
        return f"expected a valid value {_TOKENS}"
    return problem


def _container_at(text: str, position: int) -> str:
    """`Object` or `Array`, whichever is open at a position; empty when none is."""
    opened: list[str] = []
    for character in _STRING.sub("", text[:position]):
        if character in "{[":
            opened.append("Object" if character == "{" else "Array")
        elif character in "}]" and opened:
            opened.pop()
    return opened[-1] if opened else ""
