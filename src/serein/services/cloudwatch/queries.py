"""Metric data queries: what GetMetricData and alarms on expressions ask for."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from serein.kernel.errors import NotImplementedHere
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.math.evaluation import evaluate
from serein.services.cloudwatch.math.functions import CLOCKS, ELSEWHERE, NAMES
from serein.services.cloudwatch.math.syntax import Node, functions_in, names_in, parse_expression
from serein.services.cloudwatch.math.values import Line, Setting, Value
from serein.services.cloudwatch.metrics import Metric, parse_metric
from serein.services.cloudwatch.samples import Sample
from serein.services.cloudwatch.statistics import find_statistic

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")
_INSIGHTS = re.compile(r"(?i)\s*select\b")
_FINE_PERIODS = (1, 5, 10, 20, 30)
_WORDS = frozenset({"ASC", "AVG", "DESC", "LINEAR", "MAX", "MIN", "REPEAT", "SUM"})


class Query(NamedTuple):
    """One query: of a metric, or an expression over others."""

    id: str
    label: str
    is_returned: bool
    period: int
    """0 when an expression doesn't say."""
    metric: Metric | None = None
    statistic: str = ""
    unit: str | None = None
    expression: Node | None = None


def parse_queries(given: list[dict[str, Any]], place: str, account: str, periods: tuple[int, ...]) -> list[Query]:
    """Parse queries; `place` names the list in messages and `periods` those below a minute that may be asked for.

    Raises ValidationError and NotImplementedHere.
    """
    queries = [
        _parse_query(query, f"{place}.member.{number}", account, periods) for number, query in enumerate(given, 1)
    ]
    ids = [query.id for query in queries]
    for id in ids:
        if ids.count(id) > 1:
            raise ValidationError(f"The ID '{id}' is used more than once in {place}.")
    _check_references(queries)
    return queries


def _parse_query(given: dict[str, Any], place: str, account: str, periods: tuple[int, ...]) -> Query:
    id = given["Id"]
    if _ID.match(id) is None:
        raise ValidationError(
            f"The value {id} for parameter {place}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        )
    if given.get("AccountId", account) != account:
        raise NotImplementedHere("Serein does not implement metrics of other accounts (AccountId)")
    stat, text = given.get("MetricStat"), given.get("Expression")
    if (stat is None) == (text is None):
        raise ValidationError(f"Exactly one of {place}.MetricStat and {place}.Expression must be specified.")
    is_returned = given.get("ReturnData", True)
    if text is not None:
        period = require_period(given.get("Period", 60), f"{place}.Period", periods) if "Period" in given else 0
        return Query(id, given.get("Label", id), is_returned, period, expression=_parse_expression(id, text))
    assert stat is not None
    metric = stat["Metric"]
    for member in ("Namespace", "MetricName"):
        if member not in metric:
            raise ValidationError(f"The parameter {place}.MetricStat.Metric.{member} is required.")
    period = require_period(stat["Period"], f"{place}.MetricStat.Period", periods)
    if find_statistic(stat["Stat"]) is None:
        raise ValidationError(f"The value {stat['Stat']} for parameter {place}.MetricStat.Stat is not supported.")
    label = given.get("Label", metric["MetricName"])
    return Query(id, label, is_returned, period, parse_metric(metric), stat["Stat"], stat.get("Unit"))


def require_period(period: int, place: str, periods: tuple[int, ...] = _FINE_PERIODS) -> int:
    """A period that there may be. Raises ValidationError."""
    if period not in periods and (period < 60 or period % 60):
        allowed = ", ".join(map(str, periods))
        raise ValidationError(f"The parameter {place} must be one of {allowed}, or a multiple of 60.")
    return period


def _parse_expression(id: str, text: str) -> Node:
    if _INSIGHTS.match(text):
        raise NotImplementedHere("Serein does not implement Metrics Insights queries (SELECT)")
    try:
        node = parse_expression(text)
    except ValidationError as error:
        raise ValidationError(f"Error in expression '{id}': {error.message}") from None
    for name in functions_in(node):
        if name in ELSEWHERE:
            raise NotImplementedHere(f"Serein does not implement the function {name} of metric math")
        if name not in NAMES:
            raise ValidationError(f"Error in expression '{id}': Unknown function {name}")
    return node


def _check_references(queries: list[Query]) -> None:
    """Raise ValidationError when an expression names what isn't there, or itself by way of others."""
    needs = {query.id: _references(query) for query in queries}
    for id, names in needs.items():
        for name in sorted(names - needs.keys()):
            raise ValidationError(f"Error in expression '{id}': The ID '{name}' is not defined")
    ready: set[str] = set()
    while len(ready) < len(needs):
        more = {id for id, names in needs.items() if id not in ready and names <= ready}
        if not more:
            left = ", ".join(sorted(needs.keys() - ready))
            raise ValidationError(f"The expressions {left} refer to each other in a circle.")
        ready |= more


def _references(query: Query) -> set[str]:
    if query.expression is None:
        return set()
    return {name for name in names_in(query.expression) if name.upper() not in _WORDS}


def is_clocked(queries: list[Query]) -> bool:
    """Whether a result may change with time alone."""
    return any(query.expression is not None and functions_in(query.expression) & CLOCKS for query in queries)


def period_of(query: Query, queries: list[Query]) -> int:
    """A query's period: an expression that doesn't say has the longest of its metrics."""
    if query.period:
        return query.period
    by_id = {each.id: each for each in queries}
    parts = [period_of(by_id[id], queries) for id in _references(query)]
    every = [each.period for each in queries if each.metric is not None]
    return max(parts or every or [60])


def line_of(query: Query, samples: dict[int, Sample], label: str) -> Line:
    """The time series of a metric's query."""
    statistic = find_statistic(query.statistic)
    assert statistic is not None
    values = {time: value for time, sample in sorted(samples.items()) if (value := statistic(sample)) is not None}
    return Line(label, values, query.period)


def results_of(
    queries: list[Query], metrics: dict[str, Line], times_of: Callable[[int], list[int]]
) -> dict[str, Value]:
    """The result of every query, by id; `times_of` says where a period's values stand. Raises ValidationError."""
    known: dict[str, Value] = dict(metrics)
    left = [query for query in queries if query.id not in known]
    while left:
        for query in left:
            if _references(query) <= known.keys():
                period = period_of(query, queries)
                setting = Setting(times_of(period), period, known, metrics)
                assert query.expression is not None
                try:
                    known[query.id] = evaluate(query.expression, setting)
                except ValidationError as error:
                    raise ValidationError(f"Error in expression '{query.id}': {error.message}") from None
        left = [query for query in left if query.id not in known]
    return known
