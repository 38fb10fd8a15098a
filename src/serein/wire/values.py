"""Values of JSON and CBOR documents, turned into the members of a request: one parser is compiled per shape.

This is the careful way: it drops nulls, reads names that differ from the members', and words errors as AWS does.
Requests that msgspec can decode by type do not come here.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from serein.wire.errors import SerializationException
from serein.wire.scalars import range_of
from serein.wire.shapes import Member, Shape
from serein.wire.timestamps import find_timestamp

Parser = Callable[[Any], Any]
"""Takes a document's value and returns the member's. Raises SerializationException."""


@dataclass(frozen=True)
class Format:
    """How a document format reads the plain kinds."""

    name: str
    scalars: dict[str, Parser]


def parser_of(shape: Shape, form: Format) -> Parser:
    """The compiled parser of a shape's values in a document of that format."""
    return shape.once(("parser", form.name), lambda found: _compile(found, form))


def _compile(shape: Shape, form: Format) -> Parser:
    if shape.document or shape.eventstream:
        return lambda value: value
    if shape.kind == "structure":
        return _structure(shape, form)
    if shape.kind == "list":
        return _list(shape, form)
    if shape.kind == "map":
        return _map(shape, form)
    return form.scalars[shape.kind]


def _later(member: Member, form: Format) -> Parser:
    """The parser of what a member refers to; structures are looked up when needed, for they may contain themselves."""
    target = member.target
    if member.jsonvalue:
        return lambda value: value if isinstance(value, str) else _mistyped(value, "String")
    if target.kind in {"structure", "list", "map"}:
        return target.later(("parser", form.name), lambda found: _compile(found, form))
    return parser_of(target, form)


def _structure(shape: Shape, form: Format) -> Parser:
    members = {member.location_name or name: (name, _later(member, form)) for name, member in shape.members.items()}
    find = members.get

    def parse(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SerializationException(
                "Start of list found where not expected"
                if isinstance(value, list)
                else "Unexpected value type in payload"
            )
        parsed = {}
        for wire_name, item in value.items():
            found = find(wire_name)
            if found is not None and item is not None:
                parsed[found[0]] = found[1](item)
        return parsed

    return parse


def _list(shape: Shape, form: Format) -> Parser:
    element = _later(shape.member, form)  # type: ignore[arg-type]
    is_sparse = shape.sparse

    def parse(value: Any) -> Any:
        if not isinstance(value, list):
            raise SerializationException(
                "Start of structure or map found where not expected"
                if isinstance(value, dict)
                else "Unexpected field type"
            )
        if is_sparse:
            return [None if item is None else element(item) for item in value]
        return [element(item) for item in value if item is not None]

    return parse


def _map(shape: Shape, form: Format) -> Parser:
    element = _later(shape.value, form)  # type: ignore[arg-type]
    is_sparse = shape.sparse

    def parse(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SerializationException(
                "Start of list found where not expected" if isinstance(value, list) else "Unexpected field type"
            )
        parsed = {}
        for name, item in value.items():
            if not isinstance(name, str):
                raise SerializationException("Unexpected field type")
            if item is not None:
                parsed[name] = element(item)
            elif is_sparse:
                parsed[name] = None
        return parsed

    return parse


def _mistyped(value: Any, wanted: str) -> Any:
    """Raise AWS's error for a value of the wrong type."""
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected")
    if isinstance(value, list):
        raise SerializationException(f"Unrecognized collection type class java.lang.{wanted}")
    if isinstance(value, bool):
        kind = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif isinstance(value, int):
        kind = "NUMBER_VALUE"
    elif isinstance(value, float):
        kind = "DECIMAL_VALUE"
    else:
        kind = "STRING_VALUE"
    raise SerializationException(f"{kind} cannot be converted to {wanted}")


def _string(value: Any) -> str:
    return value if isinstance(value, str) else _mistyped(value, "String")


def _integer(kind: str) -> Parser:
    wanted = kind[0].upper() + kind[1:]
    limits = range_of(kind)
    assert limits is not None
    least, most = limits

    def parse(value: Any) -> int:
        # AWS: a fraction given for a whole number is cut off, not refused.
        if type(value) is float and value - value == 0:
            value = int(value)
        if type(value) is not int or not least <= value <= most:
            _mistyped(value, wanted)
        return int(value)

    return parse


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise SerializationException("NUMBER_VALUE cannot be converted to Double") from None
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return float(_mistyped(value, "Double"))


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else bool(_mistyped(value, "Boolean"))


def _timestamp(value: Any) -> float:
    if isinstance(value, (dict, list, bool)):
        _mistyped(value, "Date")
    found = find_timestamp(value)
    if found is None:
        raise SerializationException(f"Unable to parse date: {value}")
    return found


def _moment(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else _timestamp(value)


def parse_base64(value: str) -> bytes:
    """Decode base64. Raises SerializationException with AWS's message."""
    if len(value) % 4:
        raise SerializationException(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise SerializationException("Invalid Base64 character in input") from None


def _blob(value: Any) -> bytes:
    if not isinstance(value, str):
        if isinstance(value, (dict, list)):
            _mistyped(value, "Blob")
        raise SerializationException("only base-64-encoded strings are convertible to bytes")
    return parse_base64(value)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else bytes(_mistyped(value, "Blob"))


_SCALARS: dict[str, Parser] = {
    "string": _string,
    "character": _string,
    "integer": _integer("integer"),
    "long": _integer("long"),
    "short": _integer("short"),
    "byte": _integer("byte"),
    "bigInteger": _integer("bigInteger"),
    "float": _float,
    "double": _float,
    "bigDecimal": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
JSON = Format("json", _SCALARS)
CBOR = Format("cbor", {**_SCALARS, "blob": _bytes, "timestamp": _moment})


def decode_json(body: bytes) -> Any:
    """Decode a JSON document. Raises SerializationException, also when it is nested too deeply."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SerializationException from None
