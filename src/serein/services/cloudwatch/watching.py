"""Looks at alarms: reads what they watch, and gives them the states that follow."""

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.cloudwatch.alarms import COMPOSITE, INSUFFICIENT, Alarm, queries_of, watched_period
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.evaluation import grid_of, judge, next_change, reason_data, windows_before
from serein.services.cloudwatch.math.values import Line
from serein.services.cloudwatch.metrics import metric_id
from serein.services.cloudwatch.queries import Query, is_clocked, line_of, results_of
from serein.services.cloudwatch.samples import Sample
from serein.services.cloudwatch.series import Row, Series, detail, grouped
from serein.services.cloudwatch.statistics import PLAIN
from serein.services.cloudwatch.store import alarms as store
from serein.services.cloudwatch.store import metrics
from serein.services.cloudwatch.transitions import change_state, evaluate_composite, reconsider_actions

_AHEAD_SECONDS = 2 * 3600
_MOST_ALARMS = 50


def watch_due(tx: Transaction) -> bool:
    """Look at alarms that are due; return whether there may be more."""
    due = store.due_alarms(tx, tx.now, _MOST_ALARMS)
    for alarm in due:
        watch(tx, alarm)
    return len(due) == _MOST_ALARMS


def watch(tx: Transaction, alarm: Alarm) -> None:
    """Look at an alarm, and say when to look again."""
    if alarm.kind == COMPOSITE:
        store.set_due(tx, alarm.arn, None)
        if alarm.state.value == INSUFFICIENT:
            evaluate_composite(tx, alarm, None)
        reconsider_actions(tx, store.find_alarm_by_arn(tx, alarm.arn) or alarm)
        return
    definition = alarm.definition
    period = watched_period(definition, alarm.scope)
    periods = definition["EvaluationPeriods"]
    moment = int(tx.now // grid_of(period) * grid_of(period))
    windows = windows_before(moment, period, periods)
    queries = queries_of(definition, alarm.scope)
    rows = {query.id: _rows(tx, alarm, query, windows[0], moment + _AHEAD_SECONDS) for query in queries if query.metric}
    again = next_change([row for each in rows.values() for row in each], moment, period, periods)
    if is_clocked(queries):
        again = float(moment + grid_of(period))
    store.set_due(tx, alarm.arn, again)
    try:
        values, is_significant = _values(queries, rows, windows, period, definition)
    except AwsError as error:
        reason = f"Failed to evaluate the alarm: {error.message}"
        change_state(tx, alarm, INSUFFICIENT, reason, "")
        return
    verdict = judge(definition, values, windows)
    if verdict.value is None or not is_significant:
        return
    if (verdict.value, verdict.reason) != (alarm.state.value, alarm.state.reason):
        data = reason_data(definition, verdict, windows, tx.now)
        change_state(tx, alarm, verdict.value, verdict.reason, data)


def _rows(tx: Transaction, alarm: Alarm, query: Query, start: int, end: int) -> list[Row]:
    assert query.metric is not None
    id = metric_id(alarm.scope, query.metric)
    return detail(query.period, metrics.rows_between(tx, id, start, end, query.unit))


def _values(
    queries: list[Query], rows: dict[str, list[Row]], windows: list[int], period: int, definition: dict[str, object]
) -> tuple[Series, bool]:
    """What the alarm compares, and whether that is enough to be significant. Raises ValidationError."""
    moment = windows[-1] + period
    lines: dict[str, Line] = {}
    is_significant = True
    for query in queries:
        if query.metric is None:
            continue
        samples = grouped((row for row in rows[query.id] if row.started_at < moment), moment, query.period)
        lines[query.id] = line_of(query, samples, query.label)
        if definition.get("EvaluateLowSampleCountPercentile") == "ignore" and query.statistic not in PLAIN:
            is_significant = is_significant and _is_significant(query.statistic, samples)
    watched = next(query for query in queries if query.is_returned)
    if watched.id in lines:
        return lines[watched.id].values, is_significant

    def times_of(length: int) -> list[int]:
        return list(range(windows[0], moment, length))

    result = results_of(queries, lines, times_of)[watched.id]
    if isinstance(result, Line):
        return result.values, is_significant
    if isinstance(result, (int, float)):
        return dict.fromkeys(windows, float(result)), is_significant
    raise ValidationError("The expression must have one time series as its result")


def _is_significant(statistic: str, samples: dict[int, Sample]) -> bool:
    """Whether the newest value has enough samples for its percentile.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    digits = statistic.lstrip("pP")
    if not samples or not digits.replace(".", "", 1).isdigit():
        return True
    share = float(digits) / 100
    needed = 10 / (1 - share) if 0.5 <= share < 1 else 10 / max(share, 0.01)
    return samples[max(samples)].weight >= needed
