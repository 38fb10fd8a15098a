"""Metrics: what is put can be read in all the ways that CloudWatch has."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HOUR = 3600


def moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def put(cloudwatch: Any, *data: dict[str, Any], namespace: str = "Shop") -> None:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=list(data))


def statistics(cloudwatch: Any, start: float, end: float, **members: Any) -> list[dict[str, Any]]:
    request = {"Namespace": "Shop", "MetricName": "Orders", "Period": 60, "Statistics": ["Sum"]} | members
    reply = cloudwatch.get_metric_statistics(StartTime=moment(start), EndTime=moment(end), **request)
    return sorted(reply["Datapoints"], key=lambda point: point["Timestamp"])


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_values_of_a_minute_become_one_datapoint(cloudwatch: Any, now: float) -> None:
    put(cloudwatch, *({"MetricName": "Orders", "Value": value, "Timestamp": moment(now)} for value in (1, 2, 6)))
    names = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
    (point,) = statistics(cloudwatch, now - 60, now + 60, Statistics=names)
    assert {name: point[name] for name in names} == {
        "SampleCount": 3,
        "Average": 3,
        "Sum": 9,
        "Minimum": 1,
        "Maximum": 6,
    }
    assert point["Unit"] == "None" and point["Timestamp"] == moment(now // 60 * 60)


def test_a_time_that_is_left_out_is_now(aws: Any, cloudwatch: Any) -> None:
    put(cloudwatch, {"MetricName": "Orders", "Value": 4.5})
    now = aws.clock.now()
    assert [point["Sum"] for point in statistics(cloudwatch, now - 120, now + 60)] == [4.5]


def test_values_with_counts_give_percentiles(cloudwatch: Any, now: float) -> None:
    put(
        cloudwatch,
        {"MetricName": "Orders", "Values": [10, 20, 30], "Counts": [90, 9, 1], "Timestamp": moment(now)},
    )
    wanted = ["p50", "p90", "p99", "p99.9", "tm90", "TC(15:25)", "PR(:10)", "TS(90%:100%)", "WM(0%:90%)", "IQM"]
    (point,) = statistics(cloudwatch, now - 60, now + 60, Statistics=["Sum"], ExtendedStatistics=wanted)
    assert point["ExtendedStatistics"] == {
        "p50": 10, "p90": 10, "p99": 20, "p99.9": 30, "tm90": 10, "TC(15:25)": 9, "PR(:10)": 90,
        "TS(90%:100%)": 210, "WM(0%:90%)": 10, "IQM": 10,
    }  # fmt: skip


def test_statistic_sets_add_up_and_have_no_percentiles_unless_all_is_one(cloudwatch: Any, now: float) -> None:
    put(
        cloudwatch,
        {
            "MetricName": "Orders",
            "Timestamp": moment(now),
            "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4},
        },
        {
            "MetricName": "Same",
            "Timestamp": moment(now),
            "StatisticValues": {"SampleCount": 3, "Sum": 6, "Minimum": 2, "Maximum": 2},
        },
    )
    (point,) = statistics(cloudwatch, now - 60, now + 60, ExtendedStatistics=["p90"], Statistics=["Average"])
    assert point["Average"] == 2.5 and "ExtendedStatistics" not in point
    (same,) = statistics(
        cloudwatch, now - 60, now + 60, MetricName="Same", Statistics=["Sum"], ExtendedStatistics=["p90"]
    )
    assert same["ExtendedStatistics"] == {"p90": 2}


def test_dimensions_and_units_keep_data_apart(cloudwatch: Any, now: float) -> None:
    shop = [{"Name": "Shop", "Value": "a"}, {"Name": "Till", "Value": "1"}]
    common = {"MetricName": "Orders", "Timestamp": moment(now)}
    put(
        cloudwatch,
        {**common, "Value": 1},
        {**common, "Value": 2, "Dimensions": shop},
        {**common, "Value": 3, "Unit": "Count"},
    )
    assert [
        (point["Sum"], point["Unit"])
        for point in sorted(statistics(cloudwatch, now - 60, now + 60), key=lambda point: point["Unit"])
    ] == [(3, "Count"), (1, "None")]
    assert [point["Sum"] for point in statistics(cloudwatch, now - 60, now + 60, Unit="Count")] == [3]
    assert statistics(cloudwatch, now - 60, now + 60, Unit="Bytes") == []
    assert [point["Sum"] for point in statistics(cloudwatch, now - 60, now + 60, Dimensions=shop[::-1])] == [2]
    assert statistics(cloudwatch, now - 60, now + 60, Dimensions=shop[:1]) == []


def test_high_resolution_is_kept_by_the_second(cloudwatch: Any, now: float) -> None:
    for second in (0, 1, 12):
        put(
            cloudwatch,
            {"MetricName": "Orders", "Value": 1, "StorageResolution": 1, "Timestamp": moment(now + second)},
        )
    put(cloudwatch, {"MetricName": "Slow", "Value": 5, "Timestamp": moment(now)})
    assert [point["Sum"] for point in statistics(cloudwatch, now - 10, now + 50, Period=1)] == [1, 1, 1]
    assert [point["Sum"] for point in statistics(cloudwatch, now - 10, now + 50, Period=10)] == [2, 1]
    assert [point["Sum"] for point in statistics(cloudwatch, now - 10, now + 50)] == [3]
    slow = statistics(cloudwatch, now - 10, now + 50, Period=10, MetricName="Slow")
    assert [(point["Timestamp"], point["Sum"]) for point in slow] == [(moment(now - 10), 5)]


def test_data_lose_detail_as_they_age(aws: Any, cloudwatch: Any, now: float) -> None:
    for second in (0, 60, 240, 400):
        put(
            cloudwatch,
            {"MetricName": "Orders", "Value": 1, "StorageResolution": 1, "Timestamp": moment(now + second)},
        )
    start = now // HOUR * HOUR
    assert len(statistics(cloudwatch, start, start + 2 * HOUR)) == 4
    aws.advance(16 * 86_400)
    assert sum(point["Sum"] for point in statistics(cloudwatch, start, start + 2 * HOUR)) == 4
    assert all(point["Timestamp"].minute % 5 == 0 for point in statistics(cloudwatch, start, start + 2 * HOUR))
    aws.advance(64 * 86_400)
    hourly = statistics(cloudwatch, start, start + 2 * HOUR, Period=HOUR)
    assert sum(point["Sum"] for point in hourly) == 4
    aws.advance(456 * 86_400)
    assert statistics(cloudwatch, start, start + 2 * HOUR, Period=HOUR) == []
    assert cloudwatch.list_metrics(Namespace="Shop")["Metrics"] == []


def test_metrics_are_listed_for_two_weeks(aws: Any, cloudwatch: Any) -> None:
    shop = [{"Name": "Shop", "Value": "a"}]
    put(cloudwatch, {"MetricName": "Orders", "Value": 1, "Dimensions": shop}, {"MetricName": "Visits", "Value": 1})
    put(cloudwatch, {"MetricName": "Other", "Value": 1}, namespace="Office")

    def listed(**request: Any) -> list[str]:
        return [metric["MetricName"] for metric in cloudwatch.list_metrics(**request)["Metrics"]]

    assert listed() == ["Other", "Orders", "Visits"]
    assert listed(Namespace="Shop") == ["Orders", "Visits"]
    assert listed(MetricName="Orders") == ["Orders"]
    assert listed(Dimensions=[{"Name": "Shop"}]) == ["Orders"]
    assert listed(Dimensions=[{"Name": "Shop", "Value": "b"}]) == []
    assert cloudwatch.list_metrics(MetricName="Orders")["Metrics"][0]["Dimensions"] == shop
    aws.advance(4 * HOUR)
    assert listed(RecentlyActive="PT3H") == [] and len(listed()) == 3
    aws.advance(15 * 86_400)
    assert listed() == []


def test_long_lists_of_metrics_come_in_pages(cloudwatch: Any) -> None:
    put(cloudwatch, *({"MetricName": f"m{number:04}", "Value": 1} for number in range(600)))
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="Shop"))
    assert [len(page["Metrics"]) for page in pages] == [500, 100]
    assert refusal(cloudwatch.list_metrics, NextToken="x")[0] == "InvalidNextToken"


@pytest.mark.parametrize(
    ("datum", "code", "part"),
    [
        ({}, "MissingParameter", "At least one of the parameters"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination", "mutually exclusive"),
        ({"Value": float("nan")}, "InvalidParameterValue", "MetricData.member.1.Value is invalid"),
        ({"Value": 2.0**361}, "InvalidParameterValue", "is invalid"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue", "same size"),
        ({"Values": list(range(151))}, "InvalidParameterValue", "150"),
        ({"Values": [1], "Counts": [-1]}, "InvalidParameterValue", "negative"),
        ({"Values": [1], "Counts": [0]}, "InvalidParameterValue", "zero"),
        ({"Value": 1, "StorageResolution": 5}, "InvalidParameterValue", "StorageResolution"),
        (
            {"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}},
            "InvalidParameterValue",
            "SampleCount",
        ),
        (
            {"StatisticValues": {"SampleCount": 1, "Sum": 0, "Minimum": 3, "Maximum": 0}},
            "InvalidParameterValue",
            "Minimum",
        ),
        ({"Value": 1, "Timestamp": datetime(2001, 1, 1, tzinfo=UTC)}, "InvalidParameterValue", "two weeks"),
        ({"Value": 1, "Unit": "Miles"}, "ValidationError", "enum value set"),
        (
            {"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            "InvalidParameterValue",
            "twice",
        ),
    ],
)
def test_bad_data_are_refused(cloudwatch: Any, datum: dict[str, Any], code: str, part: str) -> None:
    given = refusal(cloudwatch.put_metric_data, Namespace="Shop", MetricData=[{"MetricName": "Orders", **datum}])
    assert given[0] == code and part in given[1]


def test_bad_requests_for_data_are_refused(cloudwatch: Any, now: float) -> None:
    code, message = refusal(
        cloudwatch.put_metric_data, Namespace="AWS/Own", MetricData=[{"MetricName": "a", "Value": 1}]
    )
    assert (code, message) == ("InvalidParameterValue", "The value AWS/Own for parameter Namespace is invalid.")
    common = {"Namespace": "Shop", "MetricName": "Orders", "Statistics": ["Sum"]}
    times = {"StartTime": moment(now), "EndTime": moment(now + HOUR)}
    assert refusal(cloudwatch.get_metric_statistics, **common, Period=7, **times)[0] == "InvalidParameterValue"
    assert (
        refusal(cloudwatch.get_metric_statistics, **common, Period=60, StartTime=moment(now), EndTime=moment(now))[0]
        == "InvalidParameterValue"
    )
    assert refusal(
        cloudwatch.get_metric_statistics, **common, Period=60, StartTime=moment(now), EndTime=moment(now + 2 * 86_400)
    ) == (
        "InvalidParameterCombination",
        "You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints "
        "requested by increasing Period, or decreasing the time range.",
    )
    del common["Statistics"]
    assert refusal(cloudwatch.get_metric_statistics, **common, Period=60, **times)[0] == "MissingParameter"
    assert (
        refusal(cloudwatch.get_metric_statistics, **common, Period=60, ExtendedStatistics=["p101"], **times)[0]
        == "InvalidParameterValue"
    )


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_every_protocol_of_cloudwatch_is_spoken(aws: Any, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", [protocol])
    client = boto3.Session().client(
        "cloudwatch",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=aws.account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.meta.service_model.resolved_protocol == protocol
    put(client, {"MetricName": "Orders", "Value": 2, "Dimensions": [{"Name": "a", "Value": "b"}]})
    (metric,) = client.list_metrics(Namespace="Shop")["Metrics"]
    assert metric["Dimensions"] == [{"Name": "a", "Value": "b"}]
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")
    data = client.get_metric_data(
        MetricDataQueries=[{"Id": "e1", "Expression": "TIME_SERIES(3)", "Period": 60}],
        StartTime=moment(aws.clock.now() - 120),
        EndTime=moment(aws.clock.now()),
    )
    assert set(data["MetricDataResults"][0]["Values"]) == {3.0}


def test_metrics_of_two_accounts_are_apart(aws: Any, cloudwatch: Any) -> None:
    put(cloudwatch, {"MetricName": "Orders", "Value": 1})
    other = boto3.client(
        "cloudwatch",
        endpoint_url=aws.endpoint,
        region_name="eu-west-1",
        aws_access_key_id=aws.account,
        aws_secret_access_key="secret",
    )
    assert other.list_metrics()["Metrics"] == []
