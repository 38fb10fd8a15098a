"""Route keys, and the table that finds the route of a request by AWS's priorities.

AWS: a full match of route and method comes first, then a match by a greedy variable, then `$default`; within a path a
literal segment beats a variable, and a method beats ANY (developer guide, "Working with routes for HTTP APIs").
"""

import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from serein.services.apigatewayv2.errors import BadRequestException

T = TypeVar("T")
DEFAULT = "$default"
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "ANY"})
_VARIABLE = re.compile(r"\{[A-Za-z0-9._:-]+\}")
_GREEDY = re.compile(r"\{[A-Za-z0-9._:-]+\+\}")
_MALFORMED = (
    "The provided route key is not formatted properly for HTTP protocol. "
    'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)


@dataclass(frozen=True, slots=True)
class RouteKey:
    """A parsed route key; `method` is empty and `segments` are none for `$default`."""

    method: str
    segments: tuple[str, ...]


def parse_route_key(text: str) -> RouteKey:
    """Parse `GET /orders/{id}` or `$default`. Raises BadRequestException."""
    if text == DEFAULT:
        return RouteKey("", ())
    method, separator, path = text.partition(" ")
    if not separator or method not in METHODS or not path.startswith("/"):
        raise BadRequestException(_MALFORMED)
    segments = tuple(path[1:].split("/"))
    names: set[str] = set()
    for position, segment in enumerate(segments):
        is_last = position == len(segments) - 1
        if "{" not in segment and "}" not in segment:
            continue
        if not (_VARIABLE.fullmatch(segment) or (is_last and _GREEDY.fullmatch(segment))):
            raise BadRequestException(_MALFORMED)
        name = segment[1:-1].rstrip("+")
        if name in names:
            raise BadRequestException(f"Duplicate path parameter {name} in route key {text}")
        names.add(name)
    return RouteKey(method, segments)


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: "dict[str, _Node[T]]" = field(default_factory=dict)
    variable: "_Node[T] | None" = None
    here: dict[str, tuple[tuple[str, ...], T]] = field(default_factory=dict)
    """By method: the variables' names in order, and the route."""
    greedy: dict[str, tuple[tuple[str, ...], T]] = field(default_factory=dict)

    @staticmethod
    def of_method(routes: dict[str, tuple[tuple[str, ...], T]], method: str) -> tuple[tuple[str, ...], T] | None:
        return routes.get(method) or routes.get("ANY")


class RoutingTable(Generic[T]):
    """The routes of a deployment, compiled."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._default: T | None = None

    def add(self, key: RouteKey, route: T) -> None:
        if not key.method:
            self._default = route
            return
        node, names = self._root, list[str]()
        for segment in key.segments:
            if segment.endswith("+}"):
                node.greedy[key.method] = ((*names, segment[1:-2]), route)
                return
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(unquote(segment), _Node())
        node.here[key.method] = (tuple(names), route)

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The route of a request and its path parameters; `path` is percent-encoded and starts with a slash."""
        segments = [unquote(segment) for segment in path[1:].split("/")] if "%" in path else path[1:].split("/")
        found = _full(self._root, method, segments, 0, ()) or _greedy(self._root, method, segments, 0, ())
        if found is not None:
            (names, route), values = found
            return route, dict(zip(names, values, strict=True))
        return None if self._default is None else (self._default, {})


_Found = tuple[tuple[tuple[str, ...], Any], tuple[str, ...]]


def _full(node: _Node[T], method: str, segments: list[str], depth: int, values: tuple[str, ...]) -> _Found | None:
    if depth == len(segments):
        route = node.of_method(node.here, method)
        return None if route is None else (route, values)
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None and (found := _full(literal, method, segments, depth + 1, values)) is not None:
        return found
    if node.variable is not None and segment:
        return _full(node.variable, method, segments, depth + 1, (*values, segment))
    return None


def _greedy(node: _Node[T], method: str, segments: list[str], depth: int, values: tuple[str, ...]) -> _Found | None:
    if depth == len(segments):
        return None
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None and (found := _greedy(literal, method, segments, depth + 1, values)) is not None:
        return found
    if node.variable is not None and segment:
        found = _greedy(node.variable, method, segments, depth + 1, (*values, segment))
        if found is not None:
            return found
    route = node.of_method(node.greedy, method)
    rest = "/".join(segments[depth:])
    return None if route is None or not rest else (route, (*values, rest))
