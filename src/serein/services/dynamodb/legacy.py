"""The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, filters, AttributesToGet.

They become the same tests, updates and projections that expressions become.
"""

from collections.abc import Callable
from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Resolved
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.keyconditions import KeyCondition
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.updates import Update, adder, deleter, set_value
from serein.services.dynamodb.values import Item, Value, begins_with, contains, equal, kind_of, ordered, parse_value

Request = dict[str, Any]
_COUNTS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, 100)}
_SCALARS = frozenset(("S", "N", "B"))
_SCALARS_AND_SETS = _SCALARS | {"SS", "NS", "BS"}
_ALL_TYPES = _SCALARS_AND_SETS | {"M", "L", "BOOL", "NULL"}
_TYPES = {
    "EQ": _ALL_TYPES,
    "NE": _ALL_TYPES,
    "LE": _SCALARS,
    "LT": _SCALARS,
    "GE": _SCALARS,
    "GT": _SCALARS,
    "CONTAINS": _SCALARS,
    "NOT_CONTAINS": _SCALARS,
    "BEGINS_WITH": frozenset(("S", "B")),
    "IN": _SCALARS,
    "BETWEEN": _SCALARS,
}
_ORDERS: dict[str, Callable[[int], bool]] = {
    "LE": lambda order: order <= 0,
    "LT": lambda order: order < 0,
    "GE": lambda order: order >= 0,
    "GT": lambda order: order > 0,
}


def find_expected(request: Request) -> Test | None:
    """The condition that Expected and ConditionalOperator make, or None. Raises ValidationException."""
    expected = request.get("Expected")
    _require_operator_useful(request, expected)
    if not expected:
        return None
    return _joined(request, [_expected_test(name, condition) for name, condition in expected.items()])


def find_filter(request: Request, member: str) -> Test | None:
    """The filter that QueryFilter or ScanFilter and ConditionalOperator make, or None. Raises ValidationException."""
    conditions = request.get(member)
    _require_operator_useful(request, conditions)
    if not conditions:
        return None
    tests = []
    for name, condition in conditions.items():
        operator = condition["ComparisonOperator"]
        values = _parse_values(condition.get("AttributeValueList", []))
        _require_arguments(operator, values)
        tests.append(_test(name, operator, values))
    return _joined(request, tests)


def find_key_conditions(request: Request) -> dict[str, KeyCondition] | None:
    """KeyConditions in the form of a parsed key condition, or None. Raises ValidationException."""
    conditions = request.get("KeyConditions")
    if conditions is None:
        return None
    found = {}
    for name, condition in conditions.items():
        operator = condition["ComparisonOperator"]
        values = _parse_values(condition.get("AttributeValueList", []))
        _require_arguments(operator, values)
        if operator in ("NULL", "NOT_NULL", "NE", "CONTAINS", "NOT_CONTAINS", "IN"):
            raise ValidationException("Attempted conditional constraint is not an indexable operation")
        found[name] = KeyCondition(operator, values)
    return found


def find_attributes_to_get(request: Request) -> Projection | None:
    """The projection that AttributesToGet makes, or None. Raises ValidationException for a name given twice."""
    names = request.get("AttributesToGet")
    if names is None:
        return None
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ValidationException(
                f"One or more parameter values were invalid: Duplicate value in attribute name: {name}"
            )
    return Projection([(name,) for name in names])


def find_attribute_updates(request: Request) -> Update | None:
    """The update that AttributeUpdates make, or None. Raises ValidationException."""
    updates = request.get("AttributeUpdates")
    if updates is None:
        return None
    return Update([_step(name, update) for name, update in updates.items()])


def _step(name: str, update: dict[str, Any]) -> tuple[str, Resolved, Any]:
    action, given = update.get("Action", "PUT"), update.get("Value")
    if given is None:
        if action != "DELETE":
            raise _invalid("Only DELETE action is allowed when no attribute value is specified")
        return "REMOVE", (name,), None
    value = parse_value(given)
    kind = kind_of(value)
    if action == "PUT":
        return "SET", (name,), set_value(value)
    if action == "DELETE":
        if kind not in ("SS", "NS", "BS"):
            raise _invalid(f"DELETE action with value is not supported for the type {kind}")
        return "DELETE", (name,), _matching(deleter(value), kind)
    if kind not in ("N", "L", "SS", "NS", "BS"):
        raise _invalid(f"ADD action is not supported for the type {kind}")
    return "ADD", (name,), _matching(_list_adder(value) if kind == "L" else adder(value), kind)


def _list_adder(value: Value) -> Callable[[Value | None], Value | None]:
    return lambda old: value if old is None else {"L": old["L"] + value["L"]}


def _matching(change: Callable[[Value | None], Value | None], kind: str) -> Callable[[Value | None], Value | None]:
    def checked(old: Value | None) -> Value | None:
        if old is not None and kind not in old:
            raise ValidationException("Type mismatch for attribute to update")
        return change(old)

    return checked


def _require_operator_useful(request: Request, conditions: dict[str, Any] | None) -> None:
    if "ConditionalOperator" not in request:
        return
    if not conditions:
        raise ValidationException("ConditionalOperator cannot be used without Filter or Expected")
    if len(conditions) == 1:
        raise ValidationException(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _joined(request: Request, tests: list[Test]) -> Test:
    if request.get("ConditionalOperator") == "OR":
        return lambda item: any(test(item) for test in tests)
    return lambda item: all(test(item) for test in tests)


def _expected_test(name: str, condition: dict[str, Any]) -> Test:
    operator = condition.get("ComparisonOperator")
    if "AttributeValueList" in condition and "Value" in condition:
        raise _invalid(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if operator is None:
        return _existence_test(name, condition)
    if "Exists" in condition:
        raise _invalid(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
    if operator not in ("NULL", "NOT_NULL") and "AttributeValueList" not in condition and "Value" not in condition:
        raise _invalid(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
        )
    given = condition.get("AttributeValueList", [condition["Value"]] if "Value" in condition else [])
    values = _parse_values(given)
    _require_arguments(operator, values)
    return _test(name, operator, values)


def _existence_test(name: str, condition: dict[str, Any]) -> Test:
    if "AttributeValueList" in condition:
        raise _invalid(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    exists, given = condition.get("Exists"), condition.get("Value")
    if exists is False:
        if given is not None:
            raise _invalid(f"Value cannot be used when Exists is false for Attribute: {name}")
        return lambda item: name not in item
    if given is None:
        shown = "null" if exists is None else "true"
        raise _invalid(f"Value must be provided when Exists is {shown} for Attribute: {name}")
    value = parse_value(given)
    return lambda item: equal(item.get(name), value)


def _parse_values(given: list[Value]) -> list[Value]:
    return [parse_value(value) for value in given]


def _require_arguments(operator: str, values: list[Value]) -> None:
    fewest, most = _COUNTS.get(operator, (1, 1))
    if not fewest <= len(values) <= most:
        raise _invalid(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    if len({kind_of(value) for value in values}) > 1:
        raise _invalid("AttributeValues inside AttributeValueList must be of same type")
    for value in values:
        if kind_of(value) not in _TYPES[operator]:
            raise _invalid(f"ComparisonOperator {operator} is not valid for {kind_of(value)} AttributeValue type")
    if operator == "BETWEEN" and (ordered(*values) or 0) > 0:
        raise ValidationException(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )


def _test(name: str, operator: str, values: list[Value]) -> Test:
    holds = _COMPARISONS[operator] if operator in _COMPARISONS else _order_comparison(_ORDERS[operator])

    def test(item: Item) -> bool:
        return holds(item.get(name), values)

    return test


def _order_comparison(holds: Callable[[int], bool]) -> Callable[[Value | None, list[Value]], bool]:
    def compare(value: Value | None, values: list[Value]) -> bool:
        order = None if value is None else ordered(value, values[0])
        return order is not None and holds(order)

    return compare


def _is_between(value: Value | None, values: list[Value]) -> bool:
    if value is None:
        return False
    low, high = ordered(value, values[0]), ordered(value, values[1])
    return low is not None and high is not None and low >= 0 and high <= 0


_COMPARISONS: dict[str, Callable[[Value | None, list[Value]], bool]] = {
    "EQ": lambda value, values: equal(value, values[0]),
    "NE": lambda value, values: not equal(value, values[0]),
    "NULL": lambda value, values: value is None,
    "NOT_NULL": lambda value, values: value is not None,
    "CONTAINS": lambda value, values: value is not None and contains(value, values[0]),
    "NOT_CONTAINS": lambda value, values: value is not None and not contains(value, values[0]),
    "BEGINS_WITH": lambda value, values: value is not None and begins_with(value, values[0]),
    "IN": lambda value, values: any(equal(value, one) for one in values),
    "BETWEEN": _is_between,
}


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
