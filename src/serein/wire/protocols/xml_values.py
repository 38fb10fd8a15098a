"""Shapes in XML: compiled readers of elements and writers of them."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from serein.wire.scalars import parse_boolean, parse_number, write_scalar
from serein.wire.shapes import Member, Shape, namespace_of
from serein.wire.timestamps import find_timestamp
from serein.wire.xml import Node, escape, escape_attribute

Reader = Callable[[list[Node]], Any]
"""Takes the elements of a member's name (several when it is a flattened list) and returns its value; ValueError."""
Writer = Callable[[Any, str, list[str]], None]
"""Takes a value, its element's name and the text to add to."""
_TIMESTAMP_FORM = "iso8601"


def reader_of(shape: Shape) -> Reader:
    """The compiled reader of a shape's elements. It raises ValueError for what is not a value of the shape."""
    return shape.once("xml reader", _reader)


def _reader(shape: Shape) -> Reader:
    if shape.kind == "structure":
        return _structure_reader(shape)
    if shape.kind == "list":
        return _list_reader(shape, is_flattened=False)
    if shape.kind == "map":
        return _map_reader(shape, is_flattened=False)
    read = _TEXT_READERS.get(shape.kind) or parse_number(shape.kind)
    return lambda nodes: read(nodes[0].text)


def _timestamp(text: str) -> float:
    found = find_timestamp(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time")
    return found


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


_TEXT_READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "boolean": parse_boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


def is_flattened(member: Member) -> bool:
    return member.flattened or member.target.flattened


def element_name(name: str, member: Member) -> str:
    """What a structure's member is called in XML."""
    return member.location_name or _flat_name(member) or name


def _flat_name(member: Member) -> str:
    """What a flattened list calls its elements itself, or an empty text.

    AWS: SimpleDB's models, and some of S3's, name the elements and not the member. Smithy's own examples have it the
    other way round, so both are read.
    """
    target = member.target
    is_flat_list = target.kind == "list" and is_flattened(member) and target.member is not None
    return target.member.location_name if is_flat_list and target.member is not None else ""


def _later(member: Member) -> Reader:
    target = member.target
    if target.kind == "list" and is_flattened(member):
        return _list_reader(target, is_flattened=True)
    if target.kind == "map" and is_flattened(member):
        return _map_reader(target, is_flattened=True)
    if target.kind in {"structure", "list", "map"}:
        return target.later("xml reader", _reader)
    return reader_of(target)


def _structure_reader(shape: Shape) -> Reader:
    elements = {}
    attributes = {}
    for name, member in shape.members.items():
        if member.xml_attribute:
            attributes[(member.location_name or name).rpartition(":")[2]] = name
        else:
            elements[element_name(name, member)] = (name, _later(member))
            for other in filter(None, (_flat_name(member), name if not member.location_name else "")):
                elements.setdefault(other, (name, _later(member)))

    def read(nodes: list[Node]) -> dict[str, Any]:
        node = nodes[0]
        value: dict[str, Any] = {}
        for tag, group in node.by_tag().items():
            found = elements.get(tag)
            if found is not None:
                value[found[0]] = found[1](group)
        for attribute, text in node.attributes.items():
            name = attributes.get(attribute.rpartition(":")[2])
            if name is not None:
                value[name] = text
        return value

    return read


def _list_reader(shape: Shape, *, is_flattened: bool) -> Reader:
    element = _later(shape.member)  # type: ignore[arg-type]
    if is_flattened:
        return lambda nodes: [element([node]) for node in nodes]
    return lambda nodes: [element([child]) for child in nodes[0].children]


def _map_reader(shape: Shape, *, is_flattened: bool) -> Reader:
    key_tag = shape.key.location_name or "key"  # type: ignore[union-attr]
    value_tag = shape.value.location_name or "value"  # type: ignore[union-attr]
    element = _later(shape.value)  # type: ignore[arg-type]

    def read(nodes: list[Node]) -> dict[str, Any]:
        value = {}
        for entry in nodes if is_flattened else nodes[0].children:
            groups = entry.by_tag()
            if key_tag not in groups or value_tag not in groups:
                raise ValueError(f"an entry needs <{key_tag}> and <{value_tag}>")
            value[groups[key_tag][0].text] = element(groups[value_tag])
        return value

    return read


class XmlForm:
    """How a protocol names elements; REST-XML and Query differ in little."""

    def __init__(self, name: str, *, uses_query_names: bool) -> None:
        self.name = name
        self._uses_query_names = uses_query_names

    def writer_of(self, shape: Shape) -> Writer:
        """The compiled writer of a shape's values."""
        return shape.once(("xml writer", self.name), self._compile)

    def _compile(self, shape: Shape) -> Writer:
        if shape.kind == "structure":
            return self._structure(shape)
        if shape.kind == "list":
            return self._list(shape, is_flattened=False)
        if shape.kind == "map":
            return self._map(shape, is_flattened=False)
        form = shape.timestamp_format or _TIMESTAMP_FORM
        kind = shape.kind
        if kind in {"string", "character"}:
            return lambda value, name, out: out.append(f"<{name}>{escape(str(value))}</{name}>")
        return lambda value, name, out: out.append(f"<{name}>{escape(write_scalar(kind, value, form))}</{name}>")

    def _name(self, name: str, member: Member) -> str:
        if not self._uses_query_names:
            return element_name(name, member)
        target = member.target
        if target.kind == "list" and is_flattened(member) and target.member is not None and target.member.query_name:
            return target.member.query_name
        return member.query_name or element_name(name, member)

    def _inner_name(self, member: Member | None, default: str) -> str:
        if member is None:
            return default
        return (member.query_name if self._uses_query_names else "") or member.location_name or default

    def _later(self, member: Member) -> Writer:
        target = member.target
        writer: Writer
        if target.kind == "list" and is_flattened(member):
            writer = self._list(target, is_flattened=True)
        elif target.kind == "map" and is_flattened(member):
            writer = self._map(target, is_flattened=True)
        elif target.kind in {"structure", "list", "map"}:
            writer = target.later(("xml writer", self.name), self._compile)
        else:
            writer = self.writer_of(target)
        shape_namespace = target.xml_namespace if target.kind == "structure" else None
        prefix, uri = namespace_of(member.xml_namespace or shape_namespace)
        if not uri:
            return writer
        declaration = f' xmlns{":" if prefix else ""}{prefix}="{escape_attribute(uri)}"'
        return lambda value, name, out: _with_namespace(writer, declaration, value, name, out)

    def _structure(self, shape: Shape) -> Writer:
        attributes = {}
        elements = {}
        for name, member in shape.members.items():
            if member.xml_attribute:
                attributes[name] = member.location_name or name
            else:
                elements[name] = (self._name(name, member), self._later(member))
        ordered = (
            sorted(elements, key=shape.xml_order.index)
            if shape.xml_order and set(shape.xml_order) >= set(elements)
            else list(elements)
        )

        def write(value: Any, name: str, out: list[str]) -> None:
            shown = "".join(
                f' {wire_name}="{escape_attribute(str(value[member]))}"'
                for member, wire_name in attributes.items()
                if value.get(member) is not None
            )
            out.append(f"<{name}{shown}>")
            for member in ordered:
                item = value.get(member)
                if item is not None:
                    wire_name, writer = elements[member]
                    writer(item, wire_name, out)
            out.append(f"</{name}>")

        return write

    def _list(self, shape: Shape, *, is_flattened: bool) -> Writer:
        element = self._later(shape.member)  # type: ignore[arg-type]
        if is_flattened:

            def write_flat(value: Any, name: str, out: list[str]) -> None:
                for item in value:
                    element(item, name, out)

            return write_flat
        inner = self._inner_name(shape.member, "member")

        def write(value: Any, name: str, out: list[str]) -> None:
            out.append(f"<{name}>")
            for item in value:
                element(item, inner, out)
            out.append(f"</{name}>")

        return write

    def _map(self, shape: Shape, *, is_flattened: bool) -> Writer:
        key_name = self._inner_name(shape.key, "key")
        value_name = self._inner_name(shape.value, "value")
        element = self._later(shape.value)  # type: ignore[arg-type]

        def write(value: Any, name: str, out: list[str]) -> None:
            entry = name if is_flattened else "entry"
            if not is_flattened:
                out.append(f"<{name}>")
            for key, item in value.items():
                out.append(f"<{entry}><{key_name}>{escape(key)}</{key_name}>")
                element(item, value_name, out)
                out.append(f"</{entry}>")
            if not is_flattened:
                out.append(f"</{name}>")

        return write


def _with_namespace(writer: Writer, declaration: str, value: Any, name: str, out: list[str]) -> None:
    start = len(out)
    writer(value, name, out)
    if len(out) > start:
        out[start] = out[start].replace(f"<{name}", f"<{name}{declaration}", 1)


REST_XML = XmlForm("rest", uses_query_names=False)
QUERY_XML = XmlForm("query", uses_query_names=True)
EC2_XML = XmlForm("ec2", uses_query_names=False)
