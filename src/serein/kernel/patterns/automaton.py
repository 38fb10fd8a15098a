"""All patterns of a bus as one automaton: an event runs through it once, whatever the number of patterns.

The states form a tree. From a state, a path leads on through an index of the values that patterns want there: exact
values, prefixes and suffixes are found by look-up, the rest is tried one by one. Patterns that begin alike share
states. The idea is that of AWS's own matcher (https://github.com/aws/event-ruler); what differs is the index, which
in Python is best a dictionary instead of a machine over bytes.

AWS: fields of objects in an array have to be those of the same element ("JSON array matching" there).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from serein.kernel.patterns.language import Alternative, Clause, number_key, parse_object, parse_pattern
from serein.kernel.patterns.leaves import test_of

Places = dict[int, int] | None
"""In which element of which arrays a value is; None outside of arrays."""
_EXACT_ONLY = frozenset({"exact"})


class _Value(NamedTuple):
    value: Any
    key: Any
    places: Places


Fields = dict[str, list[_Value]]


class _State:
    __slots__ = ("absent", "children", "fields", "labels")

    def __init__(self) -> None:
        self.labels: list[Hashable] = []
        self.fields: dict[str, _Index] = {}
        self.absent: list[tuple[str, _State]] = []
        self.children: dict[tuple[str, tuple[Alternative, ...]], _State] = {}


class _Index:
    """Where a value of one path leads to."""

    __slots__ = ("edges", "exact", "folded", "present", "tested")

    def __init__(self) -> None:
        self.exact: dict[Any, list[_State]] = {}
        self.folded: dict[str, list[_State]] = {}
        self.edges: dict[tuple[str, int], dict[str, list[_State]]] = {}
        """By kind of edge and its length."""
        self.tested: list[tuple[Callable[[Any], bool], _State]] = []
        self.present: list[_State] = []

    def add(self, alternative: Alternative, state: _State) -> None:
        kind, operand = alternative
        if kind == "exact":
            self.exact.setdefault(operand, []).append(state)
        elif kind == "fold":
            self.folded.setdefault(operand, []).append(state)
        elif kind in ("prefix", "suffix", "prefix-fold", "suffix-fold"):
            self.edges.setdefault((kind, len(operand)), {}).setdefault(operand, []).append(state)
        elif kind == "exists":
            self.present.append(state)
        else:
            self.tested.append((test_of(alternative), state))

    def reached(self, value: Any, key: Any) -> Iterator[_State]:
        """The states that a value leads to; one may come twice."""
        yield from self.exact.get(key, ())
        yield from self.present
        if isinstance(value, str):
            if self.folded:
                yield from self.folded.get(value.lower(), ())
            for (kind, length), found in self.edges.items():
                text = value.lower() if kind.endswith("fold") else value
                edge = text[:length] if kind.startswith("prefix") else text[len(text) - length :]
                if len(text) >= length:
                    yield from found.get(edge, ())
        for test, state in self.tested:
            if test(value):
                yield state


class Automaton:
    """Labels of patterns, found by events. It doesn't change once it is built."""

    def __init__(self, patterns: Iterable[tuple[Hashable, list[Clause]]]) -> None:
        self._start = _State()
        self._leaves: set[str] = set()
        self._inner: set[str] = set()
        for label, clauses in patterns:
            for clause in clauses:
                self._add(label, clause)

    def matches(self, event: Any) -> list[Any]:
        """The labels of the patterns that an event matches, each once."""
        fields: Fields = {}
        if isinstance(event, dict):
            self._collect(event, "", None, fields, [0])
        found: dict[Hashable, None] = {}
        self._visit(self._start, fields, None, found, set())
        return list(found)

    def _add(self, label: Hashable, clause: Clause) -> None:
        state = self._start
        for path, alternatives in sorted(clause.items(), key=_rank):
            self._leaves.add(path)
            steps = path.split(".")
            self._inner.update(".".join(steps[:length]) for length in range(1, len(steps)))
            state = _child(state, path, alternatives)
        state.labels.append(label)

    def _collect(self, value: Any, path: str, places: Places, fields: Fields, arrays: list[int]) -> None:
        """Gather the values of the paths that patterns name."""
        if isinstance(value, dict):
            leaves, inner = self._leaves, self._inner
            for name, each in value.items():
                below = f"{path}.{name}" if path else name
                if below in inner or (below in leaves and not isinstance(each, dict)):
                    self._collect(each, below, places, fields, arrays)
        elif isinstance(value, list):
            arrays[0] += 1
            array = arrays[0]
            for number, each in enumerate(value):
                is_scalar = not isinstance(each, dict | list)
                self._collect(each, path, places if is_scalar else {**(places or {}), array: number}, fields, arrays)
        elif path in self._leaves:
            fields.setdefault(path, []).append(_Value(value, number_key(value), places))

    def _visit(
        self, state: _State, fields: Fields, places: Places, found: dict[Hashable, None], seen: set[int]
    ) -> None:
        if places is None:
            if id(state) in seen:
                return
            seen.add(id(state))
        for label in state.labels:
            found[label] = None
        for path, following in state.absent:
            if path not in fields:
                self._visit(following, fields, places, found, seen)
        indexes = state.fields
        for path in indexes if len(indexes) <= len(fields) else fields:
            if path not in indexes or path not in fields:
                continue
            reached = indexes[path].reached
            for value, key, where in fields[path]:
                for following in reached(value, key) if _is_consistent(places, where) else ():
                    self._visit(following, fields, _both(places, where), found, seen)


def _rank(condition: tuple[str, tuple[Alternative, ...]]) -> tuple[bool, str]:
    """Exact values first: they are looked up and select most."""
    path, alternatives = condition
    return {kind for kind, _ in alternatives} != _EXACT_ONLY, path


def _child(state: _State, path: str, alternatives: tuple[Alternative, ...]) -> _State:
    known = state.children.get((path, alternatives))
    if known is not None:
        return known
    child = state.children[path, alternatives] = _State()
    for kind, operand in alternatives:
        if kind == "exists" and not operand:
            state.absent.append((path, child))
        else:
            state.fields.setdefault(path, _Index()).add((kind, operand), child)
    return child


def _is_consistent(one: Places, other: Places) -> bool:
    """Whether two places can be of one element."""
    return one is None or other is None or all(one.get(array, number) == number for array, number in other.items())


def _both(one: Places, other: Places) -> Places:
    return one if other is None else other if one is None else one | other


def compile_object(pattern: Any) -> Callable[[Any], bool]:
    """The predicate of a decoded pattern. Raises InvalidPattern."""
    return _predicate(parse_object(pattern))


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Callable[[Any], bool]:
    """The predicate of a pattern given as JSON text. Raises InvalidPattern."""
    return _predicate(parse_pattern(text))


def _predicate(clauses: list[Clause]) -> Callable[[Any], bool]:
    automaton = Automaton([(True, clauses)])
    return lambda event: bool(automaton.matches(event))
