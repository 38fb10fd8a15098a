"""Templates: text with references and directives, read once and rendered as often as wanted.

The language is Apache Velocity 1.7's, with its white space: a directive takes the line break after it along, and `#set`
the blanks before it when they stand right after a reference, a directive or a comment. `#parse` and
`#include` find no file, as no service has any.
AWS: https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from serein.kernel.velocity import nodes
from serein.kernel.velocity.errors import InvalidTemplate, TemplateFailed
from serein.kernel.velocity.expressions import Expressions, Reference
from serein.kernel.velocity.nodes import Expression, Macro, State, Statement
from serein.kernel.velocity.values import text_of

_TEXT = re.compile(r"[^$#\\]+")
_ESCAPES = re.compile(r"\\+")
_DIRECTIVE = re.compile(r"#(?:\{([a-zA-Z]\w*)\}|(@?[a-zA-Z]\w*))")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_COMMENT = re.compile(r"##[^\r\n]*(?:\r\n|\n|\r)?")
_MACRO = re.compile(r"#(?:macro|\{macro\})\s*\(\s*([a-zA-Z][\w-]*)")
_BLANKS = re.compile(r"[ \t]+\Z")
_NAME = re.compile(r"\s*\$?([a-zA-Z][\w-]*)")
_IN = re.compile(r"\s+in\s+")
_ENDS = frozenset({"end", "else", "elseif"})
_WORDS = frozenset({"set", "if", "foreach", "macro", "define", "evaluate", "stop", "break", "parse", "include"})
_LONGEST_SOURCE = 1024 * 1024


class Template:
    """A template that was read."""

    __slots__ = ("_block", "_macros")

    def __init__(self, block: Sequence[Statement], macros: dict[str, Macro]) -> None:
        self._block = block
        self._macros = macros

    def render(self, variables: dict[str, Any]) -> str:
        """The text; `variables` are changed by `#set`. Raises TemplateFailed."""
        return self.run(variables)[0]

    def run(self, variables: dict[str, Any]) -> tuple[str, nodes.Stop | None]:
        """The text, and the `#stop` or `#return` that ended it."""
        state = State(variables, dict(self._macros))
        end: nodes.Stop | None = None
        try:
            for statement in self._block:
                statement(state)
        except nodes.Stop as stop:
            end = stop
        except nodes.Break:
            pass
        except RecursionError as recursion:
            raise TemplateFailed("A value is nested too deep") from recursion
        return nodes.joined(state.out), end


@lru_cache(maxsize=1024)
def parse_template(source: str, has_return: bool = False) -> Template:
    """Read a template. `has_return` adds AppSync's `#return`. Raises InvalidTemplate."""
    if len(source) > _LONGEST_SOURCE:
        raise InvalidTemplate(f"The template is longer than {_LONGEST_SOURCE} characters")
    parser = _Parser(source, frozenset(_MACRO.findall(source)), {}, has_return)
    return Template(parser.whole(), parser.macros)


class _Parser(Expressions):
    """A reader of a template's text."""

    def __init__(
        self, source: str, names: frozenset[str], macros: dict[str, Macro], has_return: bool, depth: int = 0
    ) -> None:
        super().__init__(source, self._inner, depth)
        self.names = names
        self.macros = macros
        self.has_return = has_return
        self.is_string = False
        self.skips_comment = False

    def _inner(self, content: str, depth: int) -> Sequence[Statement]:
        if depth > 50:
            raise self.fail("something nested too deep")
        return _Parser(content, self.names, self.macros, self.has_return, depth).whole(is_string=True)

    def whole(self, is_string: bool = False) -> Sequence[Statement]:
        self.is_string = is_string
        block, end = self._block()
        if end:
            raise self.fail(f"'#{end}'")
        return block

    def _block(self) -> tuple[tuple[Statement, ...], str]:
        """Statements up to the directive that ends them, which is given too ("" at the text's end)."""
        self.deeper()
        block: list[Statement] = []
        text: list[str] = []
        end = ""
        while self.position < len(self.source):
            following = self.source[self.position]
            if following == "$":
                made: Statement | str = self._reference(0)
            elif following == "#":
                made = self._hash(text)
            elif following == "\\":
                made = self._escaped(text)
            else:
                found = _TEXT.match(self.source, self.position)
                made = found[0] if found else ""
                self.position += len(made)
            if isinstance(made, _End):
                end = made
                break
            if isinstance(made, str):
                text.append(made)
                continue
            _flush(text, block)
            block.append(made)
        _flush(text, block)
        self.depth -= 1
        return tuple(block), end

    def _reference(self, escapes: int) -> Statement | str:
        reference = self.find_reference()
        if reference is None:
            return "\\" * escapes + self._lone("$")
        if self.source.startswith("##", self.position) and self._ends_in_property(reference):
            self.skips_comment = True
        literal = reference.source
        if reference.is_quiet and not escapes:
            literal = ""
        return nodes.written(reference.expression(), literal, "" if reference.steps else reference.name, escapes)

    def _ends_in_property(self, reference: Reference) -> bool:
        """AWS: Velocity doesn't see the comment in `$a.b##c`, but does in `$a##c`, `${a.b}##c` and `$a.b()##c`."""
        is_property = reference.target is not None and reference.target[0] == "property"
        return is_property and not reference.source.endswith("}")

    def _lone(self, sign: str) -> str:
        """A sign that begins nothing. AWS: Velocity can't read one at the end, and loses a `$` before a directive."""
        self.position += 1
        if self.position == len(self.source) and not self.is_string:
            raise self.fail()
        if sign == "$" and self.source.startswith("#", self.position):
            directive = _DIRECTIVE.match(self.source, self.position)
            is_comment = self.source.startswith(("##", "#*"), self.position)
            if is_comment or (directive and self._is_known(directive[1] or directive[2])):
                return ""
        return sign

    def _escaped(self, text: list[str]) -> Statement | str:
        found = _ESCAPES.match(self.source, self.position)
        slashes = found[0] if found else ""
        self.position += len(slashes)
        if self.source.startswith("$", self.position):
            return self._reference(len(slashes))
        directive = _DIRECTIVE.match(self.source, self.position)
        if directive is None or not self._is_known(directive[1] or directive[2]):
            return slashes
        if len(slashes) % 2 == 0:
            return slashes[: len(slashes) // 2]
        self.position = directive.end()
        return slashes[: len(slashes) // 2] + directive[0]

    def _is_known(self, name: str) -> bool:
        is_return = name == "return" and self.has_return
        return name in _WORDS or name in _ENDS or name.removeprefix("@") in self.names or is_return

    def _hash(self, text: list[str]) -> Statement | str:
        source, start = self.source, self.position
        if self.skips_comment:
            self.skips_comment = False
            self.position += 1
            return "#"
        if source.startswith("##", start):
            found = _COMMENT.match(source, start)
            self.position = found.end() if found else len(source)
            return ""
        for opened, closed in (("#*", "*#"), ("#[[", "]]#")):
            if source.startswith(opened, start):
                end = source.find(closed, start + len(opened))
                if end < 0:
                    raise self.fail(f"a {opened} without an end")
                self.position = end + len(closed)
                return source[start + 3 : end] if opened == "#[[" else ""
        directive = _DIRECTIVE.match(source, start)
        if directive is None:
            return self._lone("#")
        name = directive[1] or directive[2]
        if not self._is_known(name):
            return self._unknown(directive)
        self.position = directive.end()
        return self._directive(name, text)

    def _unknown(self, directive: re.Match[str]) -> str:
        """What looks like a directive and is none stands as it is, its arguments too."""
        self.position = directive.end()
        if self.source.startswith("(", self.position):
            start, depth = self.position, 0
            for position in range(start, min(len(self.source), start + 1000)):
                depth += {"(": 1, ")": -1}.get(self.source[position], 0)
                if depth == 0:
                    self.position = position + 1
                    break
        return self.source[directive.start() : self.position]

    def _directive(self, name: str, text: list[str]) -> Statement | str:
        if name in _ENDS:
            if name != "elseif":
                self._end_line()
            return _End(name)
        if name in ("stop", "break"):
            return nodes.stop if name == "stop" else nodes.leave
        if name in self.names or name.startswith("@"):
            return self._macro_call(name)
        if name == "return":
            return self._return()
        self.expect("(")
        readers: dict[str, Callable[[], Statement | str]] = {
            "if": self._if,
            "foreach": self._foreach,
            "macro": self._macro,
            "define": self._define,
            "evaluate": self._evaluate,
        }
        reader = readers.get(name)
        if name == "set":
            if text and _BLANKS.fullmatch(text[-1]):
                text.pop()
            return self._set()
        return self._file(name) if reader is None else reader()

    def _end_line(self) -> None:
        found = _REST_OF_LINE.match(self.source, self.position)
        if found:
            self.position = found.end()

    def _close(self) -> None:
        self.expect(")")
        self._end_line()

    def _body(self) -> Sequence[Statement]:
        """A block up to its `#end`."""
        block, end = self._block()
        if end != "end":
            raise self.fail(f"'#{end}'" if end else "")
        return block

    def _set(self) -> Statement:
        self.space()
        reference = self.find_reference()
        if reference is None:
            raise self.fail()
        self.expect("=")
        value = self.expression()
        self._close()
        if reference.target is None:
            return nodes.assignment(reference.name, (), None, value)
        if reference.target[0] == "method":
            raise self.fail("an assignment to a method's result")
        return nodes.assignment(reference.name, reference.steps[:-1], reference.target, value)

    def _if(self) -> Statement:
        test = self.expression()
        self._close()
        branches: list[tuple[Expression, Sequence[Statement]]] = []
        while True:
            block, end = self._block()
            branches.append((test, block))
            if end == "elseif":
                self.expect("(")
                test = self.expression()
                self._close()
                continue
            if end == "else":
                return nodes.condition(branches, self._body())
            if end != "end":
                raise self.fail()
            return nodes.condition(branches, ())

    def _name(self) -> str:
        found = _NAME.match(self.source, self.position)
        if found is None:
            raise self.fail()
        self.position = found.end()
        return found[1]

    def _foreach(self) -> Statement:
        self.space()
        reference = self.find_reference()
        found = _IN.match(self.source, self.position)
        if reference is None or reference.steps or found is None:
            raise self.fail()
        self.position = found.end()
        source = self.primary()
        self._close()
        return nodes.loop(reference.name, source, self._body())

    def _macro(self) -> str:
        name = self._name()
        parameters: list[str] = []
        while not self.accept(")"):
            self.accept(",")
            self.space()
            if not self.source.startswith("$", self.position):
                raise self.fail()
            parameters.append(self._name())
        self._end_line()
        self.macros[name] = Macro(parameters, self._body())
        return ""

    def _macro_call(self, name: str) -> Statement | str:
        has_body = name.startswith("@")
        name = name.removeprefix("@")
        if not self.source.startswith("(", self.position):
            if has_body:
                raise self.fail()
            return "#" + name
        self.position += 1
        arguments: list[tuple[Expression, str]] = []
        while not self.accept(")"):
            self.accept(",")
            self.space()
            start = self.position
            argument = self.primary()
            arguments.append((argument, self.source[start : self.position]))
        self._end_line()
        return nodes.macro_call(name, arguments, self._body() if has_body else None)

    def _define(self) -> Statement:
        self.space()
        reference = self.find_reference()
        if reference is None or reference.steps:
            raise self.fail()
        self._close()
        return nodes.assignment(reference.name, (), None, nodes.constant(nodes.Definition(self._body())))

    def _evaluate(self) -> Statement:
        source = self.primary()
        self._close()
        has_return = self.has_return

        def evaluate(state: State) -> None:
            text = source(state)
            if text is None:
                return
            inner = parse_template(text_of(text), has_return)
            state.macros.update(inner._macros)
            state.enter()
            try:
                for statement in inner._block:
                    statement(state)
            finally:
                state.depth -= 1

        return evaluate

    def _file(self, name: str) -> Statement:
        source = self.primary()
        self._close()

        def refuse(state: State) -> None:
            raise TemplateFailed(f"#{name}: Unable to find resource '{text_of(source(state))}'")

        return refuse

    def _return(self) -> Statement:
        value: Expression = nodes.constant(None)
        if self.source.startswith("(", self.position):
            self.position += 1
            if not self.accept(")"):
                value = self.expression()
                self._close()
        return nodes.returned(value)


class _End(str):
    """The directive that ends a block."""

    __slots__ = ()


def _flush(text: list[str], block: list[Statement]) -> None:
    content = "".join(text)
    text.clear()
    if content:
        block.append(nodes.text(content))
