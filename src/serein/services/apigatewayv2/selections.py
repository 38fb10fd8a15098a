"""Selection expressions of HTTP APIs: `$request.header.name`, `${request.body.id}`, `$context.x`, texts around them.

They are compiled once per deployment; a request is asked for the values by `Sources`.
AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from serein.kernel.event_paths import ABSENT, find_steps, value_at

_BRACED = re.compile(r"\$\{([^{}]+)\}")
_BARE = re.compile(r"\$((?:request|response|context|stageVariables)\b[A-Za-z0-9_.\-\[\]'\"*]*)")
_MOST_BODY_BYTES = 100 * 1024
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Sources(Protocol):
    """Where values come from; each gives None for what isn't there."""

    def header(self, name: str) -> str | None:
        """By lower-case name; several values joined by commas."""

    def querystring(self, name: str) -> str | None: ...

    def path(self, name: str) -> str | None:
        """A path parameter; the whole path without the stage for the empty name."""

    def body(self) -> bytes: ...

    def context(self, name: str) -> str | None: ...

    def stage_variable(self, name: str) -> str | None: ...

    def response_header(self, name: str) -> str | None: ...

    def response_body(self) -> bytes: ...


Selection = Callable[[Sources], str | None]


class InvalidSelection(ValueError):
    """The expression names nothing that there is; the message is the part that does not."""


def compile_selection(text: str, *, is_response: bool = False) -> Selection:
    """Compile an expression. A single variable that has no value selects None. Raises InvalidSelection."""
    whole = _BARE.fullmatch(text) or _BRACED.fullmatch(text)
    if whole is not None:
        return _variable(whole[1], is_response=is_response)
    parts: list[str | Selection] = []
    position = 0
    pattern = _BRACED if "${" in text else _BARE
    for found in pattern.finditer(text):
        parts += [text[position : found.start()], _variable(found[1], is_response=is_response)]
        position = found.end()
    rest = text[position:]
    if not parts:
        return lambda _: text

    def filled(sources: Sources) -> str:
        return "".join(part if isinstance(part, str) else part(sources) or "" for part in parts) + rest

    return filled


def _variable(name: str, *, is_response: bool) -> Selection:
    root, _, rest = name.partition(".")
    if root == "context" and rest:
        return lambda sources: sources.context(rest)
    if root == "stageVariables" and rest:
        return lambda sources: sources.stage_variable(rest)
    if root == "request" and not is_response:
        return _request_variable(name, rest)
    if root == "response" and is_response:
        where, _, key = rest.partition(".")
        if where == "header" and key:
            lowered = key.lower()
            return lambda sources: sources.response_header(lowered)
        if rest == "body":
            return lambda sources: sources.response_body().decode("utf-8", "replace")
        if rest.startswith(("body.", "body[")):
            path = _body_path(rest)
            return lambda sources: _in_body(sources.response_body(), path)
    raise InvalidSelection(f"${name}")


def _request_variable(name: str, rest: str) -> Selection:
    where, _, key = rest.partition(".")
    if where == "header" and key:
        lowered = key.lower()
        return lambda sources: sources.header(lowered)
    if where == "querystring" and key:
        return lambda sources: sources.querystring(key)
    if where == "path":
        return lambda sources: sources.path(key)
    if rest == "body":
        return lambda sources: sources.body().decode("utf-8", "replace")
    if rest.startswith(("body.", "body[")):
        path = _body_path(rest)
        return lambda sources: _in_body(sources.body(), path)
    raise InvalidSelection(f"${name}")


def _body_path(rest: str) -> str:
    path = "$" + rest.removeprefix("body")
    if find_steps(path) is None or ".." in path:
        raise InvalidSelection(f"${rest}")
    return path


def _in_body(body: bytes, path: str) -> str | None:
    """AWS: a body is cut at 100 KB before a path is looked for, so a larger one has none."""
    if not body or len(body) > _MOST_BODY_BYTES:
        return None
    try:
        found: Any = value_at(path, _decode(body))
    except msgspec.DecodeError:
        return None
    if found is ABSENT or found is None:
        return None
    return found if isinstance(found, str) else _encode(found).decode()
