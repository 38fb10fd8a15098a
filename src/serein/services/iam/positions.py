"""Where in the text of a policy document its statements are: lines and columns, as IAM's simulator tells them."""

import json
from functools import lru_cache
from typing import Any

_SPACE = " \t\r\n"
Position = dict[str, int]


@lru_cache(maxsize=256)
def statement_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets at which each statement starts and ends; `text` is a JSON object."""
    decode = json.JSONDecoder().raw_decode
    at = _skip(text, _skip(text, 0) + 1)
    while at < len(text) and text[at] != "}":
        name, end = decode(text, at)
        at = _skip(text, _skip(text, end) + 1)
        if name == "Statement":
            return _spans(text, at, decode)
        _, end = decode(text, at)
        at = _skip(text, _skip(text, end))
        at = _skip(text, at + 1) if at < len(text) and text[at] == "," else at
    return ()


def _spans(text: str, at: int, decode: Any) -> tuple[tuple[int, int], ...]:
    if text[at] != "[":
        return ((at, decode(text, at)[1]),)
    spans: list[tuple[int, int]] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = decode(text, at)[1]
        spans.append((at, end))
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return tuple(spans)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def position_of(text: str, offset: int) -> Position:
    """Line and column, both from 1."""
    before = text[:offset]
    return {"Line": before.count("\n") + 1, "Column": offset - (before.rfind("\n") + 1) + 1}
