"""Replies as JSON documents: msgspec writes them in C; only what JSON spells differently is converted before.

Bytes become base64 and `Encoded` values pass through unread by msgspec alone. Timestamps in another form than
seconds, numbers that may not be finite, and members whose wire name differs need the conversion compiled here.
"""

import math
from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.operation import Encoded
from serein.wire.shapes import Member, Shape, reaches
from serein.wire.timestamps import write_timestamp

Writer = Callable[[Any], Any]


def _raw(value: Any) -> msgspec.Raw:
    if isinstance(value, Encoded):
        return msgspec.Raw(value)
    raise TypeError(f"a reply holds a {type(value).__name__}")


encode = msgspec.json.Encoder(enc_hook=_raw).encode
"""Encode JSON values, bytes and `Encoded` values."""


def writer_of(shape: Shape) -> Writer | None:
    """What converts a shape's values for `encode`, or None when nothing has to be converted."""
    if "json writer" not in shape.compiled:
        shape.compiled["json writer"] = _compile(shape) if reaches(shape, _differs) else None
    return shape.compiled["json writer"]  # type: ignore[no-any-return]


def _differs(shape: Shape) -> bool:
    if shape.kind == "timestamp":
        return shape.timestamp_format in {"iso8601", "rfc822"}
    if shape.kind in {"float", "double"}:
        return True
    return shape.kind == "structure" and any(
        member.jsonvalue or member.location_name not in {"", name} for name, member in shape.members.items()
    )


def _compile(shape: Shape) -> Writer:
    if shape.kind == "structure" and not shape.document:
        return _structure(shape)
    if shape.kind == "list":
        return _list(shape)
    if shape.kind == "map":
        return _map(shape)
    if shape.kind == "timestamp":
        form = shape.timestamp_format
        return lambda value: write_timestamp(value, form)
    if shape.kind in {"float", "double"}:
        return _float
    return lambda value: value


def _later(member: Member) -> Writer | None:
    target = member.target
    if member.jsonvalue:
        return lambda value: encode(value).decode()
    if not reaches(target, _differs):
        return None
    return target.later("json writer", _compile)


def _structure(shape: Shape) -> Writer:
    members = {name: (member.location_name or name, _later(member)) for name, member in shape.members.items()}
    find = members.get

    def write(value: Any) -> Any:
        if type(value) is Encoded:
            return value
        written = {}
        for name, item in value.items():
            found = find(name)
            if found is not None and item is not None:
                written[found[0]] = item if found[1] is None else found[1](item)
        return written

    return write


def _list(shape: Shape) -> Writer:
    element = _later(shape.member)  # type: ignore[arg-type]

    def write(value: Any) -> Any:
        if element is None or type(value) is Encoded:
            return value
        return [None if item is None else element(item) for item in value]

    return write


def _map(shape: Shape) -> Writer:
    element = _later(shape.value)  # type: ignore[arg-type]

    def write(value: Any) -> Any:
        if element is None or type(value) is Encoded:
            return value
        return {name: None if item is None else element(item) for name, item in value.items()}

    return write


def _float(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
