"""The resource tree of an API: which method a path and a verb mean.

AWS: a literal part is preferred to a variable, a variable to a greedy one; a resource without the verb (and without
ANY) is passed over in favour of one that has it.
"""

from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
ANY = "ANY"


class _Node(Generic[T]):
    __slots__ = ("greedy", "greedy_name", "literals", "name", "variable", "verbs")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.variable: _Node[T] | None = None
        self.name = ""
        self.greedy: _Node[T] | None = None
        self.greedy_name = ""
        self.verbs: dict[str, T] = {}

    def find(self, verb: str) -> T | None:
        found = self.verbs.get(verb)
        return found if found is not None else self.verbs.get(ANY)


class ResourceTree(Generic[T]):
    """Finds what was added for a path and a verb."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, path: str, verb: str, target: T) -> None:
        """Add a resource's method; `path` is the resource's (`/pets/{id}`)."""
        node = self._root
        for part in parts_of(path):
            if part.startswith("{") and part.endswith("+}"):
                node.greedy = node.greedy or _Node()
                node.greedy_name = part[1:-2]
                node = node.greedy
            elif part.startswith("{") and part.endswith("}"):
                node.variable = node.variable or _Node()
                node.name = part[1:-1]
                node = node.variable
            else:
                node = node.literals.setdefault(part, _Node())
        node.verbs[verb] = target

    def find(self, path: str, verb: str) -> tuple[T, dict[str, str]] | None:
        """The target and the path's parameters, decoded; `path` is percent-encoded. A slash at its end is ignored."""
        parameters: dict[str, str] = {}
        found = _find(self._root, parts_of(path), 0, verb, parameters)
        return None if found is None else (found, parameters)


def parts_of(path: str) -> list[str]:
    if path.endswith("/"):
        path = path[:-1]
    return path.split("/")[1:]


def _find(node: _Node[T], parts: list[str], at: int, verb: str, parameters: dict[str, str]) -> T | None:
    if at == len(parts):
        return node.find(verb)
    part = parts[at]
    if "%" in part:
        part = unquote(part)
    child = node.literals.get(part)
    if child is not None and (found := _find(child, parts, at + 1, verb, parameters)) is not None:
        return found
    child = node.variable
    if child is not None and part and (found := _find(child, parts, at + 1, verb, parameters)) is not None:
        parameters[node.name] = part
        return found
    if node.greedy is None or (found := node.greedy.find(verb)) is None:
        return None
    rest = "/".join(parts[at:])
    if not rest:
        return None
    parameters[node.greedy_name] = unquote(rest)
    return found
