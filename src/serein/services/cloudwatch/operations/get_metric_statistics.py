"""GetMetricStatistics: statistics of one metric."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from serein.services.cloudwatch.metrics import metric_id, parse_metric
from serein.services.cloudwatch.samples import Sample
from serein.services.cloudwatch.series import Row, detail, grouped, start_of
from serein.services.cloudwatch.statistics import find_extended, find_statistic
from serein.services.cloudwatch.store import metrics

_MOST_POINTS = 1440
_FINE_PERIODS = (1, 5, 10, 20, 30)


@operation("GetMetricStatistics")
async def get_metric_statistics(call: Call, request: Request) -> Reply:
    _check(request)
    period = request["Period"]
    start = start_of(request["StartTime"], period, call.now)
    id = metric_id(call.scope, parse_metric(request))
    unit = request.get("Unit")
    rows = await call.read(lambda tx: metrics.rows_between(tx, id, start, int(-(-request["EndTime"] // 1)), unit))
    points: list[dict[str, Any]] = []
    for each in dict.fromkeys(row.unit for row in rows):
        points += _points(request, [row for row in rows if row.unit == each], start, each)
    return {"Label": request["MetricName"], "Datapoints": points}


def _points(request: Request, rows: list[Row], start: int, unit: str) -> list[dict[str, Any]]:
    samples = grouped(detail(request["Period"], rows), start, request["Period"])
    return [
        {"Timestamp": float(time), "Unit": unit, **_statistics(request, sample)}
        for time, sample in sorted(samples.items())
    ]


def _statistics(request: Request, sample: Sample) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in request.get("Statistics") or ():
        statistic = find_statistic(name)
        assert statistic is not None
        found[name] = statistic(sample)
    extended = {}
    for name in request.get("ExtendedStatistics") or ():
        statistic = find_extended(name)
        assert statistic is not None
        if (value := statistic(sample)) is not None:
            extended[name] = value
    return found | {"ExtendedStatistics": extended} if extended else found


def _check(request: Request) -> None:
    start, end, period = request["StartTime"], request["EndTime"], request["Period"]
    if not request.get("Statistics") and not request.get("ExtendedStatistics"):
        raise MissingRequiredParameterException("Must specify either Statistics or ExtendedStatistics")
    for name in request.get("ExtendedStatistics") or ():
        if find_extended(name) is None:
            raise InvalidParameterValueException(
                f"The value {name} for parameter ExtendedStatistics.member.1 is not supported."
            )
    if start >= end:
        raise InvalidParameterValueException("The parameter StartTime must be less than the parameter EndTime.")
    if period not in _FINE_PERIODS and (period < 60 or period % 60):
        raise InvalidParameterValueException("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.")
    count = int(-(-(end - start) // period))
    if count > _MOST_POINTS:
        raise InvalidParameterCombinationException(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of {_MOST_POINTS:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
