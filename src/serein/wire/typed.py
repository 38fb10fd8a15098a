"""Shapes as Python types, so that msgspec checks and decodes them in C.

A structure becomes a `TypedDict` with the shape's member names. JSON is decoded straight into it where the wire uses
the same names (all of the JSON protocols, many of the REST ones); every request that did not come through such a
decoder is checked by converting it. msgspec's messages are not AWS's, so what fails here is looked at again by the
interpreted parser or checker, which words the error.
"""

from typing import Annotated, Any, TypedDict

import msgspec

from serein.wire.shapes import Shape


class Parsed(dict[str, Any]):
    """A request that a protocol has read: its types are right."""


_SCALARS: dict[str, Any] = {
    "string": str,
    "character": str,
    "float": float,
    "double": float,
    "bigDecimal": float,
    "boolean": bool,
    "blob": bytes,
    "timestamp": float,
    "bigInteger": int,
    **{
        kind: Annotated[int, msgspec.Meta(ge=-(1 << bits - 1), le=(1 << bits - 1) - 1)]
        for kind, bits in (("byte", 8), ("short", 16), ("integer", 32), ("long", 64))
    },
}


def type_of(shape: Shape) -> Any:
    """The Python type of a shape's values."""
    found = shape.compiled.get("type")
    return _build(shape) if found is None else found


def _build(shape: Shape) -> Any:
    if shape.kind == "structure" and not shape.document:
        return _structure(shape)
    if shape.kind == "list" and shape.member is not None:
        built: Any = list[_optional(shape, type_of(shape.member.target))]  # type: ignore[misc]
    elif shape.kind == "map" and shape.value is not None:
        built = dict[str, _optional(shape, type_of(shape.value.target))]  # type: ignore[misc]
    else:
        built = Any if shape.document or shape.eventstream else _SCALARS[shape.kind]
    shape.compiled["type"] = built
    return built


def _optional(shape: Shape, element: Any) -> Any:
    return element | None if shape.sparse and element is not Any else element


def _structure(shape: Shape) -> Any:
    if shape.eventstream:
        shape.compiled["type"] = Any
        return Any
    built = TypedDict(shape.name, {}, total=False)  # type: ignore[misc]  # noqa: UP013
    # Why: a shape may contain itself, so its members' types are filled in once it exists.
    shape.compiled["type"] = built
    annotations = {}
    for name, member in shape.members.items():
        streams = member.streaming or member.target.streaming or member.jsonvalue
        annotations[name] = Any if streams else type_of(member.target)
    built.__annotations__ = annotations
    built.__optional_keys__ = frozenset(annotations)
    built.__required_keys__ = frozenset()
    return built
