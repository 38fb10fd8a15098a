"""Selection expressions: text with variables, evaluated once, that gives the key of a route, a template or a response.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.jsonpath import InvalidPath, PathNotFound, parse_path

_PART = re.compile(
    r"\\(?P<escaped>\$)"
    r"|\$\{(?P<braced>[^{}]+)\}"
    r"|\$(?P<bare>[A-Za-z_][\w-]*(?:\.[\w-]+|\[[^\]]*\])*)"
    r"|(?P<text>[^\\$]+|\\)"
)
_PLAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LONGEST = 512
MISSING = object()


class InvalidExpression(ValueError):
    """The text is no selection expression."""


class Expression:
    """A selection expression that was read."""

    __slots__ = ("_parts", "names")

    def __init__(self, parts: list[tuple[bool, str]]) -> None:
        self._parts = parts
        self.names = tuple(text for is_name, text in parts if is_name)
        """Its variables, without the dollar sign."""

    def evaluate(self, find: Callable[[str], Any]) -> str | None:
        """The key; None when a variable has no value. `find` gives a variable's value, or MISSING."""
        found: list[str] = []
        for is_name, text in self._parts:
            if not is_name:
                found.append(text)
                continue
            value = find(text)
            if value is MISSING or value is None:
                return None
            found.append(value if isinstance(value, str) else msgspec.json.encode(value).decode())
        return "".join(found)


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Read an expression. Raises InvalidExpression."""
    if len(text) > _LONGEST:
        raise InvalidExpression(f"it is longer than {_LONGEST} characters")
    parts: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise InvalidExpression(f"{text!r} has a dollar sign that begins no variable")
        at = found.end()
        name = found["braced"] or found["bare"]
        # AWS: $default is a key of its own, with the dollar sign escaped or not.
        if name == "default":
            parts.append((False, "$default"))
        elif name:
            parts.append((True, name))
        else:
            parts.append((False, found["escaped"] or found["text"]))
    return Expression(parts)


def find_in_body(body: Any, path: str) -> Any:
    """The value at a path behind `request.body` (`.action`, `.a[0].b`, or nothing); MISSING when there is none."""
    if not path:
        return body
    if _PLAIN.fullmatch(path, 1):
        for name in path[1:].split("."):
            if not isinstance(body, dict) or name not in body:
                return MISSING
            body = body[name]
        return body
    try:
        return parse_path("$" + path).read(body)
    except (PathNotFound, InvalidPath):
        return MISSING
