"""Parameter mappings: where values of a request or of an integration's reply come from, compiled.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.execute_api.access_logs import find_in
from serein.kernel.http import Headers
from serein.kernel.jsonpath import InvalidPath, PathNotFound, parse_path
from serein.kernel.velocity import json_text
from serein.services.apigateway.serving.exchange import Exchange

_UNREAD = object()


class Received:
    """What an integration answered."""

    __slots__ = ("_document", "body", "error_message", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.error_message: str | None = None
        """What a function failed with; None when it didn't, or when there is none."""
        self._document: Any = _UNREAD

    def find_headers(self, name: str) -> list[str]:
        lowered = name.lower()
        return [value for key, value in self.headers if key.lower() == lowered]

    @property
    def document(self) -> Any:
        """The body as JSON, None when it is none."""
        if self._document is _UNREAD:
            self._document = find_json(self.body)
        return self._document


Value = str | list[str] | None
Source = Callable[[Exchange, Received | None], Value]


@dataclass(frozen=True, slots=True)
class ParameterMapping:
    """Where a value goes, and where it comes from."""

    place: str
    """`header`, `querystring`, `path`; with several values `multivalueheader`."""
    name: str
    source: Source


def find_json(body: bytes) -> Any:
    """A body as JSON; None for what is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def compile_mappings(parameters: Mapping[str, Any] | None, prefix: str) -> tuple[ParameterMapping, ...]:
    """Compile `{"integration.request.header.x": "method.request.path.y"}`; `prefix` is `integration.request.`."""
    found = []
    for target, source in (parameters or {}).items():
        place, _, name = target.removeprefix(prefix).partition(".")
        if target.startswith(prefix) and name and isinstance(source, str):
            found.append(ParameterMapping(place.removeprefix("multivalue"), name, compile_source(source)))
    return tuple(found)


@lru_cache(maxsize=2048)
def compile_source(text: str) -> Source:
    """Compile one source. What can't be understood has no value."""
    if len(text) >= 2 and text[0] == "'" and text[-1] == "'":
        literal = text[1:-1]
        return lambda _exchange, _received: literal
    for prefix, compiler in _COMPILERS:
        if text == prefix[:-1] or text.startswith(prefix):
            return compiler(text[len(prefix) :])
    return _nothing


def _nothing(_exchange: Exchange, _received: Received | None) -> Value:
    return None


def _last(values: list[str] | None) -> Value:
    return values[-1] if values else None


def _method_header(name: str) -> Source:
    return lambda exchange, _: exchange.find_header(name)


def _method_headers(name: str) -> Source:
    return lambda exchange, _: exchange.find_headers(name) or None


def _method_query(name: str) -> Source:
    return lambda exchange, _: _last(exchange.query.get(name))


def _method_queries(name: str) -> Source:
    return lambda exchange, _: exchange.query.get(name)


def _method_path(name: str) -> Source:
    return lambda exchange, _: exchange.parameters.get(name)


def _method_body(path: str) -> Source:
    if not path:
        return lambda exchange, _: exchange.body.decode("utf-8", "replace")
    find = _json_finder(path)
    return lambda exchange, _: find(find_json(exchange.body))


def _stage_variable(name: str) -> Source:
    return lambda exchange, _: exchange.variables.get(name)


def _context(name: str) -> Source:
    return lambda exchange, _: text_of(find_in(exchange.context, name))


def _reply_header(name: str) -> Source:
    return lambda _, received: _last(received.find_headers(name)) if received else None


def _reply_headers(name: str) -> Source:
    return lambda _, received: (received.find_headers(name) or None) if received else None


def _reply_body(path: str) -> Source:
    if not path:
        return lambda _, received: received.body.decode("utf-8", "replace") if received else None
    find = _json_finder(path)
    return lambda _, received: find(received.document) if received else None


def _json_finder(path: str) -> Callable[[Any], Value]:
    try:
        read = parse_path(path if path.startswith("$") else f"$.{path}").read
    except InvalidPath:
        return lambda _: None

    def find(document: Any) -> Value:
        try:
            return text_of(read(document))
        except (PathNotFound, RecursionError):
            return None

    return find


def text_of(value: Any) -> str | None:
    """A value as a parameter has it: texts bare, anything else as JSON."""
    return value if value is None or isinstance(value, str) else json_text(value)


_COMPILERS: tuple[tuple[str, Callable[[str], Source]], ...] = (
    ("method.request.header.", _method_header),
    ("method.request.multivalueheader.", _method_headers),
    ("method.request.querystring.", _method_query),
    ("method.request.multivaluequerystring.", _method_queries),
    ("method.request.path.", _method_path),
    ("method.request.body.", _method_body),
    ("integration.response.header.", _reply_header),
    ("integration.response.multivalueheader.", _reply_headers),
    ("integration.response.body.", _reply_body),
    ("stageVariables.", _stage_variable),
    ("context.", _context),
)


def values_of(value: Value) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


def one_line(value: str) -> str:
    """A header's value that can't end the header."""
    if value.isprintable():
        return value
    return "".join([each if each == "\t" or ord(each) >= 32 else " " for each in value])


def apply_header(headers: Headers, name: str, values: Iterable[str]) -> None:
    """Set a header, in place of what there was of that name in any case."""
    lowered = name.lower()
    headers[:] = [header for header in headers if header[0].lower() != lowered]
    headers.extend((name, one_line(value)) for value in values)
