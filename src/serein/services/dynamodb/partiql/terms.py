"""What statements are made of: names and paths, values, conditions, and the right sides of SET.

Operators bind, from the loosest: OR, AND, NOT, comparisons, `+` and `-`.
"""

from dataclasses import dataclass

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.nodes import (
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
    Path,
    PathPart,
    ValueName,
)
from serein.services.dynamodb.numbers import parse_number
from serein.services.dynamodb.partiql.lexer import KEYWORDS, Token, Tokens, malformed
from serein.services.dynamodb.partiql.nodes import ListOf, Literal, MapOf, Parameter, SetOf, Template

_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_UNSUPPORTED_SIGNS = frozenset(("*", "/", "%", "||"))
_CONDITION_FUNCTIONS = {"attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1}
_UPDATE_FUNCTIONS = {"list_append": 2}
_AGGREGATES = frozenset(("COUNT", "SUM", "AVG", "MIN", "MAX"))
_CONSTANTS = {
    "TRUE": Literal({"BOOL": True}),
    "FALSE": Literal({"BOOL": False}),
    "NULL": Literal({"NULL": True}),
}
_TYPES = {
    "NULL": "NULL", "BOOL": "BOOL", "BOOLEAN": "BOOL", "STRING": "S", "VARCHAR": "S", "CHAR": "S", "INT": "N",
    "INTEGER": "N", "SMALLINT": "N", "DECIMAL": "N", "NUMERIC": "N", "FLOAT": "N", "REAL": "N", "LIST": "L",
    "STRUCT": "M", "TUPLE": "M", "BLOB": "B",
}  # fmt: skip
_BRACKETS = (
    ("(", ")", "Expected RIGHT_PAREN"),
    ("[", "]", "Expected RIGHT_BRACKET"),
    ("<<", ">>", "Expected RIGHT_DOUBLE_ANGLE_BRACKET"),
)
_DEEPEST = 64
_DEEPEST_VALUE = 31
_MOST_OPERATORS = 300
_MOST_CHOICES = 100
_LONGEST_POSITION = 9


@dataclass(frozen=True, slots=True)
class Missing:
    """MISSING, on one side of a comparison."""


Term = Condition | Operand | Missing


class Terms:
    """The parts of one statement being read."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text)
        self.values: list[tuple[str, Template]] = []
        self.names: dict[str, str] = {}
        self.parameters = 0
        self._depth = 0
        self._operators = 0

    # Names and paths.

    def name(self, otherwise: str = "Unexpected term") -> str:
        """A name, quoted or not. Raises a syntax error for a keyword, or with `otherwise` for anything else."""
        token = self.tokens.next
        if token.kind == "word":
            if token.text.upper() in KEYWORDS:
                raise malformed("Unexpected keyword")
        elif token.kind != "quoted" or not token.text:
            raise malformed(otherwise)
        return self.tokens.take().text

    def path(self) -> Path:
        """A document path."""
        parts: list[PathPart] = [self._noted(self.name())]
        while True:
            if self.tokens.skip("."):
                if self.tokens.keyword in KEYWORDS:
                    raise malformed("Invalid path dot component")
                parts.append(self._noted(self.name("Invalid path dot component")))
            elif self.tokens.skip("["):
                parts.append(self._position())
            else:
                return Path(tuple(parts))

    def _noted(self, name: str) -> str:
        if name[0] == "#":
            self.names[name] = name
        return name

    def _position(self) -> PathPart:
        """What is within brackets: a list's position, or a map's entry as a string."""
        sign = "-" if self.tokens.skip("-") else ""
        token = self.tokens.take()
        self.tokens.require("]", "Expected RIGHT_BRACKET")
        if token.kind == "number" and token.text.isdecimal():
            if sign or len(token.text) > _LONGEST_POSITION:
                raise ValidationException(
                    f"List index is not within the allowable range; index: [{sign}{token.text}] "
                    f"at {self.tokens.place(token)}"
                )
            return int(token.text)
        if not sign and token.kind == "string" and token.text:
            return self._noted(token.text)
        raise ValidationException(f"Unexpected path component at {self.tokens.place(token)}")

    # Values.

    def template(self, depth: int = 1) -> Template:
        """A value: a literal, a parameter, or a list, set or map of values."""
        tokens = self.tokens
        token = tokens.next
        if token.kind == "parameter":
            tokens.take()
            self.parameters += 1
            return Parameter(self.parameters - 1)
        if token.kind == "string":
            return Literal({"S": tokens.take().text})
        if token.kind == "number" or tokens.is_sign("-") or tokens.is_sign("+"):
            return self._number()
        if tokens.keyword in _CONSTANTS:
            return _CONSTANTS[tokens.take().text.upper()]
        return self._collection(depth)

    def _number(self) -> Literal:
        sign = self.tokens.take().text if self.tokens.next.kind == "sign" else ""
        if self.tokens.next.kind != "number":
            raise malformed("Unexpected term")
        return Literal({"N": parse_number(sign + self.tokens.take().text)})

    def _collection(self, depth: int) -> Template:
        tokens = self.tokens
        if depth > _DEEPEST_VALUE:
            raise ValidationException(
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
                "supported limit"
            )
        if tokens.skip("["):
            return ListOf(self._members("]", "Expected RIGHT_BRACKET", depth + 1))
        if tokens.skip("<<"):
            return SetOf(self._members(">>", "Expected RIGHT_DOUBLE_ANGLE_BRACKET", depth + 1))
        if tokens.skip("{"):
            return self._map(depth + 1)
        raise malformed("Unexpected keyword" if tokens.keyword in KEYWORDS else "Unexpected term")

    def _members(self, end: str, otherwise: str, depth: int) -> tuple[Template, ...]:
        members: list[Template] = []
        if self.tokens.skip(end):
            return ()
        members.append(self.template(depth))
        while self.tokens.skip(","):
            members.append(self.template(depth))
        self.tokens.require(end, otherwise)
        return tuple(members)

    def _map(self, depth: int) -> MapOf:
        entries: dict[str, Template] = {}
        while not self.tokens.skip("}"):
            if entries:
                self.tokens.require(",", "Expected RIGHT_CURLY")
            token = self.tokens.take()
            if token.kind != "string":
                raise malformed("Unexpected term")
            self.tokens.require(":", "Expected COLON")
            if token.text in entries:
                raise ValidationException(f"Attribute name {token.text} is specified more than once")
            entries[token.text] = self.template(depth)
        return MapOf(tuple(entries.items()))

    def value_name(self, template: Template) -> ValueName:
        """The name under which a tree refers to a value."""
        name = f":{len(self.values)}"
        self.values.append((name, template))
        return ValueName(name)

    # Conditions, loosest binding first.

    def condition(self) -> Condition:
        return self._require_condition(self._disjunction())

    def _disjunction(self) -> Term:
        self._descend()
        tree = self._conjunction()
        if self.tokens.keyword == "OR":
            terms = [self._require_condition(tree)]
            while self.tokens.skip_word("OR"):
                self._count()
                terms.append(self._require_condition(self._conjunction()))
            tree = Or(tuple(terms))
        self._depth -= 1
        return tree

    def _conjunction(self) -> Term:
        tree = self._negation()
        if self.tokens.keyword == "AND":
            terms = [self._require_condition(tree)]
            while self.tokens.skip_word("AND"):
                self._count()
                terms.append(self._require_condition(self._negation()))
            return And(tuple(terms))
        return tree

    def _negation(self) -> Term:
        negations = 0
        while self.tokens.skip_word("NOT"):
            self._count()
            negations += 1
        tree = self._relation()
        if not negations:
            return tree
        condition = self._require_condition(tree)
        return Not(condition) if negations % 2 else condition

    def _relation(self) -> Term:
        left = self._sum()
        tokens = self.tokens
        token = tokens.next
        if token.kind == "sign" and token.text in _COMPARATORS:
            tokens.take()
            self._count()
            return self._comparison(_COMPARATORS[token.text], left, self._sum(), token)
        if tokens.skip_word("IS"):
            self._count()
            return self._is(left)
        is_negated = tokens.keyword == "NOT" and tokens.keyword_after(1) in ("IN", "BETWEEN", "LIKE")
        if is_negated:
            tokens.take()
        if tokens.keyword == "LIKE":
            raise tokens.unsupported("operator: LIKE")
        if tokens.skip_word("BETWEEN"):
            self._count()
            tree: Condition = self._between(left)
        elif tokens.skip_word("IN"):
            self._count()
            tree = self._in(left)
        else:
            return left
        return Not(tree) if is_negated else tree

    def _comparison(self, sign: str, left: Term, right: Term, token: Token) -> Condition:
        if isinstance(left, Missing) or isinstance(right, Missing):
            path = right if isinstance(left, Missing) else left
            if sign not in ("=", "<>") or not isinstance(path, Path):
                raise self.tokens.unsupported(f"operator for MISSING: {token.text}", token)
            return Function("attribute_not_exists" if sign == "=" else "attribute_exists", (path,))
        return Comparison(sign, self._require_operand(left), self._require_operand(right))

    def _is(self, left: Term) -> Condition:
        is_negated = self.tokens.skip_word("NOT")
        kind = self.tokens.keyword
        if not isinstance(left, Path) or (kind != "MISSING" and kind not in _TYPES):
            raise self.tokens.unsupported(f"operand of IS: {self.tokens.next.text}")
        self.tokens.take()
        if kind == "MISSING":
            return Function("attribute_exists" if is_negated else "attribute_not_exists", (left,))
        test = Function("attribute_type", (left, self.value_name(Literal({"S": _TYPES[kind]}))))
        return Not(test) if is_negated else test

    def _between(self, left: Term) -> Condition:
        low = self._require_operand(self._sum())
        self.tokens.require_word("AND", "Expected AND after BETWEEN")
        return Between(self._require_operand(left), low, self._require_operand(self._sum()))

    def _in(self, left: Term) -> Condition:
        brackets = next((one for one in _BRACKETS if self.tokens.skip(one[0])), None)
        if brackets is None:
            raise self.tokens.unsupported("right side of IN")
        _, end, otherwise = brackets
        choices = [self._require_operand(self._sum())]
        while self.tokens.skip(","):
            choices.append(self._require_operand(self._sum()))
        self.tokens.require(end, otherwise)
        if len(choices) > _MOST_CHOICES:
            raise ValidationException(
                f"The IN operator is provided with too many operands; number of operands: {len(choices)}"
            )
        return In(self._require_operand(left), tuple(choices))

    # Operands.

    def _sum(self) -> Term:
        left = self._term()
        while self.tokens.is_sign("+") or self.tokens.is_sign("-"):
            sign = self.tokens.take().text
            self._count()
            left = Arithmetic(sign, self._require_operand(left), self._require_operand(self._term()))
        if self.tokens.next.kind == "sign" and self.tokens.next.text in _UNSUPPORTED_SIGNS:
            raise self.tokens.unsupported(f"operator: {self.tokens.next.text}")
        return left

    def _term(self) -> Term:
        tokens = self.tokens
        if tokens.skip("("):
            tree = self._disjunction()
            tokens.require(")", "Expected RIGHT_PAREN")
            return tree
        if tokens.is_call():
            return self._call(_CONDITION_FUNCTIONS)
        if tokens.skip_word("MISSING"):
            return Missing()
        if tokens.next.kind in ("word", "quoted") and tokens.keyword not in _CONSTANTS:
            return self.path()
        return self.value_name(self.template())

    def _call(self, functions: dict[str, int]) -> Function:
        token = self.tokens.take()
        name = token.text.lower()
        if name not in functions:
            self._refuse_call(token)
        self.tokens.take()
        self._descend()
        self._count()
        is_update = functions is _UPDATE_FUNCTIONS
        arguments = [self.operand() if is_update else self._require_operand(self._sum())]
        while self.tokens.skip(","):
            arguments.append(self.operand() if is_update else self._require_operand(self._sum()))
        self.tokens.require(")", "Expected RIGHT_PAREN")
        self._depth -= 1
        if len(arguments) != functions[name]:
            raise ValidationException(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(arguments)}"
            )
        return Function(name, tuple(arguments))

    def _refuse_call(self, token: Token) -> None:
        if token.text.upper() in KEYWORDS - {"EXISTS"}:
            raise malformed("Unexpected keyword")
        if token.text.upper() in _AGGREGATES:
            raise ValidationException(f"Unexpected path component at {self.tokens.place(token)}")
        raise self.tokens.unsupported(f"function: {token.text}", token)

    def operand(self) -> Operand:
        """The right side of a SET, or an argument of a function in one."""
        left = self._set_term()
        while self.tokens.is_sign("+") or self.tokens.is_sign("-"):
            sign = self.tokens.take().text
            self._count()
            left = Arithmetic(sign, left, self._set_term())
        if self.tokens.next.kind == "sign" and self.tokens.next.text in _UNSUPPORTED_SIGNS:
            raise self.tokens.unsupported(f"operator: {self.tokens.next.text}")
        return left

    def _set_term(self) -> Operand:
        tokens = self.tokens
        if tokens.skip("("):
            self._descend()
            operand = self.operand()
            self._depth -= 1
            tokens.require(")", "Expected RIGHT_PAREN")
            return operand
        if tokens.is_call():
            return self._call(_UPDATE_FUNCTIONS)
        if tokens.next.kind in ("word", "quoted") and tokens.keyword not in _CONSTANTS:
            return self.path()
        return self.value_name(self.template())

    def _require_operand(self, tree: Term) -> Operand:
        if isinstance(tree, Path | ValueName | Arithmetic) or (isinstance(tree, Function) and tree.name == "size"):
            return tree
        raise self.tokens.unsupported("operand")

    def _require_condition(self, tree: Term) -> Condition:
        if isinstance(tree, Path | ValueName | Arithmetic | Missing) or (
            isinstance(tree, Function) and tree.name == "size"
        ):
            raise self.tokens.unsupported("condition")
        return tree

    # What keeps statements from growing beyond measure.

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValidationException("Expression nesting has exceeded the maximum allowed depth")

    def _count(self) -> None:
        self._operators += 1
        if self._operators > _MOST_OPERATORS:
            raise ValidationException(f"The expression contains too many operators; operator count: {self._operators}")
