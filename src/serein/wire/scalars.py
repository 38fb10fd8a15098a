"""Plain values as text: in headers, queries, forms and XML."""

import base64
import math
from collections.abc import Callable
from typing import Any

from serein.wire.timestamps import write_timestamp

_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64, "bigInteger": 1024}
_FRACTIONAL = frozenset({"float", "double", "bigDecimal"})
_DIGITS_LIMIT = 400


def parse_boolean(text: str) -> bool:
    """Raises ValueError."""
    lowered = text.strip().lower()
    if lowered not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return lowered == "true"


def range_of(kind: str) -> tuple[int, int] | None:
    """The least and the greatest whole number of a kind, or None when it isn't one of whole numbers."""
    bits = _BITS.get(kind)
    return None if bits is None else (-(1 << bits - 1), (1 << bits - 1) - 1)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if len(text) > _DIGITS_LIMIT or "_" in text:
            raise ValueError("not a number")
        value = int(text)
        if not least <= value <= most:
            raise ValueError("out of range")
        return value

    return read


def _fractional(text: str) -> float:
    if len(text) > _DIGITS_LIMIT or "_" in text:
        raise ValueError("not a number")
    return float(text)


def parse_number(kind: str) -> Callable[[str], int | float]:
    """What reads a number of that kind; it raises ValueError."""
    limits = range_of(kind)
    if limits is not None:
        return _whole(*limits)
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
