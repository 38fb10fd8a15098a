"""Attribute values as JSON text has them, turned into what requests hold: binary values are bytes there."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from serein.services.dynamodb.errors import ValidationException

_TEXTS = ("S", "N")
_FLAGS = ("BOOL", "NULL")


def parse_wire_item(given: Any) -> dict[str, Any]:
    """The attributes of an item or map. Raises ValidationException for what is none."""
    if not isinstance(given, dict):
        raise _malformed(given)
    return {name: parse_wire_value(value) for name, value in given.items()}


def parse_wire_value(given: Any) -> dict[str, Any]:
    """One value. Raises ValidationException for what is none."""
    if not isinstance(given, dict) or len(given) != 1:
        raise _malformed(given)
    ((kind, content),) = given.items()
    if kind == "M":
        return {"M": parse_wire_item(content)}
    if kind in ("L", "SS", "NS", "BS"):
        if not isinstance(content, list):
            raise _malformed(given)
        if kind == "L":
            return {"L": [parse_wire_value(member) for member in content]}
        return {kind: [_scalar(kind[0], member) for member in content]}
    return {kind: _scalar(kind, content)}


def _scalar(kind: str, content: Any) -> Any:
    if kind in _TEXTS and isinstance(content, str):
        return content
    if kind in _FLAGS and isinstance(content, bool):
        return content
    if kind == "B" and isinstance(content, str):
        try:
            return b64decode(content, validate=True)
        except (NotBase64, ValueError):
            raise ValidationException("Invalid attribute value: binary values must be base64 text") from None
    raise _malformed({kind: content})


def _malformed(given: Any) -> ValidationException:
    shown = str(given)
    return ValidationException(f"Invalid attribute value: {shown[:200]}")
