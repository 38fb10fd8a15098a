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
_MOST_OPERATORS = 300
_MOST_CHOICES = 100
_LONGEST_PATH = 32
_LARGEST_POSITION = 2**31 - 1
_CONDITION_ORDER = ("parentheses", "function", "misplaced", "misuse", "reserved", "path", "operators", "operands")
_UPDATE_ORDER = ("reserved", "path", "function", "misplaced", "misuse", "section", "operators")


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
        self._names: dict[str, None] = {}
        self._values: dict[str, None] = {}
        self._operators = 0
        self._mistakes: dict[str, str] = {}
        self._parenthesised: set[int] = set()
        self._kept: list[object] = []
        self._depth = 0

    def parsed(self, tree: Condition | tuple[Action, ...] | tuple[Path, ...]) -> Parsed:
        if self._operators > _MOST_OPERATORS:
            self._mistakes["operators"] = (
                f"The expression contains too many operators; operator count: {self._operators}"
            )
        for kind in _UPDATE_ORDER if self._functions is _UPDATE_FUNCTIONS else _CONDITION_ORDER:
            if kind in self._mistakes:
                raise ValidationException(self._mistakes[kind])
        return Parsed(tree, tuple(self._names), tuple(self._values))

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
                self._take_operator()
                terms.append(self._require_condition(self._conjunction()))
            tree = Or(tuple(terms))
        self._depth -= 1
        return tree

    def _conjunction(self) -> "Condition | Operand":
        tree = self._negation()
        if self.tokens.keyword == "AND":
            terms = [self._require_condition(tree)]
            while self.tokens.keyword == "AND":
                self._take_operator()
                terms.append(self._require_condition(self._negation()))
            return And(tuple(terms))
        return tree

    def _negation(self) -> "Condition | Operand":
        negations = 0
        while self.tokens.keyword == "NOT":
            self._take_operator()
            negations += 1
        tree = self._relation()
        if not negations:
            return tree
        condition = self._require_condition(tree)
        return Not(condition) if negations % 2 else Not(Not(condition))

    def _take_operator(self) -> str:
        self._operators += 1
        return self.tokens.take().text

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
            sign = self._take_operator()
            return Comparison(sign, self._value(left), self._value(self.operand()))
        if tokens.keyword == "BETWEEN":
            self._take_operator()
            low = self._value(self.operand())
            if tokens.keyword != "AND":
                raise tokens.error()
            tokens.take()
            return Between(self._value(left), low, self._value(self.operand()))
        if tokens.keyword == "IN":
            self._take_operator()
            tokens.require("(")
            return In(self._value(left), self._choices())
        return left

    def _choices(self) -> tuple[Operand, ...]:
        choices = tuple(map(self._value, self._arguments()))
        if len(choices) > _MOST_CHOICES:
            self._mistakes.setdefault(
                "operands",
                f"The IN operator is provided with too many operands; number of operands: {len(choices)}",
            )
        return choices

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
            self._values[token.text] = None
            return ValueName(token.text)
        if token.kind == "word" and tokens.after_next == "(" and token.text.upper() not in self._not_names:
            return self._function()
        return self.path()

    def _function(self) -> Function:
        name = self._take_operator()
        self.tokens.require("(")
        function = Function(name, tuple(self._arguments()))
        is_update = self._functions is _UPDATE_FUNCTIONS
        if name not in self._functions:
            if name in (_CONDITION_FUNCTIONS if is_update else _UPDATE_FUNCTIONS):
                kind = "an update" if is_update else "a condition"
                self._mistakes.setdefault(
                    "misplaced", f"The function is not allowed in {kind} expression; function: {name}"
                )
            else:
                self._mistakes.setdefault("function", f"Invalid function name; function: {name}")
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
        """The operand, which must be a value: of the functions, only `size` and `if_not_exists` are."""
        if isinstance(operand, Function) and operand.name not in ("size", "if_not_exists"):
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
                parts.append(self._position(tokens.take().text))
                tokens.require("]")
            else:
                break
        if len(parts) > _LONGEST_PATH:
            self._mistakes.setdefault(
                "path", f"The document path has too many nesting levels; nesting levels: {len(parts)}"
            )
        return Path(tuple(parts))

    def _position(self, text: str) -> int:
        if len(text) > len(str(_LARGEST_POSITION)) or int(text) > _LARGEST_POSITION:
            self._mistakes.setdefault("path", f"List index is not within the allowable range; index: [{text}]")
            return 0
        return int(text)

    def _name(self) -> str:
        token = self.tokens.next
        if token.kind == "name":
            self._names[token.text] = None
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
        sign = self._take_operator()
        return Arithmetic(sign, left, self.operand())
