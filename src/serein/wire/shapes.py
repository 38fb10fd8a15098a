"""Shapes: the types of AWS's API models, as botocore's data files spell them.

They are decoded straight into structs, which skips the documentation (nine tenths of the files) without building it.
What is compiled from a shape is kept on the shape itself, so it lives exactly as long as its model.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Member(msgspec.Struct, eq=False, rename="camel"):
    """A reference to a shape: a structure's member, a list's element, a map's key or value."""

    shape_name: str = msgspec.field(name="shape")
    location: str = ""
    """`header`, `headers`, `uri`, `querystring`, `statusCode` or empty (the body)."""
    location_name: str = ""
    query_name: str = ""
    flattened: bool = False
    xml_attribute: bool = False
    xml_namespace: Any = None
    jsonvalue: bool = False
    streaming: bool = False
    eventpayload: bool = False
    eventheader: bool = False
    idempotency_token: bool = False
    host_label: bool = False
    target: "Shape" = None  # type: ignore[assignment]  # set when the model is linked, before anyone sees it


class ErrorTrait(msgspec.Struct, eq=False, rename="camel"):
    """How an error shape is answered where its name is not its code."""

    code: str = ""
    http_status_code: int = 0
    sender_fault: bool = False


class Shape(msgspec.Struct, eq=False, rename="camel"):
    """A type. `kind` is botocore's: structure, list, map, string, integer, long, blob, timestamp, …"""

    kind: str = msgspec.field(name="type")
    members: dict[str, Member] = {}
    member: Member | None = None
    key: Member | None = None
    value: Member | None = None
    required: tuple[str, ...] = ()
    minimum: int | float | None = msgspec.field(name="min", default=None)
    maximum: int | float | None = msgspec.field(name="max", default=None)
    pattern: str = ""
    enum: tuple[str, ...] = ()
    flattened: bool = False
    location_name: str = ""
    payload: str = ""
    streaming: bool = False
    timestamp_format: str = ""
    xml_namespace: Any = None
    wrapper: bool = False
    error: ErrorTrait | None = None
    exception: bool = False
    fault: bool = False
    union: bool = False
    document: bool = False
    event: bool = False
    eventstream: bool = False
    sparse: bool = False
    sensitive: bool = False
    nullable: bool = False
    open: bool = False
    xml_order: tuple[str, ...] = ()
    name: str = ""
    compiled: dict[Any, Any] = {}

    def once(self, purpose: Any, compile_it: "Callable[[Shape], T]") -> T:
        """Compile something from this shape the first time, and keep it under `purpose`."""
        found = self.compiled.get(purpose)
        if found is None:
            found = self.compiled[purpose] = compile_it(self)
        return found

    def later(self, purpose: Any, compile_it: "Callable[[Shape], Callable[..., T]]") -> "Callable[..., T]":
        """What `once` compiles, compiled when it is first called: a shape may contain itself."""

        def run(*arguments: Any) -> T:
            return self.once(purpose, compile_it)(*arguments)

        return run

    def references(self) -> list[Member]:
        """Every member, element, key and value this shape refers to."""
        others = [self.member, self.key, self.value]
        return [*self.members.values(), *(other for other in others if other is not None)]


def link(shapes: dict[str, Shape]) -> None:
    """Give every shape its name and every reference its target."""
    for name, shape in shapes.items():
        shape.name = name
        for reference in shape.references():
            reference.target = shapes[reference.shape_name]


def namespace_of(value: Any) -> tuple[str, str]:
    """The prefix and the URI of an `xmlNamespace` trait, which is text or an object; two empty texts when absent."""
    if isinstance(value, str):
        return "", value
    if isinstance(value, dict):
        return value.get("prefix", ""), value.get("uri", "")
    return "", ""


def reaches(shape: Shape, wanted: "Callable[[Shape], bool]") -> bool:
    """Whether the shape, or any shape that it can contain, is one of the wanted."""
    seen: set[str] = set()
    pending = [shape]
    while pending:
        current = pending.pop()
        if wanted(current):
            return True
        if current.name not in seen:
            seen.add(current.name)
            pending.extend(reference.target for reference in current.references())
    return False
