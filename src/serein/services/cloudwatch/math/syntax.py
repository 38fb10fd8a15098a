"""Parses metric math into a tree."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from serein.services.cloudwatch.errors import ValidationError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"OR"}),
    frozenset({"AND"}),
    frozenset({"==", "!=", "<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)
"""Operators, from those that bind least on."""
_MOST_NESTED = 40
_MOST_OPERATORS = 250
_WORDS = {"&&": "AND", "||": "OR", "AND": "AND", "OR": "OR"}


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another query, or a word that a function knows (`REPEAT`)."""

    id: str


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with two sides, or `-` with a left side of 0."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Array:
    items: "tuple[Node, ...]"


Node = Number | Name | Text | Operation | Function | Array


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Node:
    """Parse an expression. Raises ValidationError."""
    reader = _Reader(_tokens(text))
    node = reader.operation(0)
    reader.require_end()
    return node


def names_in(node: Node) -> set[str]:
    """The names of an expression that aren't functions."""
    match node:
        case Name(id):
            return {id}
        case Operation(_, left, right):
            return names_in(left) | names_in(right)
        case Function(_, items) | Array(items):
            return set().union(*map(names_in, items))
        case _:
            return set()


def functions_in(node: Node) -> set[str]:
    """The functions that an expression uses."""
    match node:
        case Operation(_, left, right):
            return functions_in(left) | functions_in(right)
        case Function(name, items):
            return {name}.union(*map(functions_in, items))
        case Array(items):
            return set().union(*map(functions_in, items))
        case _:
            return set()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValidationError(f"Unexpected character '{text[place:].lstrip()[:1]}'")
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
        place = found.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._operators = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _require(self, sign: str) -> None:
        kind, text = self._take()
        if (kind, text) != ("sign", sign):
            raise ValidationError(f"Expected '{sign}'" + (f" instead of '{text}'" if text else ""))

    def require_end(self) -> None:
        kind, text = self._peek()
        if kind != "end":
            raise ValidationError(f"Unexpected '{text}'")

    def operation(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        left = self.operation(level + 1)
        while True:
            kind, text = self._peek()
            operator = _WORDS.get(text.upper(), text) if kind in ("name", "sign") else ""
            if operator not in _LEVELS[level]:
                return left
            self._take()
            self._operators += 1
            if self._operators > _MOST_OPERATORS:
                raise ValidationError("The expression has too many operators")
            left = Operation(operator, left, self.operation(level + 1))

    def _signed(self) -> Node:
        kind, text = self._peek()
        if kind == "sign" and text in "+-":
            self._take()
            inner = self._nested(self._signed)
            return inner if text == "+" else Operation("-", Number(0.0), inner)
        base = self._primary()
        if self._peek() == ("sign", "^"):
            self._take()
            return Operation("^", base, self._nested(self._signed))
        return base

    def _nested(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise ValidationError("The expression is nested too deeply")
        node = read()
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        kind, text = self._take()
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Text(text[1:-1])
        if kind == "name":
            if self._peek() == ("sign", "("):
                self._take()
                return Function(text.upper(), self._items(")"))
            return Name(text)
        if (kind, text) == ("sign", "("):
            node = self._nested(lambda: self.operation(0))
            self._require(")")
            return node
        if (kind, text) == ("sign", "["):
            return Array(self._items("]"))
        raise ValidationError(f"Unexpected '{text}'" if text else "Unexpected end of the expression")

    def _items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._peek() == ("sign", closing):
            self._take()
            return ()
        while True:
            items.append(self._nested(lambda: self.operation(0)))
            if self._peek() == ("sign", ","):
                self._take()
                continue
            self._require(closing)
            return tuple(items)
