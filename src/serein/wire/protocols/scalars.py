"""Plain values as text: in headers, queries, forms and XML."""

import base64
import math
from collections.abc import Callable
from typing import Any

from serein.wire.timestamps import write_timestamp

_WHOLE = frozenset({"integer", "long", "short", "byte", "bigInteger"})
_FRACTIONAL = frozenset({"float", "double", "bigDecimal"})
_DIGITS_LIMIT = 400


def parse_boolean(text: str) -> bool:
    """Raises ValueError."""
    lowered = text.strip().lower()
    if lowered not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return lowered == "true"


def _whole(text: str) -> int:
    if len(text) > _DIGITS_LIMIT or "_" in text:
        raise ValueError("not a number")
    return int(text)


def _fractional(text: str) -> float:
    if len(text) > _DIGITS_LIMIT or "_" in text:
        raise ValueError("not a number")
    return float(text)


def parse_number(kind: str) -> Callable[[str], int | float]:
    """What reads a number of that kind; it raises ValueError."""
    if kind in _WHOLE:
        return _whole
    if kind in _FRACTIONAL:
        return _fractional
    raise LookupError(f"no text form of {kind} is known")


def write_scalar(kind: str, value: Any, timestamp_form: str) -> str:
    """A plain value as text."""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return write_timestamp(value, timestamp_form)
    if kind == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return write_float(value)
    return str(value)


def write_float(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return repr(value)
