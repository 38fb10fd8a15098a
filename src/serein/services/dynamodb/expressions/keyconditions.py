"""Key conditions: one partition, and optionally a range of its sort keys."""

from collections.abc import Callable
from typing import NamedTuple

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Placeholders
from serein.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Not,
    Operand,
    Or,
    Path,
    ValueName,
)
from serein.services.dynamodb.keys import (
    KeySchema,
    encode_partition,
    encode_scalar,
    find_successor,
    hashed,
    terminated,
)
from serein.services.dynamodb.multikeys import find_bounds
from serein.services.dynamodb.values import Value

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS = {"=": "EQ", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}


class KeyCondition(NamedTuple):
    """A condition on one key attribute, in the words of the legacy API: EQ, LT, …, BETWEEN, BEGINS_WITH."""

    operator: str
    values: list[Value]


class KeyRange(NamedTuple):
    """Sort keys from `low` to `high`; None means no bound. An empty range has `low` above `high`."""

    pk: bytes
    low: bytes
    is_low_included: bool
    high: bytes | None
    is_high_included: bool


def key_conditions_of(tree: Condition, placeholders: Placeholders) -> dict[str, KeyCondition]:
    """The conditions by attribute. Raises ValidationException for anything but conditions on key attributes."""
    found: dict[str, KeyCondition] = {}
    for term in _terms(tree):
        name, condition = _condition(term, placeholders)
        if name in found:
            raise ValidationException("KeyConditionExpressions must only contain one condition per key")
        found[name] = condition
    return found


def _terms(tree: Condition) -> list[Condition]:
    if isinstance(tree, And):
        return [term for one in tree.conditions for term in _terms(one)]
    return [tree]


def _condition(tree: Condition, placeholders: Placeholders) -> tuple[str, KeyCondition]:
    operands: tuple[Operand, ...]
    match tree:
        case Or() | Not() | In():
            raise _invalid_operator(type(tree).__name__.upper())
        case Comparison(sign="<>"):
            raise _invalid_operator("<>")
        case Function() if tree.name != "begins_with":
            raise _invalid_operator(tree.name)
        case Function():
            operator, operands = "BEGINS_WITH", tree.arguments
        case Between():
            operator, operands = "BETWEEN", (tree.value, tree.low, tree.high)
        case Comparison():
            is_mirrored = isinstance(tree.right, Path) and not isinstance(tree.left, Path)
            operator = _OPERATORS[_MIRRORED[tree.sign] if is_mirrored else tree.sign]
            operands = (tree.right, tree.left) if is_mirrored else (tree.left, tree.right)
        case _:
            raise _invalid_operator("AND")
    name = _name(operator, operands, placeholders)
    return name, KeyCondition(operator, [placeholders.value(one) for one in operands[1:] if isinstance(one, ValueName)])


def _name(operator: str, operands: tuple[Operand, ...], placeholders: Placeholders) -> str:
    """The key attribute that a condition is about. Raises ValidationException when there isn't exactly one."""
    if any(isinstance(operand, Function) for operand in operands):
        raise ValidationException("KeyConditionExpressions cannot contain nested operations")
    paths = [operand for operand in operands if isinstance(operand, Path)]
    if len(paths) > 1:
        raise ValidationException(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
        )
    if not paths:
        raise ValidationException("Invalid condition in KeyConditionExpression: No key attribute specified")
    path = placeholders.path(paths[0])
    if len(path) > 1:
        raise ValidationException("KeyConditionExpressions cannot have conditions on nested attributes")
    if operands[0] is not paths[0]:
        shown = "begins_with" if operator == "BEGINS_WITH" else operator
        raise ValidationException(
            f"Invalid condition in KeyConditionExpression: {shown} operator must have the key attribute as its first "
            "operand"
        )
    return str(path[0])


def key_range_of(conditions: dict[str, KeyCondition], schema: KeySchema) -> KeyRange:
    """The keys that conditions select. Raises ValidationException when they don't fit the schema."""
    if schema.is_multiple:
        return _multiple_key_range(conditions, schema)
    if len(conditions) > (2 if schema.range else 1):
        raise ValidationException(
            "Conditions can be of length 1 or 2 only"
            if schema.range or len(conditions) > 2
            else "Query key condition not supported"
        )
    partition = _require_condition(conditions, schema.hash, schema.hash_type)
    if partition.operator != "EQ":
        raise _not_supported()
    if len(conditions) == 2:
        sort: KeyCondition | None = _require_condition(conditions, schema.range, schema.range_type)
    else:
        sort = None
    pk = encode_partition(schema.hash_type, partition.values[0][schema.hash_type])
    if sort is None:
        return KeyRange(pk, b"", True, None, True)
    _require_prefixable(sort, schema.range_type)
    bounds = [encode_scalar(schema.range_type, value[schema.range_type]) for value in sort.values]
    return _RANGES[sort.operator](pk, bounds)


def _multiple_key_range(conditions: dict[str, KeyCondition], schema: KeySchema) -> KeyRange:
    """The keys that conditions select in an index with several attributes in a part of its key.

    AWS: all attributes of the partition key by equality; those of the sort key from the left, the last by any operator.
    """
    partition = b""
    for name, kind in schema.hashes:
        condition = _require_condition(conditions, name, kind)
        if condition.operator != "EQ":
            raise _not_supported()
        partition += terminated(encode_scalar(kind, condition.values[0][kind]))
    given = len(conditions) - len(schema.hashes)
    if given > len(schema.ranges):
        raise _not_supported()
    before, low, high = b"", b"", None
    for at, (name, kind) in enumerate(schema.ranges[:given], 1):
        condition = _require_condition(conditions, name, kind)
        _require_prefixable(condition, kind)
        if at < given and condition.operator != "EQ":
            raise _not_supported()
        bounds = [encode_scalar(kind, value[kind]) for value in condition.values]
        low, high = find_bounds(condition.operator, before, bounds)
        before += terminated(bounds[0])
    return KeyRange(hashed(partition), low, True, high, False)


def _require_prefixable(condition: KeyCondition, kind: str) -> None:
    if condition.operator == "BEGINS_WITH" and kind == "N":
        raise ValidationException(
            "One or more parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid for N "
            "AttributeValue type"
        )


def _not_supported() -> ValidationException:
    return ValidationException("Query key condition not supported")


def _require_condition(conditions: dict[str, KeyCondition], name: str, kind: str) -> KeyCondition:
    condition = conditions.get(name)
    if condition is None:
        raise ValidationException(f"Query condition missed key schema element: {name}")
    if any(kind not in value for value in condition.values):
        raise ValidationException(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    if not all(value[kind] for value in condition.values):
        raise _empty(name, kind)
    return condition


def includes(keys: KeyRange, sk: bytes) -> bool:
    """Whether a sort key is within the range."""
    if sk < keys.low or (sk == keys.low and not keys.is_low_included):
        return False
    return keys.high is None or sk < keys.high or (sk == keys.high and keys.is_high_included)


def _begins_with(pk: bytes, bounds: list[bytes]) -> KeyRange:
    return KeyRange(pk, bounds[0], True, find_successor(bounds[0]), False)


_RANGES: dict[str, Callable[[bytes, list[bytes]], KeyRange]] = {
    "EQ": lambda pk, bounds: KeyRange(pk, bounds[0], True, bounds[0], True),
    "LT": lambda pk, bounds: KeyRange(pk, b"", True, bounds[0], False),
    "LE": lambda pk, bounds: KeyRange(pk, b"", True, bounds[0], True),
    "GT": lambda pk, bounds: KeyRange(pk, bounds[0], False, None, True),
    "GE": lambda pk, bounds: KeyRange(pk, bounds[0], True, None, True),
    "BETWEEN": lambda pk, bounds: KeyRange(pk, bounds[0], True, bounds[1], True),
    "BEGINS_WITH": _begins_with,
}


def _invalid_operator(operator: str) -> ValidationException:
    return ValidationException(f"Invalid operator used in KeyConditionExpression: {operator}")


def _empty(name: str, kind: str) -> ValidationException:
    shown = "string" if kind == "S" else "binary"
    return ValidationException(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        f"{shown} value. Key: {name}"
    )
