"""The parser of references and expressions: what stands after `$`, and inside of a directive's parentheses."""

import re
from collections.abc import Callable, Sequence

from serein.kernel.velocity import nodes
from serein.kernel.velocity.errors import InvalidTemplate
from serein.kernel.velocity.nodes import Expression, Statement, Step

_SPACE = re.compile(r"\s*")
IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]*")
_REFERENCE = re.compile(r"\$(!?)(\{?)([a-zA-Z][a-zA-Z0-9_-]*)")
_STRING = re.compile(r'"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'')
_NUMBER = re.compile(r"-?(\d+\.(?!\.)\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|-?\d+")
_WORD = re.compile(r"(true|false)(?![a-zA-Z0-9_-])")
_NOT = re.compile(r"!(?!=)|not(?![a-zA-Z0-9_-])")
# From the loosest to the tightest; a minus before a digit is the digit's sign, as in Velocity's lexer.
_LEVELS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\|\||or(?![\w-])",
        r"&&|and(?![\w-])",
        r"==|!=|(?:eq|ne)(?![\w-])",
        r"<=|>=|<|>|(?:lt|le|gt|ge)(?![\w-])",
        r"\+|-(?!\d)",
        r"[*/%]",
    )
)
_SYNONYMS = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_DEEPEST = 50
_LONGEST_NUMBER = 300


class Reference:
    """A reference as it was read: its name, its steps, its source text."""

    __slots__ = ("is_quiet", "name", "source", "steps", "target")

    def __init__(self, name: str, steps: list[Step], target: tuple[str, object] | None, is_quiet: bool, source: str):
        self.name = name
        self.steps = steps
        self.target = target
        self.is_quiet = is_quiet
        self.source = source

    def expression(self) -> Expression:
        return nodes.reference(self.name, self.steps)


class Expressions:
    """A reader of one text at a position that moves on."""

    def __init__(self, source: str, block_of: Callable[[str, int], Sequence[Statement]], depth: int = 0) -> None:
        """`block_of` reads the inside of an interpolated string."""
        self.source = source
        self.position = 0
        self.depth = depth
        self.block_of = block_of

    def fail(self, what: str = "") -> InvalidTemplate:
        line = self.source.count("\n", 0, self.position) + 1
        column = self.position - self.source.rfind("\n", 0, self.position)
        found = what or repr(self.source[self.position : self.position + 10] or "<EOF>")
        return InvalidTemplate(f"Encountered {found} at line {line}, column {column}")

    def space(self) -> None:
        found = _SPACE.match(self.source, self.position)
        self.position = found.end() if found else self.position

    def accept(self, token: str) -> bool:
        """Go over a token, and white space before it, when it is there."""
        self.space()
        if not self.source.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise self.fail()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.fail("something nested too deep")

    def find_reference(self) -> Reference | None:
        """The reference that starts here, or None when here is none."""
        found = _REFERENCE.match(self.source, self.position)
        if found is None:
            return None
        start = self.position
        self.position = found.end()
        steps: list[Step] = []
        target: tuple[str, object] | None = None
        while step := self._find_step():
            steps.append(step[0])
            target = step[1]
        if found[2]:
            if not self.source.startswith("}", self.position):
                raise self.fail()
            self.position += 1
        return Reference(found[3], steps, target, bool(found[1]), self.source[start : self.position])

    def _find_step(self) -> tuple[Step, tuple[str, object]] | None:
        source = self.source
        if source.startswith("[", self.position):
            self.position += 1
            self.deeper()
            index = self.primary()
            self.depth -= 1
            self.expect("]")
            return nodes.index_step(index), ("index", index)
        if not source.startswith(".", self.position):
            return None
        found = IDENTIFIER.match(source, self.position + 1)
        if found is None:
            return None
        self.position = found.end()
        if not source.startswith("(", self.position):
            return nodes.property_step(found[0]), ("property", found[0])
        self.position += 1
        return nodes.method_step(found[0], self._elements(")")), ("method", found[0])

    def _elements(self, end: str) -> list[Expression]:
        self.deeper()
        elements: list[Expression] = []
        if not self.accept(end):
            elements.append(self.primary())
            while not self.accept(end):
                self.expect(",")
                elements.append(self.primary())
        self.depth -= 1
        return elements

    def expression(self, level: int = 0) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        self.space()
        start = self.position
        left = self.expression(level + 1)
        while True:
            end = self.position
            self.space()
            found = _LEVELS[level].match(self.source, self.position)
            if found is None:
                self.position = end
                return left
            self.position = found.end()
            self.space()
            middle = self.position
            right = self.expression(level + 1)
            sources = (self.source[start:end], self.source[middle : self.position].rstrip())
            left = nodes.binary(_SYNONYMS.get(found[0], found[0]), left, right, sources)

    def _unary(self) -> Expression:
        self.space()
        found = _NOT.match(self.source, self.position)
        if found is None:
            return self.primary()
        self.position = found.end()
        self.deeper()
        operand = self._unary()
        self.depth -= 1
        return nodes.negated(operand)

    def primary(self) -> Expression:
        """A value: a literal, a reference, or an expression in parentheses."""
        self.space()
        following = self.source[self.position : self.position + 1]
        if following == "$":
            reference = self.find_reference()
            if reference is None:
                raise self.fail()
            return reference.expression()
        if following in ('"', "'"):
            return self._string()
        if following in ("(", "[", "{"):
            self.position += 1
            self.deeper()
            value = self._grouped(following)
            self.depth -= 1
            return value
        found = _NUMBER.match(self.source, self.position) or _WORD.match(self.source, self.position)
        if found is None or len(found[0]) > _LONGEST_NUMBER:
            raise self.fail()
        self.position = found.end()
        if found.re is _WORD:
            return nodes.constant(found[0] == "true")
        return nodes.constant(float(found[0]) if found[1] else int(found[0]))

    def _grouped(self, opened: str) -> Expression:
        if opened == "(":
            value = self.expression()
            self.expect(")")
            return value
        return self._list() if opened == "[" else self._map()

    def _string(self) -> Expression:
        found = _STRING.match(self.source, self.position)
        if found is None:
            raise self.fail("a text without an end")
        self.position = found.end()
        if found[2] is not None:
            return nodes.constant(found[2].replace("''", "'"))
        content = found[1].replace('""', '"')
        if "$" in content or "#" in content:
            return nodes.interpolated(self.block_of(content, self.depth + 1))
        return nodes.constant(content)

    def _list(self) -> Expression:
        if self.accept("]"):
            return nodes.list_of([])
        first = self.primary()
        if self.accept(".."):
            last = self.primary()
            self.expect("]")
            return nodes.range_of(first, last)
        elements = [first]
        while not self.accept("]"):
            self.expect(",")
            elements.append(self.primary())
        return nodes.list_of(elements)

    def _map(self) -> Expression:
        pairs: list[tuple[Expression, Expression]] = []
        if self.accept("}"):
            return nodes.map_of(pairs)
        while True:
            key = self.primary()
            self.expect(":")
            pairs.append((key, self.primary()))
            if self.accept("}"):
                return nodes.map_of(pairs)
            self.expect(",")
