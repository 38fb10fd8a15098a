"""Statements: text to tree.

Parsing is cached by text: an application has few statements, with parameters for what varies, and sends them often.
Long ones are likely to have their values written into them, and aren't kept.
"""

from collections.abc import Callable
from functools import lru_cache

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.nodes import Action, Condition, Path
from serein.services.dynamodb.partiql.lexer import malformed
from serein.services.dynamodb.partiql.nodes import (
    Delete,
    Exists,
    Insert,
    Order,
    Parsed,
    Select,
    Statement,
    Update,
)
from serein.services.dynamodb.partiql.terms import Terms

_LONGEST_REMEMBERED = 2048
_CLAUSES = frozenset(("GROUP", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT"))
_JOINS = frozenset(("JOIN", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "NATURAL"))
_SET_CLAUSES = {"SET_ADD": "ADD", "SET_DELETE": "DELETE"}


def parse_statement(text: str) -> Parsed:
    """Parse a statement. Raises ValidationException."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _parse(text)


def _parse(text: str) -> Parsed:
    parser = _Parser(text)
    statement = parser.statement()
    parser.tokens.require_end()
    return Parsed(statement, tuple(parser.values), parser.names, parser.parameters)


_remembered = lru_cache(maxsize=512)(_parse)


class _Parser(Terms):
    """One statement being read."""

    def statement(self) -> Statement:
        parse = _STATEMENTS.get(self.tokens.keyword.lower())
        if parse is None:
            raise malformed("Expected data manipulation")
        self.tokens.take()
        return parse(self)

    # SELECT, and EXISTS of one.

    def _select(self) -> Select:
        tokens = self.tokens
        if tokens.keyword in ("DISTINCT", "VALUE", "ALL"):
            raise tokens.unsupported(f"clause: SELECT {tokens.keyword}")
        columns = self._columns()
        tokens.require_word("FROM", "Expected FROM after SELECT list")
        table, index = self._source()
        where = self._where()
        self._refuse_clauses()
        orders = self._orders()
        self._refuse_clauses()
        return Select(table, index, columns, where, orders)

    def _columns(self) -> tuple[Path, ...] | None:
        is_all = self.tokens.skip("*")
        columns = [] if is_all else [self._column()]
        while self.tokens.skip(","):
            if is_all or self.tokens.is_sign("*"):
                raise malformed("Other expressions may not be present in the select list when '*' is used")
            columns.append(self._column())
        return None if is_all else tuple(columns)

    def _column(self) -> Path:
        tokens = self.tokens
        if tokens.next.kind not in ("word", "quoted") and tokens.next.kind != "end":
            raise ValidationException(f"Unexpected path component at {tokens.place(tokens.next)}")
        if tokens.is_call():
            raise ValidationException(f"Unexpected path component at {tokens.place(tokens.next)}")
        path = self.path()
        if tokens.keyword == "AS":
            raise tokens.unsupported("clause: AS")
        if tokens.next.kind == "sign" and tokens.next.text in ("+", "-", "*", "/", "%", "||"):
            raise tokens.unsupported(f"operator: {tokens.next.text}")
        return path

    def _source(self) -> tuple[str, str | None]:
        """A table, and perhaps one of its indexes."""
        table = self.name("Unexpected term")
        index = self.name("Invalid path dot component") if self.tokens.skip(".") else None
        if self.tokens.is_sign(".") or self.tokens.is_sign("["):
            raise malformed("Invalid path dot component")
        if self.tokens.is_sign(",") or self.tokens.keyword in _JOINS:
            raise self.tokens.unsupported("clause: JOIN")
        if self.tokens.keyword == "AS":
            raise self.tokens.unsupported("clause: AS")
        return table, index

    def _where(self) -> Condition | None:
        return self.condition() if self.tokens.skip_word("WHERE") else None

    def _refuse_clauses(self) -> None:
        """AWS: what PartiQL's grammar has beyond DynamoDB's is parsed, and then refused by name and place."""
        keyword = self.tokens.keyword
        if keyword in _CLAUSES:
            shown = "GROUP BY" if keyword == "GROUP" else keyword
            raise self.tokens.unsupported(f"clause: {shown}")

    def _orders(self) -> tuple[Order, ...]:
        tokens = self.tokens
        if not tokens.skip_word("ORDER"):
            return ()
        tokens.require_word("BY", "Expected BY after ORDER")
        orders = [self._order()]
        while tokens.skip(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        token = self.tokens.next
        path = self.path()
        if len(path.parts) > 1:
            raise ValidationException(f"Unexpected path component at {self.tokens.place(token)}")
        is_descending = self.tokens.skip_word("DESC")
        if not is_descending:
            self.tokens.skip_word("ASC")
        return Order(str(path.parts[0]), is_descending)

    def _exists(self) -> Exists:
        tokens = self.tokens
        tokens.require("(", "Expected LEFT_PAREN")
        if tokens.take().text.lower() != "select":
            raise malformed("Unexpected term")
        select = self._select()
        tokens.require(")", "Expected RIGHT_PAREN")
        if select.index is not None:
            raise ValidationException("Reads on indices are not supported within transactions.")
        return Exists(select.table, select.where)

    # INSERT, UPDATE and DELETE.

    def _table(self) -> str:
        table, index = self._source()
        if index is not None:
            raise ValidationException("Only tables can be written to; an index was specified")
        return table

    def _insert(self) -> Insert:
        self.tokens.require_word("INTO", "Expected INTO after INSERT")
        table = self._table()
        # AWS: neither the columns nor the VALUES of standard SQL are understood.
        self.tokens.require_word("VALUE", "Unexpected keyword")
        item = self.template(depth=0)
        if self.tokens.keyword == "ON":
            raise self.tokens.unsupported("clause: ON CONFLICT")
        if self.tokens.keyword == "RETURNING":
            raise self.tokens.unsupported("clause: RETURNING")
        return Insert(table, item)

    def _update(self) -> Update:
        table = self._table()
        actions: list[Action] = []
        while (keyword := self.tokens.keyword) in ("SET", "REMOVE"):
            self.tokens.take()
            if keyword == "REMOVE":
                actions.append(Action("REMOVE", self.path()))
                continue
            actions.append(self._assignment())
            while self.tokens.skip(","):
                actions.append(self._assignment())
        if not actions:
            raise malformed("Expected data manipulation")
        where = self._where()
        return Update(table, tuple(actions), where, self._returning())

    def _assignment(self) -> Action:
        tokens = self.tokens
        path = self.path()
        tokens.require("=", "Expected EQ")
        token = tokens.next
        clause = _SET_CLAUSES.get(tokens.keyword) if tokens.is_call() else None
        if clause is None:
            return Action("SET", path, self.operand())
        tokens.take()
        tokens.take()
        target = self.path()
        tokens.require(",", "Expected COMMA")
        members = self.value_name(self.template())
        tokens.require(")", "Expected RIGHT_PAREN")
        if target != path:
            raise tokens.unsupported(f"operand of {token.text}", token)
        return Action(clause, path, members)

    def _delete(self) -> Delete:
        self.tokens.require_word("FROM", "Expected FROM after DELETE")
        table = self._table()
        where = self._where()
        returning = self._returning()
        if returning not in ("", "ALL OLD"):
            raise ValidationException(f"RETURNING {returning} * is not supported in DELETE statements")
        return Delete(table, where, returning)

    def _returning(self) -> str:
        tokens = self.tokens
        if not tokens.skip_word("RETURNING"):
            return ""
        what, when = tokens.keyword, tokens.keyword_after(1)
        if what not in ("ALL", "MODIFIED") or when not in ("OLD", "NEW"):
            raise malformed("Expected ALL OLD, MODIFIED OLD, ALL NEW or MODIFIED NEW")
        tokens.take()
        tokens.take()
        tokens.require("*", "Expected STAR")
        return f"{what} {when}"


_STATEMENTS: dict[str, Callable[[_Parser], Statement]] = {
    "select": _Parser._select,
    "insert": _Parser._insert,
    "update": _Parser._update,
    "delete": _Parser._delete,
    "exists": _Parser._exists,
}
