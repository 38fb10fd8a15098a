"""The reader of paths: from text to steps that find values."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from serein.kernel.jsonpath.explanations import explain
from serein.kernel.jsonpath.operations import MISSING, OPERATIONS, PathNotFound, applied, find_child

Step = Callable[[Any, Any], Iterator[Any]]
"""From a value and the document's root to what the step finds; nothing when it isn't there."""
Predicate = Callable[[Any, Any], bool]
Operand = Callable[[Any, Any], Any]

_NAME = re.compile(r"[^.\[\]()'\"\s,?@]+")
_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*""", re.DOTALL)
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")
_INDEXES = re.compile(r"\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_FUNCTION = re.compile(r"(length|size|min|max|avg|sum|stddev|keys|first|last|index|concat|append)\(([^()]*)\)")
_OPERATOR = re.compile(r"\s*(==|!=|<>|<=|>=|=~|<|>|(?:in|nin|subsetof|anyof|noneof|contains|size|empty)\b)\s*", re.I)
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b")
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/([imsxU]*)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DEEPEST = 50
_LONGEST_INDEX = 18


class InvalidPath(ValueError):
    """The text is no path; the message says where."""


class JsonPath:
    """A path that was read."""

    __slots__ = ("_steps", "functions", "is_definite", "keys", "text")

    def __init__(self, text: str, steps: Sequence["_Step"], functions: Sequence[tuple[str, list[Any]]]) -> None:
        self.text = text
        self._steps = steps
        self.functions = functions
        """The functions at its end, with their arguments."""
        self.is_definite = all(step.is_definite or (step.is_object and step is steps[-1]) for step in steps)
        keys = tuple(step.key for step in steps)
        self.keys = keys if all(step.is_definite for step in steps) and not functions else None
        """The names and indexes of a path that has nothing else; None of any other."""

    def read(self, document: Any) -> Any:
        """What the path finds: a value of a definite path, else a list. Raises PathNotFound, InvalidPath."""
        if self.keys is not None:
            value = document
            for key in self.keys:
                value = find_child(value, key)
                if value is MISSING:
                    raise PathNotFound(explain(self.keys, document))
            return value
        found = self._read(document)
        for name, arguments in self.functions:
            found = applied(name, arguments, found, self.is_definite)
        return found

    def find(self, document: Any, default: Any = None) -> Any:
        """The same, or `default` where a definite path finds nothing."""
        try:
            return self.read(document)
        except PathNotFound:
            return default

    def _read(self, document: Any) -> Any:
        values = [document]
        is_certain = True
        for step in self._steps:
            values = [found for value in values for found in step.run(value, document)]
            is_certain = is_certain and step.is_definite
            if is_certain and not values:
                raise PathNotFound(f"No results for path: {self.text}")
        if self.is_definite and not values:
            raise PathNotFound(f"No results for path: {self.text}")
        return values[0] if self.is_definite else values


class _Step:
    __slots__ = ("is_definite", "is_object", "key", "run")

    def __init__(self, run: Step, key: Any = None, is_definite: bool = False, is_object: bool = False) -> None:
        self.run = run
        self.key = key
        self.is_definite = is_definite
        self.is_object = is_object


@lru_cache(maxsize=4096)
def parse_path(text: str) -> JsonPath:
    """Read a path; one without `$` starts at the root too. Raises InvalidPath."""
    stripped = text.strip()
    if not stripped:
        raise InvalidPath("path can not be null or empty")
    if stripped[0] not in "$@":
        stripped = "$." + stripped
    reader = _Reader(stripped)
    path = reader.path()
    if reader.position != len(stripped):
        raise reader.fail()
    return path


def _only(key: Any) -> _Step:
    def run(value: Any, _: Any) -> Iterator[Any]:
        found = find_child(value, key)
        if found is not MISSING:
            yield found

    return _Step(run, key, is_definite=True)


def _several(keys: Sequence[Any]) -> _Step:
    def run(value: Any, _: Any) -> Iterator[Any]:
        yield from (found for key in keys if (found := find_child(value, key)) is not MISSING)

    return _Step(run)


def _object(names: Sequence[str]) -> _Step:
    def run(value: Any, _: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield {name: value[name] for name in names if name in value}

    return _Step(run, names, is_object=True)


def _children(value: Any, _: Any = None) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _slice(first: int | None, last: int | None) -> _Step:
    def run(value: Any, _: Any) -> Iterator[Any]:
        if isinstance(value, list):
            yield from value[first:last]

    return _Step(run)


def _filter(predicate: Predicate) -> _Step:
    def run(value: Any, root: Any) -> Iterator[Any]:
        candidates = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        yield from (each for each in candidates if predicate(each, root))

    return _Step(run)


def _descent(step: _Step) -> _Step:
    """The step for a value and everything below it."""

    def run(value: Any, root: Any) -> Iterator[Any]:
        pending = [value]
        while pending:
            current = pending.pop()
            if isinstance(current, dict | list):
                yield from step.run(current, root)
                pending.extend(reversed(list(_children(current))))

    return _Step(run)


class _Reader:
    """A reader of a path's text at a position that moves on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def fail(self) -> InvalidPath:
        return InvalidPath(f"Could not parse token starting at position {self.position}: {self.text[:200]}")

    def accept(self, token: str) -> bool:
        while self.text.startswith((" ", "\t", "\n", "\r"), self.position):
            self.position += 1
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise self.fail()

    def path(self) -> JsonPath:
        """The path that starts here with `$` or `@`."""
        start = self.position
        self.position += 1
        steps: list[_Step] = []
        functions: list[tuple[str, list[Any]]] = []
        while step := self._step(functions):
            if functions:
                raise self.fail()
            if steps and steps[-1].is_object:
                steps[-1] = _several(steps[-1].key)
            steps.append(step)
        return JsonPath(self.text[start : self.position], tuple(steps), tuple(functions))

    def _step(self, functions: list[tuple[str, list[Any]]]) -> _Step | None:
        if self.text.startswith("..", self.position):
            self.position += 2
            step = self._bracket() if self.text.startswith("[", self.position) else self._name()
            return _descent(step)
        if self.text.startswith(".", self.position):
            self.position += 1
            while found := _FUNCTION.match(self.text, self.position):
                self.position = found.end()
                functions.append((found[1], self._arguments(found[2])))
                if not self.text.startswith(".", self.position):
                    return None
                self.position += 1
            return self._bracket() if self.text.startswith("[", self.position) else self._name()
        return self._bracket() if self.text.startswith("[", self.position) else None

    def _arguments(self, text: str) -> list[Any]:
        try:
            return list(json.loads(f"[{text}]"))
        except ValueError as error:
            raise self.fail() from error

    def _name(self) -> _Step:
        if self.text.startswith("*", self.position):
            self.position += 1
            return _Step(_children)
        found = _NAME.match(self.text, self.position)
        if found is None:
            raise self.fail()
        self.position = found.end()
        return _only(found[0])

    def _bracket(self) -> _Step:
        self.expect("[")
        if self.accept("*"):
            self.expect("]")
            return _Step(_children)
        if self.accept("?"):
            self.expect("(")
            predicate = self._either()
            self.expect(")")
            self.expect("]")
            return _filter(predicate)
        if found := _INDEXES.match(self.text, self.position):
            self.position = found.end()
            indexes = [self._integer(index) for index in found[1].split(",")]
            return _only(indexes[0]) if len(indexes) == 1 else _several(indexes)
        if found := _SLICE.match(self.text, self.position):
            self.position = found.end()
            first, last = (self._integer(bound) if bound else None for bound in found.groups())
            return _slice(first, last)
        names = [self._quoted()]
        while self.accept(","):
            names.append(self._quoted())
        self.expect("]")
        if len(names) == 1:
            return _only(names[0])
        return _object(names)

    def _integer(self, digits: str) -> int:
        if len(digits) > _LONGEST_INDEX:
            raise self.fail()
        return int(digits)

    def _quoted(self) -> str:
        found = _QUOTED.match(self.text, self.position)
        if found is None:
            raise self.fail()
        self.position = found.end()
        return _ESCAPED.sub(r"\1", found[1] if found[1] is not None else found[2])

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self.accept("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda value, root: any(part(value, root) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._test()]
        while self.accept("&&"):
            parts.append(self._test())
        return parts[0] if len(parts) == 1 else lambda value, root: all(part(value, root) for part in parts)

    def _test(self) -> Predicate:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.fail()
        try:
            if self.accept("!"):
                inner = self._test()
                return lambda value, root: not inner(value, root)
            if self.accept("("):
                inner = self._either()
                self.expect(")")
                return inner
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Predicate:
        left, is_path = self._operand()
        found = _OPERATOR.match(self.text, self.position)
        if found is None:
            if not is_path:
                raise self.fail()
            return lambda value, root: left(value, root) is not MISSING
        self.position = found.end()
        right, _ = self._operand()
        operation = OPERATIONS[found[1].lower()]
        return lambda value, root: operation(left(value, root), right(value, root))

    def _operand(self) -> tuple[Operand, bool]:
        self.accept("")
        following = self.text[self.position : self.position + 1]
        if following and following in "@$":
            path = self.path()
            if following == "@":
                return (lambda value, _: path.find(value, MISSING)), True
            return (lambda _, root: path.find(root, MISSING)), True
        literal = self._literal(following)
        return (lambda _value, _root: literal), False

    def _literal(self, following: str) -> Any:
        if following in ("'", '"'):
            return self._quoted()
        if following == "[":
            return self._list()
        if found := _REGEX.match(self.text, self.position):
            self.position = found.end()
            flags = "".join(flag for flag in dict.fromkeys(found[2]) if flag != "U")
            try:
                return re.compile(f"(?{flags}){found[1]}" if flags else found[1])
            except (re.error, RecursionError, OverflowError) as error:
                raise InvalidPath(f"{error} in the regular expression {found[1]}") from error
        found = _LITERAL.match(self.text, self.position)
        if found is None:
            raise self.fail()
        self.position = found.end()
        try:
            return json.loads(found[0])
        except ValueError as error:
            raise self.fail() from error

    def _list(self) -> list[Any]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.fail()
        self.expect("[")
        items: list[Any] = []
        while not self.accept("]"):
            if items:
                self.expect(",")
            self.accept("")
            items.append(self._literal(self.text[self.position : self.position + 1]))
        self.depth -= 1
        return items
