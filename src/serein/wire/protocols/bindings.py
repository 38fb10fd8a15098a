"""Where a REST operation's members are in HTTP: path, query, headers, status and body, compiled once."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from serein.kernel.errors import AwsError
from serein.wire.protocols.documents import encode
from serein.wire.scalars import parse_boolean, parse_number, write_scalar
from serein.wire.shapes import Member, Shape
from serein.wire.timestamps import find_timestamp
from serein.wire.uris import unquoted

if TYPE_CHECKING:
    from serein.kernel.http import Headers

TextReader = Callable[[str], Any]
"""Reads a value from text; raises ValueError."""


_DATES = frozenset({"if-modified-since", "if-unmodified-since", "x-amz-copy-source-if-modified-since", "expires"})
"""Headers whose dates count as absent when they cannot be read, as HTTP has it (RFC 9110, 13.1.3)."""


class BadParameter(AwsError):
    """A header, query or path parameter could not be read."""

    code = "SerializationException"

    def __init__(self, name: str, text: str, kind: str) -> None:
        super().__init__(f"The value of {name} could not be read: {text[:200]}")
        self.name = name
        self.text = text
        self.kind = kind


class Bindings:
    """One structure's members by their place in HTTP."""

    def __init__(self, shape: Shape, *, is_output: bool = False) -> None:
        self.labels: list[tuple[str, str, TextReader]] = []
        self.query: dict[str, tuple[str, Member, TextReader]] = {}
        self.query_maps: list[tuple[str, Member]] = []
        self.headers: list[tuple[str, str, Member, TextReader]] = []
        self.prefixes: list[tuple[str, str]] = []
        self.status = ""
        self.payload: Member | None = shape.members[shape.payload] if shape.payload else None
        self.payload_name = shape.payload
        body = {}
        for name, member in shape.members.items():
            # Why: a structure may be an input as well as an output, and in a reply path and query mean nothing.
            if not member.location or (is_output and member.location in {"uri", "querystring"}):
                body[name] = member
            else:
                self._bind(name, member, member.location_name or name)
        body.pop(shape.payload, None)
        self.body: Shape | None = None
        """The members of the body as a shape of their own; None when there are none or a member is the payload."""
        if body and self.payload is None:
            required = tuple(name for name in shape.required if name in body)
            self.body = msgspec.structs.replace(shape, members=body, required=required, compiled={})

    def _bind(self, name: str, member: Member, wire_name: str) -> None:
        if member.location == "uri":
            self.labels.append((name, wire_name, _text_reader(member)))
        elif member.location == "querystring" and member.target.kind == "map":
            self.query_maps.append((name, member))
        elif member.location == "querystring":
            self.query[wire_name] = (name, member, _text_reader(_element(member)))
        elif member.location == "header":
            self.headers.append((name, wire_name.lower(), member, _text_reader(_element(member))))
        elif member.location == "headers":
            self.prefixes.append((name, member.location_name.lower()))
        elif member.location == "statusCode":
            self.status = name

    def parse_parameters(self, labels: Mapping[str, str], raw_query: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Read everything that isn't in the body. Raises BadParameter."""
        request: dict[str, Any] = {}
        for name, wire_name, read in self.labels:
            if wire_name in labels:
                request[name] = _read(read, labels[wire_name], wire_name, "string")
        if raw_query and (self.query or self.query_maps):
            self._parse_query(raw_query, request)
        for name, wire_name, member, read in self.headers:
            text = headers.get(wire_name)
            if text is not None and (wire_name not in _DATES or find_timestamp(text) is not None):
                request[name] = _read_header(member, read, text, wire_name)
        for name, prefix in self.prefixes:
            found = {key[len(prefix) :]: text for key, text in headers.items() if key.startswith(prefix)}
            if found:
                request[name] = found
        return request

    def _parse_query(self, raw_query: str, request: dict[str, Any]) -> None:
        others: dict[str, list[str]] = {}
        for part in raw_query.split("&"):
            if not part:
                continue
            raw_name, _, raw_value = part.partition("=")
            wire_name, text = unquoted(raw_name), unquoted(raw_value)
            found = self.query.get(wire_name)
            if found is None:
                others.setdefault(wire_name, []).append(text)
                continue
            name, member, read = found
            if member.target.kind == "list":
                request.setdefault(name, []).append(_read(read, text, wire_name, _element(member).target.kind))
            else:
                request[name] = _read(read, text, wire_name, member.target.kind)
        for name, member in self.query_maps:
            is_multiple = member.target.value is not None and member.target.value.target.kind == "list"
            if others:
                request[name] = {key: texts if is_multiple else texts[0] for key, texts in others.items()}

    def write_headers(self, reply: Mapping[str, Any]) -> "Headers":
        """The headers that a reply's members become."""
        headers: Headers = []
        for name, wire_name, member, _ in self.headers:
            value = reply.get(name)
            if value is not None:
                text = write_header(member, value)
                if text or member.target.kind not in {"list"}:
                    headers.append((wire_name, text))
        for name, prefix in self.prefixes:
            for key, value in (reply.get(name) or {}).items():
                headers.append((prefix + key.lower() if prefix else key, _one_line(str(value))))
        return headers


def _element(member: Member) -> Member:
    return member.target.member if member.target.kind == "list" and member.target.member is not None else member


def _text_reader(member: Member) -> TextReader:
    kind = member.target.kind
    if member.jsonvalue:
        return _json_value
    if kind in {"string", "character"}:
        return str
    if kind == "boolean":
        return parse_boolean
    if kind == "timestamp":
        return _timestamp
    if kind == "blob":
        return _blob
    return parse_number(kind)


def _timestamp(text: str) -> float:
    found = find_timestamp(text)
    if found is None:
        raise ValueError(f"{text!r} is no time")
    return found


def _blob(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _json_value(text: str) -> Any:
    decoded = base64.b64decode(text, validate=True)
    msgspec.json.decode(decoded)
    return decoded.decode()


def _read(read: TextReader, text: str, wire_name: str, kind: str) -> Any:
    try:
        return read(text)
    except (ValueError, binascii.Error, RecursionError):
        raise BadParameter(wire_name, text, kind) from None


def _read_header(member: Member, read: TextReader, text: str, wire_name: str) -> Any:
    if member.target.kind != "list":
        return _read(read, text, wire_name, member.target.kind)
    if not text.strip():
        return []
    kind = _element(member).target.kind
    return [_read(read, part, wire_name, kind) for part in split_header(text, is_time=kind == "timestamp")]


def split_header(text: str, *, is_time: bool = False) -> list[str]:
    """A header's list: commas separate, quotes protect; HTTP dates have a comma of their own."""
    if is_time and " GMT" in text:
        return [f"{part.strip(' ,')} GMT" for part in text.split("GMT") if part.strip(" ,")]
    parts: list[str] = []
    current: list[str] = []
    is_quoted = False
    position = 0
    while position < len(text):
        character = text[position]
        if is_quoted and character == "\\" and position + 1 < len(text):
            position += 1
            current.append(text[position])
        elif character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            parts.append("".join(current).strip())
            current = []
        else:
            current.append(character)
        position += 1
    parts.append("".join(current).strip())
    return parts


def write_header(member: Member, value: Any) -> str:
    """A member's value as a header's text."""
    if member.jsonvalue:
        return base64.b64encode(value.encode() if isinstance(value, str) else encode(value)).decode()
    target = member.target
    if target.kind == "list" and target.member is not None:
        element = target.member
        return ", ".join(_quoted(element, write_header(element, item)) for item in value if item is not None)
    return _one_line(write_scalar(target.kind, value, target.timestamp_format or "rfc822"))


def _quoted(member: Member, text: str) -> str:
    if member.target.kind != "string" or not ("," in text or '"' in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _one_line(text: str) -> str:
    """Text that cannot end a header early."""
    return text.replace("\r", " ").replace("\n", " ") if "\r" in text or "\n" in text else text
