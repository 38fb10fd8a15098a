"""The state of a metric alarm, from the values of its last periods.

AWS looks at more periods than the alarm counts, takes as many values as it finds, the newest first, and only then asks
how missing ones are treated; the tables in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html are what this follows.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from serein.services.cloudwatch.alarms import ALARM, INSUFFICIENT, OK
from serein.services.cloudwatch.series import MINUTE, Row, Series

MORE_PERIODS = 2
_FINE_GRID = 10
_COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, bound: value >= bound),
    "GreaterThanThreshold": ("greater than", lambda value, bound: value > bound),
    "LessThanThreshold": ("less than", lambda value, bound: value < bound),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, bound: value <= bound),
}


class Verdict(NamedTuple):
    """What an evaluation found; `value` is None when the state stays."""

    value: str | None
    reason: str = ""
    points: tuple[tuple[int, float], ...] = ()


def grid_of(period: int) -> int:
    """How often an alarm of a period is evaluated, in seconds."""
    return MINUTE if period >= MINUTE else _FINE_GRID


def windows_before(moment: int, period: int, periods: int) -> list[int]:
    """Where the periods begin that an evaluation looks at, oldest first."""
    return [moment - place * period for place in range(periods + MORE_PERIODS, 0, -1)]


def next_change(rows: list[Row], moment: int, period: int, periods: int) -> float | None:
    """When an evaluation after the one at `moment` may find something else, should no data come.

    That is when a row comes into the first period, moves on to the next, or leaves the last.
    """
    grid = grid_of(period)
    oldest = moment - (periods + MORE_PERIODS) * period
    soonest: int | None = None
    for row in rows:
        start = row.started_at
        if start < oldest:
            continue
        age = -(-(moment - start) // period) if start < moment else 0
        due = (start + age * period) // grid * grid + grid
        soonest = due if soonest is None else min(soonest, due)
    return None if soonest is None else float(soonest)


def judge(definition: dict[str, Any], values: Series, windows: list[int]) -> Verdict:
    """The state that the values of an alarm's periods mean."""
    periods = definition["EvaluationPeriods"]
    needed = definition.get("DatapointsToAlarm", periods)
    _, breaches = _COMPARISONS[definition["ComparisonOperator"]]
    threshold = definition["Threshold"]
    points = tuple((time, values[time]) for time in reversed(windows) if time in values)[:periods]
    breaching = [time for time, value in points if breaches(value, threshold)]
    missing = periods - len(points)
    treatment = _treatment(definition)
    if missing == 0:
        return _found(definition, points, breaching, ALARM if len(breaching) >= needed else OK)
    if treatment in ("breaching", "notBreaching"):
        count = len(breaching) + (missing if treatment == "breaching" else 0)
        return _filled(definition, points, breaching, missing, ALARM if count >= needed else OK)
    if not points:
        if treatment == "ignore":
            return Verdict(None)
        return Verdict(INSUFFICIENT, f"Insufficient Data: {_points(periods)} {_were(periods)} unknown.")
    if len(breaching) >= needed:
        return _found(definition, points, breaching, ALARM)
    if len(breaching) < len(points):
        return _found(definition, points, breaching, OK)
    # AWS: one value that breaches is enough when it is so old that the others should have come by now.
    if treatment == "missing" and len(windows) - windows.index(points[-1][0]) >= needed:
        return _found(definition, points, breaching, ALARM)
    return Verdict(None)


def _treatment(definition: dict[str, Any]) -> str:
    # AWS: alarms on metrics of DynamoDB always ignore missing data (API_PutMetricAlarm, TreatMissingData).
    if definition.get("Namespace") == "AWS/DynamoDB":
        return "ignore"
    return str(definition.get("TreatMissingData", "missing"))


def _points(count: int) -> str:
    return "1 datapoint" if count == 1 else f"{count} datapoints"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _sentence(definition: dict[str, Any], points: tuple[tuple[int, float], ...], counted: int, state: str) -> str:
    periods = definition["EvaluationPeriods"]
    needed = definition.get("DatapointsToAlarm", periods)
    words, _ = _COMPARISONS[definition["ComparisonOperator"]]
    shown = ", ".join(f"{value} ({datetime.fromtimestamp(time, UTC):%d/%m/%y %H:%M:%S})" for time, value in points[:5])
    negation, change, least = (
        ("", "OK -> ALARM", needed) if state == ALARM else ("not ", "ALARM -> OK", periods - needed + 1)
    )
    threshold = float(definition["Threshold"])
    return (
        f"Threshold Crossed: {counted} out of the last {_points(periods)} [{shown}] {_were(counted)} {negation}{words} "
        f"the threshold ({threshold}) (minimum {_points(least)} for {change} transition)."
    )


def _found(
    definition: dict[str, Any], points: tuple[tuple[int, float], ...], breaching: list[int], state: str
) -> Verdict:
    counted = len(breaching) if state == ALARM else len(points) - len(breaching)
    return Verdict(state, _sentence(definition, points, counted, state), points)


def _filled(
    definition: dict[str, Any], points: tuple[tuple[int, float], ...], breaching: list[int], missing: int, state: str
) -> Verdict:
    treatment = "Breaching" if _treatment(definition) == "breaching" else "NonBreaching"
    treated = f"{missing} missing {'datapoint was' if missing == 1 else 'datapoints were'} treated as [{treatment}]"
    if not points:
        periods = "1 period" if missing == 1 else f"{missing} periods"
        return Verdict(state, f"Threshold Crossed: no datapoints were received for {periods} and {treated}.")
    found = _found(definition, points, breaching, state)
    return found._replace(reason=f"{found.reason.removesuffix('.')}, and {treated}.")


def reason_data(definition: dict[str, Any], verdict: Verdict, windows: list[int], now: float) -> str:
    """The machine's form of a reason: a JSON text."""
    shown: dict[str, Any] = {"version": "1.0", "queryDate": moment_text(now)}
    if verdict.points:
        shown["startDate"] = moment_text(verdict.points[-1][0])
    for member, name in (("Unit", "unit"), ("Statistic", "statistic"), ("ExtendedStatistic", "statistic")):
        if member in definition:
            shown[name] = definition[member]
    points = list(reversed(verdict.points))
    shown |= {
        "period": windows[1] - windows[0],
        "recentDatapoints": [value for _, value in points],
        "threshold": float(definition["Threshold"]),
        "evaluatedDatapoints": [{"timestamp": moment_text(time), "value": value} for time, value in verdict.points],
    }
    return json.dumps(shown, separators=(",", ":"))


def moment_text(moment: float) -> str:
    """A time as CloudWatch writes it: `2026-01-31T12:00:00.000+0000`."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}.{int(moment * 1000) % 1000:03d}+0000"
