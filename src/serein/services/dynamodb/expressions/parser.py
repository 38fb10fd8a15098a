"""Tokens to trees: the grammar of conditions, updates and projections.

Parsing is cached by text: an application has few expressions and sends them often. What is wrong with the text alone
(syntax, unknown functions, reserved words) is found here; what depends on the placeholders is found when binding.
"""

from functools import lru_cache

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.lexer import Tokens
from serein.services.dynamodb.expressions.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Not,
    Operand,
    Or,
    Parsed,
    Path,
    PathPart,
    ValueName,
)
from serein.services.dynamodb.expressions.reserved import RESERVED

_COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
_CONDITION_FUNCTIONS = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
)
_UPDATE_FUNCTIONS = frozenset(("if_not_exists", "list_append"))
_CLAUSES = frozenset(("SET", "REMOVE", "ADD", "DELETE"))
_NOT_NAMES = frozenset(("AND", "OR", "NOT", "IN", "BETWEEN"))
_DEEPEST = 64


@lru_cache(maxsize=1024)
def parse_condition(text: str) -> Parsed:
    """Parse a condition, filter or key condition. Raises ValidationException without the expression's kind."""
    parser = _Parser(text, _CONDITION_FUNCTIONS, _NOT_NAMES)
    tree = parser.condition()
    parser.tokens.require_end()
    return parser.parsed(tree)


@lru_cache(maxsize=1024)
def parse_update(text: str) -> Parsed:
    """Parse an update expression. Raises ValidationException without the expression's kind."""
    parser = _Parser(text, _UPDATE_FUNCTIONS, _CLAUSES)
    return parser.parsed(parser.actions())


@lru_cache(maxsize=1024)
def parse_projection(text: str) -> Parsed:
    """Parse a projection expression. Raises ValidationException without the expression's kind."""
    parser = _Parser(text, frozenset(), frozenset())
    paths = [parser.path()]
    while parser.tokens.skip(","):
        paths.append(parser.path())
    parser.tokens.require_end()
    return parser.parsed(tuple(paths))


class _Parser:
    """One expression being read. Mistakes that AWS reports after syntax errors are remembered until the end."""

    def __init__(self, text: str, functions: frozenset[str], not_names: frozenset[str]) -> None:
        self.tokens = Tokens(text)
        self._functions = functions
        self._not_names = not_names
        self._names: set[str] = set()
        self._values: set[str] = set()
        self._mistakes: dict[str, str] = {}
        self._parenthesised: set[int] = set()
        self._kept: list[object] = []
        self._depth = 0

    def parsed(self, tree: Condition | tuple[Action, ...] | tuple[Path, ...]) -> Parsed:
        for kind in ("parentheses", "function", "misuse", "reserved", "section"):
            if kind in self._mistakes:
                raise ValidationException(self._mistakes[kind])
        return Parsed(tree, frozenset(self._names), frozenset(self._values))

    # Conditions, loosest binding first.

    def condition(self) -> Condition:
        tree = self._disjunction()
        if isinstance(tree, Path | ValueName | Arithmetic):
            raise self.tokens.error()
        return self._as_condition(tree)

    def _disjunction(self) -> "Condition | Operand":
        self._descend()
        tree = self._conjunction()
        if self.tokens.keyword == "OR":
            terms = [self._require_condition(tree)]
            while self.tokens.keyword == "OR":
                self.tokens.take()
                terms.append(self._require_condition(self._conjunction()))
            tree = Or(tuple(terms))
        self._depth -= 1
        return tree

    def _conjunction(self) -> "Condition | Operand":
        tree = self._negation()
        if self.tokens.keyword == "AND":
            terms = [self._require_condition(tree)]
            while self.tokens.keyword == "AND":
                self.tokens.take()
                terms.append(self._require_condition(self._negation()))
            return And(tuple(terms))
        return tree

    def _negation(self) -> "Condition | Operand":
        negations = 0
        while self.tokens.keyword == "NOT":
            self.tokens.take()
            negations += 1
        tree = self._relation()
        if not negations:
            return tree
        condition = self._require_condition(tree)
        return Not(condition) if negations % 2 else Not(Not(condition))

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValidationException("Expression nesting has exceeded the maximum allowed depth")

    def _require_condition(self, tree: "Condition | Operand") -> Condition:
        if isinstance(tree, Path | ValueName | Arithmetic):
            raise self.tokens.error()
        return self._as_condition(tree)

    def _as_condition(self, tree: Condition) -> Condition:
        if isinstance(tree, Function) and tree.name == "size":
            self._misused(tree.name)
        return tree

    def _relation(self) -> "Condition | Operand":
        left = self._group() if self.tokens.next.text == "(" else self.operand()
        if isinstance(left, Comparison | Between | In | Not | And | Or):
            return left
        tokens = self.tokens
        if tokens.next.kind == "sign" and tokens.next.text in _COMPARATORS:
            sign = tokens.take().text
            return Comparison(sign, self._value(left), self._value(self.operand()))
        if tokens.keyword == "BETWEEN":
            tokens.take()
            low = self._value(self.operand())
            if tokens.keyword != "AND":
                raise tokens.error()
            tokens.take()
            return Between(self._value(left), low, self._value(self.operand()))
        if tokens.keyword == "IN":
            tokens.take()
            tokens.require("(")
            return In(self._value(left), tuple(map(self._value, self._arguments())))
        return left

    def _group(self) -> "Condition | Operand":
        self.tokens.require("(")
        is_double = self.tokens.next.text == "("
        tree = self._disjunction()
        self.tokens.require(")")
        if is_double and id(tree) in self._parenthesised:
            self._mistakes.setdefault("parentheses", "The expression has redundant parentheses;")
        self._parenthesised.add(id(tree))
        self._kept.append(tree)  # keeps `id` from being used again
        return tree

    # Operands.

    def operand(self) -> Operand:
        """A path, a value's placeholder, or a function."""
        self._descend()
        operand = self._operand()
        self._depth -= 1
        return operand

    def _operand(self) -> Operand:
        tokens = self.tokens
        token = tokens.next
        if token.text == "(":
            tokens.take()
            is_double = tokens.next.text == "("
            operand = self.operand()
            tokens.require(")")
            if is_double:
                self._mistakes.setdefault("parentheses", "The expression has redundant parentheses;")
            return operand
        if token.kind == "value":
            tokens.take()
            self._values.add(token.text)
            return ValueName(token.text)
        if token.kind == "word" and tokens.after_next == "(" and token.text.upper() not in self._not_names:
            return self._function()
        return self.path()

    def _function(self) -> Function:
        name = self.tokens.take().text
        self.tokens.require("(")
        function = Function(name, tuple(self._arguments()))
        if name not in self._functions:
            self._mistakes.setdefault("function", f"Invalid function name; function: {name}")
        if self._functions is _CONDITION_FUNCTIONS:
            for argument in function.arguments:
                self._value(argument)
        return function

    def _arguments(self) -> list[Operand]:
        arguments = [self.operand()]
        while self.tokens.skip(","):
            arguments.append(self.operand())
        self.tokens.require(")")
        return arguments

    def _value(self, operand: Operand) -> Operand:
        """The operand, which must be a value: of the functions, only `size` is one."""
        if isinstance(operand, Function) and operand.name != "size":
            self._misused(operand.name)
        return operand

    def _misused(self, name: str) -> None:
        self._mistakes.setdefault(
            "misuse", f"The function is not allowed to be used this way in an expression; function: {name}"
        )

    def path(self) -> Path:
        """A document path."""
        tokens = self.tokens
        parts: list[PathPart] = [self._name()]
        while True:
            if tokens.skip("."):
                parts.append(self._name())
            elif tokens.skip("["):
                if tokens.next.kind != "number":
                    raise tokens.error()
                parts.append(int(tokens.take().text))
                tokens.require("]")
            else:
                return Path(tuple(parts))

    def _name(self) -> str:
        token = self.tokens.next
        if token.kind == "name":
            self._names.add(token.text)
        elif token.kind != "word" or token.text.upper() in self._not_names:
            raise self.tokens.error()
        elif token.text.upper() in RESERVED:
            self._mistakes.setdefault(
                "reserved", f"Attribute name is a reserved keyword; reserved keyword: {token.text}"
            )
        self.tokens.take()
        return token.text

    # Updates.

    def actions(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        seen: set[str] = set()
        while (clause := self.tokens.keyword) in _CLAUSES:
            self.tokens.take()
            if clause in seen:
                self._mistakes.setdefault(
                    "section", f'The "{clause}" section can only be used once in an update expression;'
                )
            seen.add(clause)
            actions.append(self._action(clause))
            while self.tokens.skip(","):
                actions.append(self._action(clause))
        self.tokens.require_end()
        return tuple(actions)

    def _action(self, clause: str) -> Action:
        path = self.path()
        if clause == "REMOVE":
            return Action(clause, path)
        if clause == "SET":
            self.tokens.require("=")
            return Action(clause, path, self._set_value())
        if self.tokens.next.kind != "value":
            raise self.tokens.error()
        return Action(clause, path, self.operand())

    def _set_value(self) -> Operand:
        if self.tokens.next.text == "(":
            self.tokens.take()
            left = self._sum()
            self.tokens.require(")")
        else:
            left = self.operand()
        return self._rest_of_sum(left)

    def _sum(self) -> Operand:
        return self._rest_of_sum(self.operand())

    def _rest_of_sum(self, left: Operand) -> Operand:
        if self.tokens.next.text not in ("+", "-"):
            return left
        sign = self.tokens.take().text
        return Arithmetic(sign, left, self.operand())
