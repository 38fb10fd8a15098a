"""The functions of metric math."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, floor, log, log10, sqrt
from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.math.values import (
    Line,
    Lines,
    Setting,
    Value,
    each,
    each_line,
    require_line,
    require_lines,
    require_number,
)
from serein.services.cloudwatch.series import Series

Arguments = list[Value]
MathFunction = Callable[[Setting, Arguments], Value]
ELSEWHERE = frozenset(
    {"ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SEARCH", "SERVICE_QUOTA"}
)
"""Functions that AWS has and Serein doesn't."""
CLOCKS = frozenset({"DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "TIME_SERIES", "YEAR"})
"""Functions whose results change as time passes, whatever is measured."""


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _deviation(values: list[float]) -> float:
    mean = _mean(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))


_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "AVG": _mean,
    "MAX": max,
    "MIN": min,
    "STDDEV": _deviation,
    "SUM": sum,
}
_PARTS: dict[str, Callable[[datetime], float]] = {
    "MINUTE": lambda moment: moment.minute,
    "HOUR": lambda moment: moment.hour,
    "DAY": lambda moment: moment.isoweekday(),
    "DATE": lambda moment: moment.day,
    "MONTH": lambda moment: moment.month,
    "YEAR": lambda moment: moment.year,
    "EPOCH": lambda moment: moment.timestamp(),
}
_NUMBERS: dict[str, Callable[[float], float | None]] = {
    "ABS": abs,
    "CEIL": lambda value: float(ceil(value)),
    "FLOOR": lambda value: float(floor(value)),
    "LOG": lambda value: log(value) if value > 0 else None,
    "LOG10": lambda value: log10(value) if value > 0 else None,
}


def call_function(name: str, setting: Setting, arguments: Arguments) -> Value:
    """Apply a function. Raises ValidationError, and NotImplementedHere for those that AWS has and Serein doesn't."""
    if name in ELSEWHERE:
        raise NotImplementedHere(f"Serein does not implement the function {name} of metric math")
    if name in _FOLDS:
        return _fold(name, arguments)
    if name in _NUMBERS:
        return each(_only(name, arguments), _NUMBERS[name])
    if name in _PARTS:
        return _part(name, arguments)
    function = _FUNCTIONS.get(name)
    if function is None:
        raise ValidationError(f"Unknown function {name}")
    return function(setting, arguments)


def _only(name: str, arguments: Arguments) -> Value:
    if len(arguments) != 1:
        raise ValidationError(f"{name} expects one argument")
    return arguments[0]


def _fold(name: str, arguments: Arguments) -> Value:
    fold, value = _FOLDS[name], _only(name, arguments)
    if isinstance(value, Line):
        # AWS: of no values there is no result, rather than 0.
        return fold(list(value.values.values())) if value.values else value
    lines = require_lines(value, name)
    columns: dict[int, list[float]] = {}
    for line in lines:
        for time, number in line.values.items():
            columns.setdefault(time, []).append(number)
    period = lines[0].period if lines else 60
    return Line(name, {time: float(fold(numbers)) for time, numbers in sorted(columns.items())}, period)


def _part(name: str, arguments: Arguments) -> Value:
    part = _PARTS[name]

    def change(line: Line) -> Line:
        return line._replace(values={time: float(part(datetime.fromtimestamp(time, UTC))) for time in line.values})

    return each_line(_only(name, arguments), change, name)


def _steps(
    name: str, step: Callable[[tuple[int, float], tuple[int, float]], float]
) -> Callable[[Setting, Arguments], Value]:
    """A function of each value and the one before."""

    def function(setting: Setting, arguments: Arguments) -> Value:
        def change(line: Line) -> Line:
            points = sorted(line.values.items())
            return line._replace(values={after[0]: step(before, after) for before, after in pairwise(points)})

        return each_line(_only(name, arguments), change, name)

    return function


def _running_sum(setting: Setting, arguments: Arguments) -> Value:
    def change(line: Line) -> Line:
        total, values = 0.0, {}
        for time, value in sorted(line.values.items()):
            total += value
            values[time] = total
        return line._replace(values=values)

    return each_line(_only("RUNNING_SUM", arguments), change, "RUNNING_SUM")


def _fill(setting: Setting, arguments: Arguments) -> Value:
    if len(arguments) != 2:
        raise ValidationError("FILL expects two arguments")
    filler = arguments[1]
    if isinstance(filler, list) or (isinstance(filler, str) and filler not in ("REPEAT", "LINEAR")):
        raise ValidationError("FILL expects a number, a time series, REPEAT or LINEAR")

    def change(line: Line) -> Line:
        known = line.values
        points = sorted(known)
        values = {}
        for time in setting.times:
            value = known.get(time)
            if value is None:
                value = _filled(known, points, time, filler)
            if value is not None:
                values[time] = value
        return line._replace(values=values)

    return each_line(arguments[0], change, "FILL")


def _filled(known: Series, points: list[int], time: int, filler: Any) -> float | None:
    if isinstance(filler, Line):
        return filler.values.get(time)
    if not isinstance(filler, str):
        return require_number(filler)
    place = bisect_left(points, time)
    before = points[place - 1] if place else None
    if filler == "REPEAT" or before is None or place == len(points):
        return None if before is None else known[before]
    after = points[place]
    share = (time - before) / (after - before)
    return known[before] + (known[after] - known[before]) * share


def _if(setting: Setting, arguments: Arguments) -> Value:
    if len(arguments) not in (2, 3):
        raise ValidationError("IF expects two or three arguments")
    condition, *choices = arguments
    if isinstance(condition, (int, float)):
        if condition:
            return choices[0]
        return choices[1] if len(choices) == 2 else Line("IF", {}, setting.period)
    line = require_line(condition, "IF")
    values = {}
    for time, truth in line.values.items():
        choice = choices[0] if truth else (choices[1] if len(choices) == 2 else None)
        value = choice.values.get(time) if isinstance(choice, Line) else choice
        if value is not None:
            values[time] = require_number(value)
    return line._replace(values=values)


def _metrics(setting: Setting, arguments: Arguments) -> Value:
    if not arguments:
        return list(setting.metrics.values())
    part = _only("METRICS", arguments)
    if not isinstance(part, str):
        raise ValidationError("METRICS expects a text")
    return [line for id, line in setting.metrics.items() if part in id]


def _slice(setting: Setting, arguments: Arguments) -> Value:
    if len(arguments) not in (2, 3):
        raise ValidationError("SLICE expects two or three arguments")
    lines = require_lines(arguments[0], "SLICE")
    start, *end = (int(require_number(argument)) for argument in arguments[1:])
    return lines[start : end[0]] if end else lines[start]


def _sort(setting: Setting, arguments: Arguments) -> Value:
    if len(arguments) not in (3, 4):
        raise ValidationError("SORT expects three or four arguments")
    lines = require_lines(arguments[0], "SORT")
    fold_name, direction = arguments[1], arguments[2]
    if fold_name not in ("AVG", "MIN", "MAX", "SUM") or direction not in ("ASC", "DESC"):
        raise ValidationError("SORT expects AVG, MIN, MAX or SUM, and ASC or DESC")
    fold = _FOLDS[str(fold_name)]
    filled = sorted(
        (line for line in lines if line.values),
        key=lambda line: fold(list(line.values.values())),
        reverse=direction == "DESC",
    )
    ordered: Lines = [*filled, *(line for line in lines if not line.values)]
    return ordered[: int(require_number(arguments[3]))] if len(arguments) == 4 else ordered


def _end(name: str, place: int) -> Callable[[Setting, Arguments], Value]:
    def function(setting: Setting, arguments: Arguments) -> Value:
        lines = require_lines(_only(name, arguments), name)
        return lines[place] if lines else Line(name, {}, setting.period)

    return function


def _time_series(setting: Setting, arguments: Arguments) -> Value:
    number = require_number(_only("TIME_SERIES", arguments))
    return Line("TIME_SERIES", dict.fromkeys(setting.times, number), setting.period)


_FUNCTIONS: dict[str, MathFunction] = {
    "DIFF": _steps("DIFF", lambda before, after: after[1] - before[1]),
    "DIFF_TIME": _steps("DIFF_TIME", lambda before, after: float(after[0] - before[0])),
    "FILL": _fill,
    "FIRST": _end("FIRST", 0),
    "IF": _if,
    "LAST": _end("LAST", -1),
    "METRICS": _metrics,
    "METRIC_COUNT": lambda _, arguments: float(len(require_lines(_only("METRIC_COUNT", arguments), "METRIC_COUNT"))),
    "PERIOD": lambda _, arguments: float(require_line(_only("PERIOD", arguments), "PERIOD").period),
    "RATE": _steps("RATE", lambda before, after: (after[1] - before[1]) / (after[0] - before[0])),
    "REMOVE_EMPTY": lambda _, arguments: [
        line for line in require_lines(_only("REMOVE_EMPTY", arguments), "REMOVE_EMPTY") if line.values
    ],
    "RUNNING_SUM": _running_sum,
    "SLICE": _slice,
    "SORT": _sort,
    "TIME_SERIES": _time_series,
}
NAMES = frozenset({*_FUNCTIONS, *_FOLDS, *_PARTS, *_NUMBERS})
