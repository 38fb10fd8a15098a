"""Metric math: the series that GetMetricData answers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

A = {1: 2.0, 2: 4.0, 4: 8.0}
B = {1: 1.0, 2: 0.0, 3: 5.0}


class Series:
    """Two metrics with values in some of five minutes, and what expressions make of them."""

    def __init__(self, aws: Any) -> None:
        self._client = aws.client("cloudwatch")
        self.start = float(aws.clock.now() // 3600 * 3600)
        for name, values in (("a", A), ("b", B)):
            self._client.put_metric_data(
                Namespace="Shop",
                MetricData=[
                    {"MetricName": name, "Value": value, "Timestamp": self._moment(minute)}
                    for minute, value in values.items()
                ],
            )

    def _moment(self, minute: float) -> datetime:
        return datetime.fromtimestamp(self.start + minute * 60, UTC)

    def ask(self, *queries: dict[str, Any], **request: Any) -> dict[str, Any]:
        reply: dict[str, Any] = self._client.get_metric_data(
            MetricDataQueries=[
                *({"Id": name, "MetricStat": self.stat(name), "ReturnData": False} for name in ("a", "b")),
                *queries,
            ],
            StartTime=self._moment(0),
            EndTime=self._moment(5),
            **{"ScanBy": "TimestampAscending"} | request,
        )
        return reply

    def stat(self, name: str) -> dict[str, Any]:
        return {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}

    def evaluate(self, expression: str) -> list[dict[int, float]]:
        reply = self.ask({"Id": "e1", "Expression": expression})
        return [
            {
                round((time.timestamp() - self.start) / 60): value
                for time, value in zip(result["Timestamps"], result["Values"], strict=True)
            }
            for result in reply["MetricDataResults"]
        ]


@pytest.fixture
def series(aws: Any) -> Series:
    return Series(aws)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", {1: 3, 2: 4}),
        ("a / b", {1: 2}),
        ("-a^2 + 1", {1: -3, 2: -15, 4: -63}),
        ("2 * (a - 1)", {1: 2, 2: 6, 4: 14}),
        ("a > 2 AND a < 8", {1: 0, 2: 1, 4: 0}),
        ("a == 2 || a == 8", {1: 1, 2: 0, 4: 1}),
        ("ABS(0 - a)", {1: 2, 2: 4, 4: 8}),
        ("CEIL(a / 3)", {1: 1, 2: 2, 4: 3}),
        ("FLOOR(a / 3)", {1: 0, 2: 1, 4: 2}),
        ("LOG10(a * 50) + LOG(b * 0 + 1)", {1: 2, 2: 2.30103}),
        ("AVG([a, b])", {1: 1.5, 2: 2, 3: 5, 4: 8}),
        ("SUM(METRICS())", {1: 3, 2: 4, 3: 5, 4: 8}),
        ("MAX(METRICS('a'))", {1: 2, 2: 4, 4: 8}),
        ("a * 0 + MAX(a)", {1: 8, 2: 8, 4: 8}),
        ("a * 0 + STDDEV(b * 0)", {1: 0, 2: 0, 4: 0}),
        ("DIFF(a)", {2: 2, 4: 4}),
        ("DIFF_TIME(a)", {2: 60, 4: 120}),
        ("RATE(a) * 60", {2: 2, 4: 2}),
        ("RUNNING_SUM(a)", {1: 2, 2: 6, 4: 14}),
        ("FILL(a, 0)", {0: 0, 1: 2, 2: 4, 3: 0, 4: 8}),
        ("FILL(a, REPEAT)", {1: 2, 2: 4, 3: 4, 4: 8}),
        ("FILL(a, LINEAR)", {1: 2, 2: 4, 3: 6, 4: 8}),
        ("FILL(a, b)", {1: 2, 2: 4, 3: 5, 4: 8}),
        ("FIRST([a, b])", {1: 2, 2: 4, 4: 8}),
        ("LAST([a, b])", {1: 1, 2: 0, 3: 5}),
        ("IF(a > 2, a, 0)", {1: 0, 2: 4, 4: 8}),
        ("IF(a > 2, a)", {2: 4, 4: 8}),
        ("IF(METRIC_COUNT([a, b]) == 2, b, a)", {1: 1, 2: 0, 3: 5}),
        ("a / PERIOD(a) * 60", {1: 2, 2: 4, 4: 8}),
        ("MINUTE(a)", {1: 1, 2: 2, 4: 4}),
        ("TIME_SERIES(7)", {0: 7, 1: 7, 2: 7, 3: 7, 4: 7}),
        ("MIN(REMOVE_EMPTY([a, a - a / 0]))", {1: 2, 2: 4, 4: 8}),
        ("SLICE([a, b], 1)", {1: 1, 2: 0, 3: 5}),
        ("FIRST(SORT([a, b], MAX, ASC))", {1: 1, 2: 0, 3: 5}),
        ("FIRST(SORT([a, b], SUM, DESC, 1))", {1: 2, 2: 4, 4: 8}),
    ],
)
def test_expressions_have_cloudwatchs_results(series: Series, expression: str, expected: dict[int, float]) -> None:
    (result,) = series.evaluate(expression)
    assert result == pytest.approx(expected)


def test_an_array_is_several_results_with_labels_of_their_own(series: Series) -> None:
    reply = series.ask({"Id": "e1", "Expression": "[a, b] * 2", "Label": "twice"})
    assert [(result["Id"], result["Label"], result["Values"]) for result in reply["MetricDataResults"]] == [
        ("e1", "a", [4, 8, 16]),
        ("e1", "b", [2, 0, 10]),
    ]


def test_expressions_may_be_over_expressions(series: Series) -> None:
    reply = series.ask(
        {"Id": "e2", "Expression": "e1 + 1", "Label": "more"},
        {"Id": "e1", "Expression": "a * 10", "ReturnData": False},
        ScanBy="TimestampDescending",
    )
    (result,) = reply["MetricDataResults"]
    assert (result["Label"], result["Values"], result["StatusCode"]) == ("more", [81, 41, 21], "Complete")


def test_values_come_in_pages(series: Series) -> None:
    queries = ({"Id": "c", "MetricStat": series.stat("a")}, {"Id": "d", "MetricStat": series.stat("b")})
    first = series.ask(*queries, MaxDatapoints=4)
    assert [(each["Id"], each["Values"], each["StatusCode"]) for each in first["MetricDataResults"]] == [
        ("c", [2, 4, 8], "Complete"),
        ("d", [1], "PartialData"),
    ]
    second = series.ask(*queries, MaxDatapoints=4, NextToken=first["NextToken"])
    assert [(each["Id"], each["Values"]) for each in second["MetricDataResults"]] == [("d", [0, 5])]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("query", "code", "part"),
    [
        ({"Id": "e1", "Expression": "a +"}, "ValidationError", "Error in expression 'e1'"),
        ({"Id": "e1", "Expression": "a + nobody"}, "ValidationError", "The ID 'nobody' is not defined"),
        ({"Id": "e1", "Expression": "e1 + 1"}, "ValidationError", "circle"),
        ({"Id": "e1", "Expression": "NOTHING(a)"}, "ValidationError", "Unknown function NOTHING"),
        ({"Id": "e1", "Expression": "[a] + [b]"}, "ValidationError", "both sides"),
        ({"Id": "e1", "Expression": "FILL(a)"}, "ValidationError", "FILL expects two arguments"),
        ({"Id": "e1", "Expression": "'text'"}, "ValidationError", "text"),
        ({"Id": "e1", "Expression": "(" * 150 + "a" + ")" * 150}, "ValidationError", "deeply"),
        ({"Id": "e1", "Expression": "a" + "+a" * 900}, "ValidationError", "too many operators"),
        ({"Id": "E1", "Expression": "a"}, "ValidationError", "is not matching the expected pattern"),
        ({"Id": "a", "Expression": "b"}, "ValidationError", "more than once"),
        ({"Id": "e1"}, "ValidationError", "Exactly one of"),
        ({"Id": "e1", "Expression": "a", "Period": 61}, "ValidationError", "Period"),
        ({"Id": "e1", "Expression": "SEARCH('{Shop} a', 'Sum', 60)"}, "NotImplemented", "SEARCH"),
        ({"Id": "e1", "Expression": "ANOMALY_DETECTION_BAND(a)"}, "NotImplemented", "ANOMALY_DETECTION_BAND"),
        ({"Id": "e1", "Expression": 'SELECT SUM(a) FROM "Shop"'}, "NotImplemented", "Metrics Insights"),
        ({"Id": "e1", "Expression": "a", "Label": "${MAX}"}, "NotImplemented", "Label"),
        ({"Id": "e1", "Expression": "a", "AccountId": "123456789012"}, "NotImplemented", "AccountId"),
        (
            {
                "Id": "e1",
                "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "a"}, "Period": 60, "Stat": "Most"},
            },
            "ValidationError",
            "The value Most for parameter MetricDataQueries.member.3.MetricStat.Stat is not supported.",
        ),
    ],
)
def test_bad_queries_are_refused(series: Series, query: dict[str, Any], code: str, part: str) -> None:
    with pytest.raises(ClientError) as caught:
        series.ask(query)
    error = caught.value.response["Error"]
    assert error["Code"] == code and part in error["Message"]
