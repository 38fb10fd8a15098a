"""What expressions work on: numbers, time series, arrays of time series, and words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.series import Series


class Line(NamedTuple):
    """A time series of an array, with its label and the period of its metric."""

    label: str
    values: Series
    period: int = 60


Lines = list[Line]
Value = float | Line | Lines | str


@dataclass(slots=True)
class Setting:
    """What an expression is evaluated in."""

    times: list[int]
    """Where values are asked for."""
    period: int
    known: dict[str, Value]
    """The results of other queries, by id."""
    metrics: dict[str, Line] = field(default_factory=dict)
    """Those that are of metrics, in order."""


def each(value: Value, change: Callable[[float], float | None]) -> Value:
    """Apply a function to every number; it returns None where there is no result."""
    if isinstance(value, Line):
        return value._replace(values=_each_of(value.values, change))
    if isinstance(value, list):
        return [line._replace(values=_each_of(line.values, change)) for line in value]
    result = change(require_number(value))
    return Line("", {}) if result is None else result


def _each_of(values: Series, change: Callable[[float], float | None]) -> Series:
    return {time: result for time, value in values.items() if (result := change(value)) is not None}


def each_line(value: Value, change: Callable[[Line], Line], what: str) -> Value:
    """Apply a function to every time series."""
    if isinstance(value, list):
        return [change(line) for line in value]
    return change(require_line(value, what))


def paired(left: Value, right: Value, join: Callable[[float, float], float | None]) -> Value:
    """Apply a function of two numbers wherever both sides have one."""
    if isinstance(left, list):
        if isinstance(right, list):
            raise ValidationError("An operator can't have an array on both sides")
        return [line for item in left if isinstance(line := paired(item, right, join), Line)]
    if isinstance(right, list):
        return [line for item in right if isinstance(line := paired(left, item, join), Line)]
    if isinstance(left, Line) and isinstance(right, Line):
        values = right.values
        common = {
            time: result
            for time, value in left.values.items()
            if time in values and (result := join(value, values[time])) is not None
        }
        return left._replace(values=common)
    if isinstance(left, Line):
        number = require_number(right)
        return each(left, lambda value: join(value, number))
    number = require_number(left)
    return each(right, lambda value: join(number, value))


def require_number(value: Value) -> float:
    if not isinstance(value, (int, float)):
        raise ValidationError("A number is expected")
    return float(value)


def require_line(value: Value, what: str) -> Line:
    if not isinstance(value, Line):
        raise ValidationError(f"{what} expects a time series")
    return value


def require_lines(value: Value, what: str) -> Lines:
    if isinstance(value, Line):
        return [value]
    if not isinstance(value, list):
        raise ValidationError(f"{what} expects an array of time series")
    return value
