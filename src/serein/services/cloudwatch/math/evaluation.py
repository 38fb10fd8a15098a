"""Evaluates metric math."""

from collections.abc import Callable

from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.math.functions import call_function
from serein.services.cloudwatch.math.syntax import Array, Function, Name, Node, Number, Operation, Text
from serein.services.cloudwatch.math.values import Line, Lines, Setting, Value, paired, require_lines

_WORDS = frozenset({"ASC", "AVG", "DESC", "LINEAR", "MAX", "MIN", "REPEAT", "SUM"})
"""What some functions take besides numbers and time series."""


def _quotient(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return None if isinstance(result, complex) else float(result)


_OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _quotient,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}


def evaluate(node: Node, setting: Setting) -> Value:
    """The value of an expression. Raises ValidationError and NotImplementedHere."""
    match node:
        case Number(value):
            return value
        case Text(text):
            return text
        case Name(id):
            if id in setting.known:
                return setting.known[id]
            if id.upper() in _WORDS:
                return id.upper()
            raise ValidationError(f"The ID '{id}' is not defined")
        case Operation(operator, left, right):
            return paired(evaluate(left, setting), evaluate(right, setting), _OPERATORS[operator])
        case Function(name, arguments):
            return call_function(name, setting, [evaluate(argument, setting) for argument in arguments])
        case Array(items):
            lines: Lines = []
            for item in items:
                lines += require_lines(evaluate(item, setting), "An array")
            return lines


def lines_of(value: Value, label: str, setting: Setting) -> list[Line]:
    """A result as time series: a number stands at every time.

    Raises ValidationError when it is neither.
    """
    if isinstance(value, Line):
        return [value._replace(label=label)]
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        raise ValidationError("The result is a text")
    return [Line(label, dict.fromkeys(setting.times, value), setting.period)]
