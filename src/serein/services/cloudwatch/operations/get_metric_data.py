"""GetMetricData: time series of many metrics, and of expressions over them."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.math.evaluation import lines_of
from serein.services.cloudwatch.math.values import Line, Setting
from serein.services.cloudwatch.metrics import metric_id
from serein.services.cloudwatch.pages import parse_position, token_of
from serein.services.cloudwatch.queries import Query, line_of, parse_queries, period_of, results_of
from serein.services.cloudwatch.series import detail, grouped, start_of
from serein.services.cloudwatch.store import metrics

_MOST_QUERIES = 500
_MOST_POINTS = 100_800
_PERIODS = (1, 5, 10, 20, 30)


@operation(
    "GetMetricData",
    partial="Searches, Metrics Insights and anomaly detection are refused; labels are taken as they are.",
    stored=("LabelOptions",),
)
async def get_metric_data(call: Call, request: Request) -> Reply:
    given = request["MetricDataQueries"]
    if len(given) > _MOST_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must not have a size greater than {_MOST_QUERIES}.")
    if request["StartTime"] >= request["EndTime"]:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    most = request.get("MaxDatapoints", _MOST_POINTS)
    if not 1 <= most <= _MOST_POINTS:
        raise ValidationError(f"The parameter MaxDatapoints must be from 1 to {_MOST_POINTS}.")
    queries = parse_queries(given, "MetricDataQueries", call.scope.account, _PERIODS)
    if any("${" in query.label for query in queries):
        raise NotImplementedHere("Serein does not implement dynamic labels (Label)")
    position = parse_position(call, request, (int,))
    lines = await call.read(lambda tx: _lines(tx, call, request, queries))
    return _page(call, request, lines, position[0] if position else 0, most)


def _lines(tx: Transaction, call: Call, request: Request, queries: list[Query]) -> list[tuple[str, Line]]:
    start, end = request["StartTime"], int(-(-request["EndTime"] // 1))
    own: dict[str, Line] = {}
    for query in queries:
        if query.metric is not None:
            begin = start_of(start, query.period, call.now)
            rows = metrics.rows_between(tx, metric_id(call.scope, query.metric), begin, end, query.unit)
            own[query.id] = line_of(query, grouped(detail(query.period, rows), begin, query.period), query.label)

    def times_of(period: int) -> list[int]:
        return list(range(start_of(start, period, call.now), end, period))

    results = results_of(queries, own, times_of)
    found: list[tuple[str, Line]] = []
    for query in queries:
        if query.is_returned:
            period = period_of(query, queries)
            setting = Setting(times_of(period), period, results)
            found += [(query.id, line) for line in lines_of(results[query.id], query.label, setting)]
    return found


def _page(call: Call, request: Request, lines: list[tuple[str, Line]], skipped: int, most: int) -> Reply:
    """Up to `most` values after those that were on earlier pages."""
    is_ascending = request.get("ScanBy") == "TimestampAscending"
    results: list[dict[str, Any]] = []
    passed, left = 0, most
    for id, line in lines:
        points = sorted(line.values.items(), reverse=not is_ascending)
        first = max(0, skipped - passed)
        shown = points[first : first + left]
        passed += len(points)
        if first and first >= len(points):
            continue
        left -= len(shown)
        results.append(
            {
                "Id": id,
                "Label": line.label,
                "Timestamps": [float(time) for time, _ in shown],
                "Values": [value for _, value in shown],
                "StatusCode": "Complete" if first + len(shown) == len(points) else "PartialData",
            }
        )
        if left == 0 and first + len(shown) < len(points):
            break
    reply: Reply = {"MetricDataResults": results, "Messages": []}
    total = sum(len(line.values) for _, line in lines)
    if skipped + most < total:
        reply["NextToken"] = token_of(call, (skipped + most,))
    return reply
