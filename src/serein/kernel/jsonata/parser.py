"""The parser of expressions: a top-down operator precedence parser (Pratt) that gives the tree as it is written."""

import copy
from collections.abc import Callable

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.signatures import parse_signature
from serein.kernel.jsonata.tokens import OPERATORS, Lexer, Token

_UNARY_MINUS = 70
_LITERALS = frozenset({"string", "number", "value", "regex", "name", "variable"})
_BINARY = frozenset({".", "+", "-", "*", "/", "%", "=", "<", ">", "!=", "<=", ">=", "&", "and", "or", "in", "~>"})


def parse(text: str, is_later: bool) -> Node:
    """The tree of an expression. Raises JsonataError."""
    parser = _Parser(text, is_later)
    tree = parser.expression(0)
    if parser.token.type != "end":
        raise JsonataError("S0201", parser.token.position, token=parser.token.value)
    return tree


class _Parser:
    def __init__(self, text: str, is_later: bool) -> None:
        self._lexer = Lexer(text, is_later)
        self.token = self._lexer.next(False)
        self._prefixes: dict[str, Callable[[Token], Node]] = {
            "-": self._minus,
            "*": lambda token: Node("wildcard", token.position, "*"),
            "**": lambda token: Node("descendant", token.position, "**"),
            "%": lambda token: Node("parent", token.position, "%"),
            "(": self._block,
            "[": self._array,
            "{": lambda token: self._object("unary", token, None),
            "|": self._transform,
        }
        self._infixes: dict[str, Callable[[Node, Token], Node]] = {
            "(": self._call,
            "[": self._predicate,
            "^": self._sort,
            "{": lambda left, token: self._object("binary", token, left),
            ":=": self._bind,
            "@": self._binding,
            "#": self._binding,
            "?": self._conditional,
            "?:": self._default,
            "??": self._coalesce,
        }

    def expression(self, binding: int) -> Node:
        token = self.token
        self._advance(True)
        left = self._prefixed(token)
        while binding < self._binding_power():
            token = self.token
            self._advance(False)
            left = self._infixed(left, token)
        return left

    def _binding_power(self) -> int:
        token = self.token
        is_infix = token.type == "operator" and (token.value in _BINARY or token.value in self._infixes)
        return OPERATORS[token.value] if is_infix else 0

    def _advance(self, is_after_value: bool) -> None:
        self.token = self._lexer.next(is_after_value)
        if self.token.type == "operator" and self.token.value in ("!", "~"):
            raise JsonataError("S0204", self.token.position, token=self.token.value)

    def _is(self, operator: str) -> bool:
        return self.token.type == "operator" and self.token.value == operator

    def _expect(self, operator: str, is_after_value: bool = False) -> None:
        if not self._is(operator):
            code = "S0203" if self.token.type == "end" else "S0202"
            raise JsonataError(code, self.token.position, value=operator, token=self.token.value)
        self._advance(is_after_value)

    def _accept(self, operator: str) -> bool:
        if not self._is(operator):
            return False
        self._advance(False)
        return True

    def _prefixed(self, token: Token) -> Node:
        if token.type in _LITERALS:
            return Node(token.type, token.position, token.value)
        if token.type == "end":
            raise JsonataError("S0207", token.position, token=token.value)
        if token.value in ("and", "or", "in"):
            return Node("operator", token.position, token.value)
        prefix = self._prefixes.get(token.value)
        if prefix is None:
            raise JsonataError("S0211", token.position, token=token.value)
        return prefix(token)

    def _infixed(self, left: Node, token: Token) -> Node:
        infix = self._infixes.get(token.value)
        if infix is not None:
            return infix(left, token)
        right = self.expression(OPERATORS[token.value])
        return Node("binary", token.position, token.value, lhs=left, rhs=right)

    def _minus(self, token: Token) -> Node:
        return Node("unary", token.position, "-", expression=self.expression(_UNARY_MINUS))

    def _block(self, token: Token) -> Node:
        node = Node("block", token.position, "(")
        while not self._is(")"):
            node.expressions.append(self.expression(0))
            if not self._accept(";"):
                break
        self._expect(")", True)
        return node

    def _array(self, token: Token) -> Node:
        node = Node("unary", token.position, "[")
        while not self._is("]"):
            item = self.expression(0)
            if self._is(".."):
                position = self.token.position
                self._advance(False)
                item = Node("binary", position, "..", lhs=item, rhs=self.expression(0))
            node.expressions.append(item)
            if not self._accept(","):
                break
        self._expect("]", True)
        return node

    def _object(self, kind: str, token: Token, left: Node | None) -> Node:
        node = Node(kind, token.position, "{", lhs=left)
        while not self._is("}"):
            key = self.expression(0)
            self._expect(":")
            node.pairs.append((key, self.expression(0)))
            if not self._accept(","):
                break
        self._expect("}", True)
        return node

    def _transform(self, token: Token) -> Node:
        node = Node("transform", token.position, "|", pattern=self.expression(0))
        self._expect("|")
        node.update = self.expression(0)
        if self._accept(","):
            node.delete = self.expression(0)
        self._expect("|")
        return node

    def _call(self, left: Node, token: Token) -> Node:
        node = Node("function", token.position, "(", procedure=left)
        while not self._is(")"):
            if self._is("?"):
                node.type = "partial"
                node.arguments.append(Node("operator", self.token.position, "?"))
                self._advance(False)
            else:
                node.arguments.append(self.expression(0))
            if not self._accept(","):
                break
        self._expect(")", True)
        if left.type == "name" and left.value in ("function", "λ"):
            self._lambda(node)
        return node

    def _lambda(self, node: Node) -> None:
        for index, argument in enumerate(node.arguments):
            if argument.type != "variable":
                raise JsonataError("S0208", argument.position, token=argument.value, value=index + 1)
        node.type = "lambda"
        node.procedure = None
        if self._is("<"):
            node.signature = parse_signature(self._signature_text())
        self._expect("{")
        node.body = self.expression(0)
        self._expect("}", True)

    def _signature_text(self) -> str:
        text, depth = "", 0
        while self.token.type != "end" and not self._is("{"):
            depth += self._is("<") - self._is(">")
            text += str(self.token.value)
            self._advance(False)
            if depth == 0:
                break
        return text

    def _predicate(self, left: Node, token: Token) -> Node:
        if self._is("]"):
            step = left
            while step.type == "binary" and step.value == "[":
                step = step.lhs
            step.keep_array = True
            self._advance(True)
            return left
        right = self.expression(0)
        self._expect("]", True)
        return Node("binary", token.position, "[", lhs=left, rhs=right)

    def _sort(self, left: Node, token: Token) -> Node:
        self._expect("(")
        node = Node("binary", token.position, "^", lhs=left)
        while True:
            is_descending = self._is(">")
            if self._is("<") or is_descending:
                self._advance(False)
            term = Node("term", self.token.position, is_descending=is_descending, expression=self.expression(0))
            node.terms.append(term)
            if not self._accept(","):
                break
        self._expect(")", True)
        return node

    def _bind(self, left: Node, token: Token) -> Node:
        if left.type != "variable":
            raise JsonataError("S0212", left.position, token=left.value)
        return Node("binary", token.position, ":=", lhs=left, rhs=self.expression(OPERATORS[":="] - 1))

    def _binding(self, left: Node, token: Token) -> Node:
        right = self.expression(OPERATORS[token.value])
        if right.type != "variable":
            raise JsonataError("S0214", right.position, token=token.value)
        return Node("binary", token.position, token.value, lhs=left, rhs=right)

    def _conditional(self, left: Node, token: Token) -> Node:
        node = Node("condition", token.position, "?", condition=left, then=self.expression(0))
        if self._accept(":"):
            node.otherwise = self.expression(0)
        return node

    def _default(self, left: Node, token: Token) -> Node:
        return Node(
            "condition",
            token.position,
            "?:",
            condition=copy.deepcopy(left),
            then=left,
            otherwise=self.expression(0),
        )

    def _coalesce(self, left: Node, token: Token) -> Node:
        exists = Node("function", token.position, "(", procedure=Node("variable", token.position, "exists"))
        exists.arguments.append(copy.deepcopy(left))
        return Node("condition", token.position, "??", condition=exists, then=left, otherwise=self.expression(0))
