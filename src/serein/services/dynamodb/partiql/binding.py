"""A statement's parameters, and the values that its trees refer to."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Placeholders
from serein.services.dynamodb.partiql.nodes import (
    Insert,
    ListOf,
    Literal,
    MapOf,
    Parameter,
    Parsed,
    SetOf,
    Statement,
    Template,
)
from serein.services.dynamodb.partiql.parser import parse_statement
from serein.services.dynamodb.values import Item, Value, kind_of, parse_value

_SETS = {"S": "SS", "N": "NS", "B": "BS"}


class Bound:
    """A statement with its values."""

    __slots__ = ("item", "placeholders", "statement")

    def __init__(self, statement: Statement, placeholders: Placeholders, item: Item | None) -> None:
        """`item` is what an INSERT inserts."""
        self.statement = statement
        self.placeholders = placeholders
        self.item = item


def bind_statement(text: str, parameters: list[Value] | None) -> Bound:
    """Parse a statement and put the parameters in. Raises ValidationException."""
    parsed = parse_statement(text)
    given = parameters or []
    if len(given) != parsed.parameters:
        raise ValidationException("Number of parameters in request and statement don't match.")
    values = {name: value_of(template, given) for name, template in parsed.values}
    return Bound(parsed.statement, Placeholders(parsed.names, values), _item_of(parsed, given))


def _item_of(parsed: Parsed, given: list[Value]) -> Item | None:
    if not isinstance(parsed.statement, Insert):
        return None
    template = parsed.statement.item
    if isinstance(template, MapOf):
        # AWS: the item itself is no level of nesting.
        return {name: value_of(member, given) for name, member in template.entries}
    value = value_of(template, given)
    if "M" not in value:
        raise ValidationException("The item of an INSERT statement must be a map of attributes")
    item: Item = value["M"]
    return item


def value_of(template: Template, given: list[Value], depth: int = 1) -> Value:
    """A value in stored form. Raises ValidationException for one that can't be stored."""
    match template:
        case Literal():
            return template.value
        case Parameter():
            return parse_value(given[template.position], depth)
        case ListOf():
            return {"L": [value_of(member, given, depth + 1) for member in template.members]}
        case MapOf():
            return {"M": {name: value_of(member, given, depth + 1) for name, member in template.entries}}
        case SetOf():
            return _set_of([value_of(member, given, depth + 1) for member in template.members])


def _set_of(members: list[Value]) -> Value:
    if not members:
        return parse_value({"SS": []})
    kind = kind_of(members[0])
    if kind not in _SETS or any(kind not in member for member in members):
        raise ValidationException(
            "One or more parameter values were invalid: The elements of a set must be strings, numbers or binary "
            "values, and all of one type"
        )
    contents = [member[kind] for member in members]
    if kind != "B":
        return parse_value({_SETS[kind]: contents})
    if len(set(contents)) != len(contents):
        raise ValidationException(
            f"One or more parameter values were invalid: Input collection [{', '.join(contents)}]of type BS contains "
            "duplicates."
        )
    return {"BS": contents}
