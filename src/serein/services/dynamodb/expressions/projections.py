"""Projections: the parts of an item that a request wants."""

from typing import Any

from serein.services.dynamodb.expressions.binding import Resolved, find_at
from serein.services.dynamodb.values import Item, Value


class Projection:
    """What to keep of items."""

    __slots__ = ("_names", "paths")

    def __init__(self, paths: list[Resolved]) -> None:
        """`paths` don't overlap."""
        self.paths = paths
        self._names: list[Any] | None = [path[0] for path in paths] if all(len(path) == 1 for path in paths) else None

    def apply(self, item: Item) -> Item:
        """The parts of an item that the paths name; list members keep their order and close up."""
        if self._names is not None:
            return {name: item[name] for name in self._names if name in item}
        kept: dict[Any, Any] = {}
        for path in self.paths:
            if find_at(item, path) is not None:
                _mark(kept, path)
        return {name: _pick(item[name], below) for name, below in kept.items()}


def _mark(kept: dict[Any, Any], path: Resolved) -> None:
    """Note a path in a tree of dicts; an empty dict means: all of it."""
    for part in path:
        kept = kept.setdefault(part, {})


def _pick(value: Value, below: dict[Any, Any]) -> Value:
    if not below:
        return value
    if "M" in value:
        return {"M": {name: _pick(value["M"][name], rest) for name, rest in below.items()}}
    return {"L": [_pick(value["L"][at], below[at]) for at in sorted(below)]}
