"""Values as texts: what `$string` and `&` make of them."""

import json
import math
import re
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_function, is_number, number

_EXPONENT = re.compile(r"e([+-])0*(\d)")


def text_of(value: Any, is_pretty: bool = False) -> str:
    """A value as a text; a string is itself, anything else is JSON. Raises D3001, D1001."""
    if isinstance(value, str):
        return value
    if is_function(value):
        return ""
    if isinstance(value, float) and not math.isfinite(value):
        raise JsonataError("D3001", value=None)
    if type(value) is Sequence and value.outer_wrapper:
        value = value[0]
    return _written(value, "\n" if is_pretty else "")


def number_text(value: float) -> str:
    """A number as JavaScript writes it."""
    value = number(value)
    if isinstance(value, int):
        return str(value)
    if 1e-6 <= abs(value) < 1e21:
        return format(value, "f") if "e" in repr(value) and value.is_integer() else _plain(value)
    return _EXPONENT.sub(r"e\1\2", repr(value))


def _plain(value: float) -> str:
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent)
    return f"{value:.{max(digits, 0)}f}"


def _written(value: Any, margin: str) -> str:
    if value is None or value is UNDEFINED:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value if isinstance(value, int) or value.is_integer() else float(f"{value:.15g}"))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return _within("{", "}", margin, _members(value, margin))
    if isinstance(value, list):
        return _within("[", "]", margin, [_written(each, _deeper(margin)) for each in value])
    return '""' if is_function(value) else "null"


def _members(value: dict[str, Any], margin: str) -> list[str]:
    colon = ": " if margin else ":"
    return [
        json.dumps(key, ensure_ascii=False) + colon + _written(each, _deeper(margin))
        for key, each in value.items()
        if each is not UNDEFINED
    ]


def _deeper(margin: str) -> str:
    return margin + "  " if margin else ""


def _within(opening: str, closing: str, margin: str, parts: list[str]) -> str:
    if not parts:
        return opening + closing
    inner = _deeper(margin)
    return opening + inner + ("," + inner).join(parts) + margin + closing
