"""Requests as forms: `Tags.member.1.Key=x` becomes a tree, which compiled readers turn into members."""

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from serein.wire.errors import MalformedInput, MalformedQueryString
from serein.wire.scalars import parse_boolean, parse_number
from serein.wire.shapes import Member, Shape
from serein.wire.timestamps import find_timestamp

_DEPTH_LIMIT = 64
_PARAMETER_LIMIT = 20_000


class Branch:
    """A name in the tree: its own value, and the names below it."""

    __slots__ = ("children", "value")

    def __init__(self) -> None:
        self.value: str | None = None
        self.children: dict[str, Branch] = {}


Reader = Callable[[Branch], Any]


class Form:
    """The parameters of a request as a tree."""

    def __init__(self) -> None:
        self.root = Branch()
        self._count = 0

    def set(self, name: str, value: str) -> None:
        """Add one parameter without levels."""
        branch = self.root.children[name] = Branch()
        branch.value = value

    def add(self, text: str) -> None:
        """Add a form's or a query's parameters. Raises MalformedQueryString."""
        if not text:
            return
        parts = text.split("&")
        self._count += len(parts)
        if self._count > _PARAMETER_LIMIT:
            raise MalformedQueryString("The request has too many parameters")
        for part in parts:
            name, _, value = part.partition("=")
            try:
                path = _unquoted(name).split(".", _DEPTH_LIMIT)
                branch = self.root
                for step in path:
                    child = branch.children.get(step)
                    if child is None:
                        child = branch.children[step] = Branch()
                    branch = child
                branch.value = _unquoted(value)
            except UnicodeDecodeError:
                raise MalformedQueryString from None


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def form_reader_of(shape: Shape, *, is_ec2: bool) -> Reader:
    """The compiled reader of a shape's branch; it returns None when the branch holds nothing of the shape."""
    return shape.once(("form reader", is_ec2), lambda found: _compile(found, is_ec2))


def _compile(shape: Shape, is_ec2: bool) -> Reader:
    if shape.kind == "structure":
        return _structure(shape, is_ec2)
    if shape.kind == "list":
        return _list(shape, is_flattened=is_ec2, is_ec2=is_ec2)
    if shape.kind == "map":
        return _map(shape, is_flattened=False, is_ec2=is_ec2)
    read = _TEXT_READERS.get(shape.kind) or parse_number(shape.kind)

    def scalar(branch: Branch) -> Any:
        if branch.value is None:
            return None
        try:
            return read(branch.value)
        except ValueError:
            raise MalformedInput(f"Invalid value: {branch.value[:200]}") from None

    return scalar


def _timestamp(text: str) -> float:
    found = find_timestamp(text)
    if found is None:
        raise ValueError(text)
    return found


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


_TEXT_READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "boolean": parse_boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


def _later(member: Member, is_ec2: bool) -> Reader:
    target = member.target
    is_flattened = member.flattened or target.flattened or is_ec2
    if target.kind == "list" and is_flattened:
        return _list(target, is_flattened=True, is_ec2=is_ec2)
    if target.kind == "map" and is_flattened:
        return _map(target, is_flattened=True, is_ec2=is_ec2)
    if target.kind in {"structure", "list", "map"}:
        return target.later(("form reader", is_ec2), lambda found: _compile(found, is_ec2))
    return form_reader_of(target, is_ec2=is_ec2)


def wire_names(name: str, member: Member, *, is_ec2: bool) -> list[str]:
    """What a member may be called in a form, the proper name first."""
    if is_ec2:
        proper = member.query_name or member.location_name or name
        return [member.query_name or proper[:1].upper() + proper[1:]]
    target = member.target
    element = target.member
    names = []
    if target.kind == "list" and (member.flattened or target.flattened) and element is not None:
        names += [element.query_name, element.location_name]
    names += [member.query_name, member.location_name, name]
    return list(dict.fromkeys(found for found in names if found))


def _structure(shape: Shape, is_ec2: bool) -> Reader:
    members: dict[str, tuple[str, Reader]] = {}
    for name, member in shape.members.items():
        reader = _later(member, is_ec2)
        for wire_name in wire_names(name, member, is_ec2=is_ec2):
            members.setdefault(wire_name, (name, reader))
    find = members.get

    def read(branch: Branch) -> dict[str, Any] | None:
        value: dict[str, Any] = {}
        children = branch.children
        for step, child in children.items():
            found = find(step)
            if found is not None and found[0] not in value:
                item = found[1](child)
                if item is not None:
                    value[found[0]] = item
        return value if value or branch.value is not None or children else None

    return read


def _numbered(branch: Branch) -> list[Branch]:
    """The children whose names are numbers, in order."""
    numbered = [(int(step), child) for step, child in branch.children.items() if step.isdecimal() and len(step) < 10]
    numbered.sort(key=lambda entry: entry[0])
    return [child for _, child in numbered]


def _list(shape: Shape, *, is_flattened: bool, is_ec2: bool) -> Reader:
    member = shape.member
    element = _later(member, is_ec2)  # type: ignore[arg-type]
    inner = list(dict.fromkeys([member.location_name or "member", "member"]))  # type: ignore[union-attr]

    def read(branch: Branch) -> list[Any] | None:
        entries = _numbered(branch)
        if not is_flattened:
            for step in inner:
                if not entries and step in branch.children:
                    entries = _numbered(branch.children[step])
        if not entries:
            return [] if branch.value == "" else None
        return [item for item in map(element, entries) if item is not None]

    return read


def _map(shape: Shape, *, is_flattened: bool, is_ec2: bool) -> Reader:
    key_name = _inner_name(shape.key, "key")
    value_name = _inner_name(shape.value, "value")
    element = _later(shape.value, is_ec2)  # type: ignore[arg-type]

    def read(branch: Branch) -> dict[str, Any] | None:
        container = branch if is_flattened or "entry" not in branch.children else branch.children["entry"]
        entries = _numbered(container)
        if not entries:
            return {} if branch.value == "" else None
        value = {}
        for entry in entries:
            key = entry.children.get(key_name)
            if key is None or key.value is None:
                raise MalformedInput("A map entry has no key")
            item = entry.children.get(value_name)
            read_item = None if item is None else element(item)
            if read_item is not None:
                value[key.value] = read_item
        return value

    return read


def _inner_name(member: Member | None, default: str) -> str:
    return default if member is None else member.query_name or member.location_name or default
