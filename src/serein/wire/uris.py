"""Which operation of a REST service a method, a path and a query mean: a trie of path segments per method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

if TYPE_CHECKING:
    from serein.wire.models import OperationModel

Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation, and what else than its path a request must have to mean it."""

    operation: "OperationModel"
    labels: tuple[str, ...]
    """Its path's labels, in order."""
    query: tuple[tuple[str, str], ...]
    """Literals that the query must hold, `uploads` or `list-type=2`."""
    required_query: tuple[str, ...]
    required_headers: tuple[str, ...]

    def rank(self, query: Mapping[str, str], headers: Mapping[str, str]) -> int:
        """How well a request fits, -1 when its literals are not there.

        A request that lacks a required parameter still fits, badly: it is answered that the parameter is missing
        when no other operation has the same path.
        """
        for name, value in self.query:
            if name not in query or (value and query[name] != value):
                return -1
        rank = 2 * len(self.query)
        present = sum(name in query for name in self.required_query)
        present += sum(name in headers for name in self.required_headers)
        if present < len(self.required_query) + len(self.required_headers):
            return rank
        return rank + 1 + 2 * present


class _Leaf:
    """The routes that share a path, by what their queries must hold."""

    __slots__ = ("_by_literal", "_others")

    def __init__(self) -> None:
        self._by_literal: dict[str, list[Route]] = {}
        self._others: list[Route] = []

    def add(self, route: Route) -> None:
        if route.query:
            self._by_literal.setdefault(route.query[0][0], []).append(route)
        else:
            self._others.append(route)

    def find(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Route | None:
        """The route that fits best."""
        best, best_rank = None, -1
        if query and self._by_literal:
            for name in query:
                for route in self._by_literal.get(name, ()):
                    rank = route.rank(query, headers)
                    if rank > best_rank:
                        best, best_rank = route, rank
        if len(self._others) == 1 and best is None:
            return self._others[0]
        for route in self._others:
            rank = route.rank(query, headers)
            if rank > best_rank:
                best, best_rank = route, rank
        return best


@dataclass(slots=True)
class _Node:
    """A path segment's place in the trie."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    greedy: list[tuple[tuple[str, ...], _Leaf]] = field(default_factory=list)
    """What ends in a greedy label: the literal segments that follow it, and the routes."""
    leaf: _Leaf | None = None


class RouteTable:
    """The compiled routes of one service."""

    def __init__(self, operations: "list[OperationModel]") -> None:
        self._roots: dict[str, _Node] = {}
        for operation in operations:
            self._add(operation)
        for root in self._roots.values():
            _sort_greedy(root)

    def find(
        self, method: str, raw_path: str, raw_query: str, headers: Mapping[str, str]
    ) -> "tuple[OperationModel, Labels] | None":
        """The operation that fits best and its path's labels, decoded; None when there is none."""
        root = self._roots.get(method)
        if root is None:
            return None
        segments = raw_path.split("/")[1:]
        query = parse_flags(raw_query)
        found = _find(root, segments, 0, [], query, headers)
        if found is None and segments and segments[-1] == "":
            found = _find(root, segments[:-1], 0, [], query, headers)
        if found is None:
            return None
        route, values = found
        return route.operation, dict(zip(route.labels, map(unquote, values), strict=True))

    def _add(self, operation: "OperationModel") -> None:
        path, _, literals = operation.uri.partition("?")
        node = self._roots.setdefault(operation.method, _Node())
        route = _route(operation, path, literals)
        segments = path.split("/")[1:]
        if segments and segments[-1] == "":
            segments.pop()
        for position, segment in enumerate(segments):
            if segment.endswith("+}"):
                suffix = tuple(segments[position + 1 :])
                leaf = next((leaf for known, leaf in node.greedy if known == suffix), None)
                if leaf is None:
                    leaf = _Leaf()
                    node.greedy.append((suffix, leaf))
                leaf.add(route)
                return
            if segment.startswith("{"):
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.literals.setdefault(segment, _Node())
        node.leaf = node.leaf or _Leaf()
        node.leaf.add(route)


def _route(operation: "OperationModel", path: str, literals: str) -> Route:
    labels = tuple(part.split("}")[0].rstrip("+") for part in path.split("{")[1:])
    query = tuple((name, value) for name, _, value in (part.partition("=") for part in literals.split("&") if part))
    required_query = []
    required_headers = []
    if operation.input is not None:
        for name in operation.input.required:
            member = operation.input.members[name]
            if member.location == "querystring":
                required_query.append(member.location_name or name)
            elif member.location == "header":
                required_headers.append((member.location_name or name).lower())
    return Route(operation, labels, query, tuple(required_query), tuple(required_headers))


def _sort_greedy(node: _Node) -> None:
    node.greedy.sort(key=lambda entry: -len(entry[0]))
    for child in node.literals.values():
        _sort_greedy(child)
    if node.label is not None:
        _sort_greedy(node.label)


_Found = tuple[Route, list[str]]


def _find(
    node: _Node,
    segments: list[str],
    position: int,
    values: list[str],
    query: Mapping[str, str],
    headers: Mapping[str, str],
) -> _Found | None:
    if position == len(segments):
        route = None if node.leaf is None else node.leaf.find(query, headers)
        return None if route is None else (route, values)
    segment = segments[position]
    child = node.literals.get(segment)
    if child is not None and (found := _find(child, segments, position + 1, values, query, headers)):
        return found
    if (
        node.label is not None
        and segment
        and (found := _find(node.label, segments, position + 1, [*values, segment], query, headers))
    ):
        return found
    return _find_greedy(node, segments, position, values, query, headers)


def _find_greedy(
    node: _Node,
    segments: list[str],
    position: int,
    values: list[str],
    query: Mapping[str, str],
    headers: Mapping[str, str],
) -> _Found | None:
    for suffix, leaf in node.greedy:
        end = len(segments) - len(suffix)
        if end <= position or tuple(segments[end:]) != suffix:
            continue
        rest = "/".join(segments[position:end])
        if rest and (route := leaf.find(query, headers)) is not None:
            return route, [*values, rest]
    return None


def parse_flags(raw_query: str) -> dict[str, str]:
    """A query's parameters by name, the last of repeated ones; `?uploads` has an empty value."""
    if not raw_query:
        return {}
    flags = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        flags[unquoted(name)] = unquoted(value)
    return flags


def unquoted(text: str) -> str:
    """Text of a query, decoded; most of it needs no decoding."""
    return unquote_plus(text) if "%" in text or "+" in text else text
