"""What a WHERE clause says of keys: which item it names, which partitions, and what is left to be tested."""

from typing import NamedTuple

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Placeholders
from serein.services.dynamodb.expressions.conditions import Test, bind_condition
from serein.services.dynamodb.expressions.keyconditions import KeyCondition
from serein.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Operand,
    Or,
    Path,
    ValueName,
)
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.values import Item

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS = {"=": "EQ", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}


class Named(NamedTuple):
    """The item that a WHERE clause names, and what else it asks of it."""

    key: Item
    test: Test | None


def require_key(where: Condition | None, schema: KeySchema, placeholders: Placeholders, missing: str) -> Named:
    """The item that a WHERE clause names.

    Raises ValidationException, with the message `missing`, when there isn't one equality for each key attribute.
    """
    key: Item = {}
    rest = []
    for term in terms_of(where):
        name, value = _find_equality(term)
        if name not in schema.names:
            rest.append(term)
        elif name in key or value is None:
            raise ValidationException(missing)
        else:
            key[name] = placeholders.value(value)
    if len(key) != len(schema.names):
        raise ValidationException(missing)
    return Named(key, bind_terms(rest, placeholders))


def terms_of(where: Condition | None) -> list[Condition]:
    """The conditions that must all hold."""
    if where is None:
        return []
    if isinstance(where, And):
        return [term for one in where.conditions for term in terms_of(one)]
    return [where]


def bind_terms(terms: list[Condition], placeholders: Placeholders) -> Test | None:
    """A test of whether all of some conditions hold; None when there are none."""
    if not terms:
        return None
    return bind_condition(terms[0] if len(terms) == 1 else And(tuple(terms)), placeholders)


def _find_equality(term: Condition) -> tuple[str, ValueName | None]:
    """Of `name = value`, both; else an empty name."""
    if isinstance(term, Comparison) and term.sign == "=":
        path, value = (term.left, term.right) if isinstance(term.left, Path) else (term.right, term.left)
        if isinstance(path, Path) and len(path.parts) == 1 and isinstance(value, ValueName):
            return str(path.parts[0]), value
    return "", None


def find_partitions(where: Condition | None, name: str) -> list[ValueName] | None:
    """The values to which a WHERE clause confines the partition key, or None when it doesn't.

    AWS: it does with `=`, with IN, and with several of them joined by OR
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html).
    """
    match where:
        case Comparison():
            attribute, value = _find_equality(where)
            return [value] if attribute == name and value is not None else None
        case In(value=Path(parts=parts), choices=choices) if parts == (name,):
            values = [choice for choice in choices if isinstance(choice, ValueName)]
            return values if len(values) == len(choices) else None
        case And(conditions=conditions):
            confined = [found for one in conditions if (found := find_partitions(one, name)) is not None]
            return min(confined, key=len) if confined else None
        case Or(conditions=conditions):
            union: list[ValueName] = []
            for one in conditions:
                some = find_partitions(one, name)
                if some is None:
                    return None
                union += some
            return union
    return None


def find_range(term: Condition, name: str, placeholders: Placeholders) -> KeyCondition | None:
    """The condition on a sort key that a term is, or None when it isn't one that a query can use."""
    operands: tuple[Operand, ...]
    match term:
        case Comparison(sign=sign) if sign in _OPERATORS:
            is_mirrored = isinstance(term.right, Path)
            operator = _OPERATORS[_MIRRORED[sign] if is_mirrored else sign]
            operands = (term.right, term.left) if is_mirrored else (term.left, term.right)
        case Between():
            operator, operands = "BETWEEN", (term.value, term.low, term.high)
        case Function(name="begins_with"):
            operator, operands = "BEGINS_WITH", term.arguments
        case _:
            return None
    if operands[0] != Path((name,)):
        return None
    values = [operand for operand in operands[1:] if isinstance(operand, ValueName)]
    if len(values) != len(operands) - 1:
        return None
    return KeyCondition(operator, [placeholders.value(value) for value in values])
