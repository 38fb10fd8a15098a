"""JSON given by users, with errors in the words of the parser that AWS uses."""

import json
from typing import Any

_SOURCE = (
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"
)
_TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


class JsonProblem(Exception):
    """The text is not JSON; the message says so as AWS does."""


def parse_json(text: str) -> Any:
    """Parse JSON. Raises JsonProblem."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise JsonProblem(_described(text, error)) from None
    except ValueError:
        raise JsonProblem("Number value length exceeds the maximum allowed" + _place(1, 1)) from None
    except RecursionError:
        raise JsonProblem("Document nesting depth exceeds the maximum allowed" + _place(1, 1)) from None


def _described(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text):
        return "Unexpected end-of-input" + _place(error.lineno, error.colno)
    character = text[error.pos]
    if error.msg.startswith("Expecting property name"):
        return (
            f"Unexpected character ('{character}' (code {ord(character)})): was expecting double-quote to start "
            f"field name{_place(error.lineno, error.colno)}"
        )
    if error.msg == "Expecting value" and character.isalpha():
        token = "".join(_word(text[error.pos :]))
        return f"Unrecognized token '{token}': was expecting {_TOKENS}" + _place(error.lineno, error.colno + len(token))
    return f"Unexpected character ('{character}' (code {ord(character)}))" + _place(error.lineno, error.colno)


def _word(text: str) -> list[str]:
    end = next((index for index, character in enumerate(text) if not character.isalnum()), len(text))
    return list(text[:end])


def _place(line: int, column: int) -> str:
    return _SOURCE.format(line=line, column=column)
