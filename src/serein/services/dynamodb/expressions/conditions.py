"""Conditions: from a tree and a request's placeholders to a function that tests an item.

Missing attributes make comparisons false, not errors; only `attribute_not_exists`, `<>` and NOT are true of them.
"""

from collections.abc import Callable
from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Getter, Placeholders, Resolved, find_at, show_path
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
from serein.services.dynamodb.sizes import size_of_base64
from serein.services.dynamodb.values import Item, Value, begins_with, contains, equal, kind_of, ordered

Test = Callable[[Item], bool]
_OPERANDS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
_TYPES = frozenset(("S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"))
_ORDERED: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def bind_condition(tree: Condition, placeholders: Placeholders) -> Test:
    """A function that tests items. Raises ValidationException, without the expression's kind, for what can't be."""
    match tree:
        case Comparison():
            return _bind_comparison(tree, placeholders)
        case Function():
            return _bind_function(tree, placeholders)
        case And():
            tests = [bind_condition(one, placeholders) for one in tree.conditions]
            return lambda item: all(test(item) for test in tests)
        case Or():
            tests = [bind_condition(one, placeholders) for one in tree.conditions]
            return lambda item: any(test(item) for test in tests)
        case Not():
            test = bind_condition(tree.condition, placeholders)
            return lambda item: not test(item)
        case Between():
            return _bind_between(tree, placeholders)
        case In():
            return _bind_in(tree, placeholders)


def bind_operand(operand: Operand, placeholders: Placeholders) -> Getter:
    """A function that finds an operand's value in an item."""
    if isinstance(operand, Path):
        return getter_of(placeholders.path(operand))
    if isinstance(operand, ValueName):
        value = placeholders.value(operand)
        return lambda item: value
    if isinstance(operand, Function):
        return _bind_size(operand, placeholders)
    raise ValidationException("Arithmetic is not allowed in a condition")


def getter_of(path: Resolved) -> Getter:
    """A function that finds the value at a path."""
    if len(path) == 1:
        name: Any = path[0]
        return lambda item: item.get(name)
    return lambda item: find_at(item, path)


def paths_of(tree: Condition, placeholders: Placeholders) -> list[Resolved]:
    """Every document path in a condition."""
    match tree:
        case Comparison():
            operands: tuple[Operand, ...] = (tree.left, tree.right)
        case Between():
            operands = (tree.value, tree.low, tree.high)
        case In():
            operands = (tree.value, *tree.choices)
        case Function():
            operands = tree.arguments
        case Not():
            return paths_of(tree.condition, placeholders)
        case And() | Or():
            return [path for one in tree.conditions for path in paths_of(one, placeholders)]
    paths = []
    for operand in operands:
        if isinstance(operand, Path):
            paths.append(placeholders.path(operand))
        elif isinstance(operand, Function):
            paths += paths_of(operand, placeholders)
    return paths


def _bind_comparison(tree: Comparison, placeholders: Placeholders) -> Test:
    left, right = bind_operand(tree.left, placeholders), bind_operand(tree.right, placeholders)
    _require_distinct(tree.sign, (tree.left, tree.right), placeholders)
    if tree.sign == "=":
        return lambda item: equal(left(item), right(item))
    if tree.sign == "<>":
        return lambda item: not equal(left(item), right(item))
    for operand in (tree.left, tree.right):
        value = placeholders.immediate(operand)
        if value is not None and kind_of(value) not in ("S", "N", "B"):
            raise _wrong_type(tree.sign, kind_of(value))
    return order_test(left, right, _ORDERED[tree.sign])


def order_test(left: Getter, right: Getter, holds: Callable[[int], bool]) -> Test:
    """A test of how two values are ordered; false when they aren't."""

    def test(item: Item) -> bool:
        mine, other = left(item), right(item)
        if mine is None or other is None:
            return False
        order = ordered(mine, other)
        return order is not None and holds(order)

    return test


def _bind_in(tree: In, placeholders: Placeholders) -> Test:
    getter = bind_operand(tree.value, placeholders)
    choices = [bind_operand(choice, placeholders) for choice in tree.choices]
    _require_distinct("IN", (tree.value, *tree.choices), placeholders)

    def test(item: Item) -> bool:
        value = getter(item)
        return any(equal(value, choice(item)) for choice in choices)

    return test


def _bind_between(tree: Between, placeholders: Placeholders) -> Test:
    value = bind_operand(tree.value, placeholders)
    _require_distinct("BETWEEN", (tree.value, tree.low, tree.high), placeholders)
    low, high = bind_operand(tree.low, placeholders), bind_operand(tree.high, placeholders)
    lower, upper = placeholders.immediate(tree.low), placeholders.immediate(tree.high)
    for bound in (lower, upper):
        if bound is not None and kind_of(bound) not in ("S", "N", "B"):
            raise _wrong_type("BETWEEN", kind_of(bound))
    if lower is not None and upper is not None:
        order = ordered(lower, upper)
        bounds = (
            f"lower bound operand: AttributeValue: {show_value(lower)}, "
            f"upper bound operand: AttributeValue: {show_value(upper)}"
        )
        if order is None:
            raise ValidationException(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}"
            )
        if order > 0:
            raise ValidationException(
                f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {bounds}"
            )
    above, below = order_test(value, low, _ORDERED[">="]), order_test(value, high, _ORDERED["<="])
    return lambda item: above(item) and below(item)


def _bind_function(tree: Function, placeholders: Placeholders) -> Test:
    name, arguments = tree.name, tree.arguments
    getters = [bind_operand(argument, placeholders) for argument in arguments]
    _require_count(tree)
    _require_distinct(name, arguments, placeholders)
    first = getters[0]
    if name in ("attribute_exists", "attribute_not_exists"):
        if not isinstance(arguments[0], Path):
            raise ValidationException(f"Operator or function requires a document path; operator or function: {name}")
        if name == "attribute_exists":
            return lambda item: first(item) is not None
        return lambda item: first(item) is None
    if name == "attribute_type":
        return _bind_attribute_type(first, placeholders.immediate(arguments[1]))
    if name == "begins_with":
        for argument in arguments:
            kind = _kind_of_operand(argument, placeholders)
            if kind and kind not in ("S", "B"):
                raise _wrong_type(name, kind)
        return _pair_test(first, getters[1], begins_with)
    return _pair_test(first, getters[1], contains)


def _pair_test(left: Getter, right: Getter, holds: Callable[[Value, Value], bool]) -> Test:
    def test(item: Item) -> bool:
        mine, other = left(item), right(item)
        return mine is not None and other is not None and holds(mine, other)

    return test


def _bind_attribute_type(getter: Getter, wanted: Value | None) -> Test:
    if wanted is None or "S" not in wanted:
        shown = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" if wanted is None else kind_of(wanted)
        raise _wrong_type("attribute_type", shown)
    kind: str = wanted["S"]
    if kind not in _TYPES:
        raise ValidationException(
            f"Invalid attribute type name found; type: {kind}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
        )

    def test(item: Item) -> bool:
        value = getter(item)
        return value is not None and kind in value

    return test


def _bind_size(function: Function, placeholders: Placeholders) -> Getter:
    getter = bind_operand(function.arguments[0], placeholders)
    _require_count(function)
    kind = _kind_of_operand(function.arguments[0], placeholders)
    if kind in ("N", "BOOL", "NULL"):
        raise _wrong_type("size", kind)

    def size(item: Item) -> Value | None:
        value = getter(item)
        length = None if value is None else length_of(value)
        return None if length is None else {"N": str(length)}

    return size


def length_of(value: Value) -> int | None:
    """What `size()` is of a value: characters' bytes, binary bytes or members; None for numbers and the like."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return size_of_base64(content)
    return None if kind in ("N", "BOOL", "NULL") else len(content)


def _require_count(function: Function) -> None:
    if len(function.arguments) != _OPERANDS[function.name]:
        raise ValidationException(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function.name}, number of operands: {len(function.arguments)}"
        )


def _require_distinct(name: str, operands: tuple[Operand, ...], placeholders: Placeholders) -> None:
    if not isinstance(operands[0], Path):
        return
    for operand in operands[1:]:
        if isinstance(operand, Path) and placeholders.path(operand) == (first := placeholders.path(operands[0])):
            raise ValidationException(
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {name}, first operand: {show_path(first)}"
            )


def _kind_of_operand(operand: Operand, placeholders: Placeholders) -> str:
    if isinstance(operand, Function):
        return "N"
    value = placeholders.immediate(operand)
    return "" if value is None else kind_of(value)


def _wrong_type(name: str, kind: str) -> ValidationException:
    return ValidationException(
        f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
    )


def show_value(value: Value) -> str:
    """A scalar as AWS's messages show it: `{S:text}`."""
    ((kind, content),) = value.items()
    return f"{{{kind}:{content}}}"
