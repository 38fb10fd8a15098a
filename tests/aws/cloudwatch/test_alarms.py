"""Alarms: their states, as data come and time passes, and what they do."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

DAY = 86_400


def moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def alarm_on(cloudwatch: Any, name: str = "high", **members: Any) -> None:
    request = {
        "MetricName": "Errors",
        "Namespace": "Shop",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
    } | members
    cloudwatch.put_metric_alarm(
        AlarmName=name, **{member: value for member, value in request.items() if value is not None}
    )


def measure(cloudwatch: Any, value: float, time: float | None = None, **members: Any) -> None:
    datum = {"MetricName": "Errors", "Value": value, **members}
    if time is not None:
        datum["Timestamp"] = moment(time)
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])


def shown(cloudwatch: Any, name: str = "high") -> dict[str, Any]:
    reply = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = reply["MetricAlarms"] + reply["CompositeAlarms"]
    return dict(alarm)


def state(cloudwatch: Any, name: str = "high") -> str:
    return str(shown(cloudwatch, name)["StateValue"])


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def history(cloudwatch: Any, **request: Any) -> list[str]:
    reply = cloudwatch.describe_alarm_history(ScanBy="TimestampAscending", **request)
    return [item["HistorySummary"] for item in reply["AlarmHistoryItems"]]


def test_an_alarm_follows_its_metric(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch, AlarmDescription="too many")
    first = shown(cloudwatch)
    assert (first["StateValue"], first["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert first["AlarmArn"] == f"arn:aws:cloudwatch:{aws.region}:{aws.account}:alarm:high"
    measure(cloudwatch, 6)
    aws.advance(60)
    alarm = shown(cloudwatch)
    assert alarm["StateValue"] == "ALARM"
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoint [6.0 (")
    assert alarm["StateReason"].endswith(
        ")] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(alarm["StateReasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["period"], data["statistic"]) == ([6.0], 5.0, 60, "Sum")
    measure(cloudwatch, 1)
    aws.advance(60)
    assert state(cloudwatch) == "OK"
    aws.advance(600)
    alarm = shown(cloudwatch)
    assert (alarm["StateValue"], alarm["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Insufficient Data: 1 datapoint was unknown.",
    )
    assert history(cloudwatch, AlarmName="high", HistoryItemType="StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to INSUFFICIENT_DATA",
    ]


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        ("GreaterThanThreshold", 5, "OK"),
        ("GreaterThanOrEqualToThreshold", 5, "ALARM"),
        ("LessThanThreshold", 5, "OK"),
        ("LessThanOrEqualToThreshold", 5, "ALARM"),
        ("LessThanThreshold", 4.9, "ALARM"),
    ],
)
def test_every_comparison_is_made(aws: Any, cloudwatch: Any, comparison: str, value: float, expected: str) -> None:
    alarm_on(cloudwatch, ComparisonOperator=comparison)
    measure(cloudwatch, value)
    aws.advance(60)
    assert state(cloudwatch) == expected


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Sum", 60), ("Average", 20), ("Minimum", 10), ("Maximum", 30), ("SampleCount", 3), ("p50", 20), ("tm50", 13.33)],
)
def test_every_statistic_can_be_watched(aws: Any, cloudwatch: Any, statistic: str, expected: float) -> None:
    member = "Statistic" if statistic[0].isupper() else "ExtendedStatistic"
    alarm_on(cloudwatch, **{"Statistic": None, member: statistic})
    for value in (10, 20, 30):
        measure(cloudwatch, value)
    aws.advance(60)
    assert json.loads(shown(cloudwatch)["StateReasonData"])["recentDatapoints"] == [pytest.approx(expected, abs=0.01)]


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(
    ("needed", "minutes", "expected"),
    [
        (3, "0-X-X", ("OK", "OK", "OK", "OK")),
        (3, "----0", ("OK", "OK", "OK", "OK")),
        (3, "-----", ("INSUFFICIENT_DATA", "as it was", "ALARM", "OK")),
        (3, "0XX-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, "--X--", ("ALARM", "as it was", "ALARM", "OK")),
        (2, "0-X-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "00X0X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0-X--", ("OK", "OK", "ALARM", "OK")),
        (2, "----0", ("OK", "OK", "ALARM", "OK")),
        (2, "---X-", ("ALARM", "as it was", "ALARM", "OK")),
    ],
)
def test_missing_data_are_treated_as_in_awss_tables(
    aws: Any, cloudwatch: Any, needed: int, minutes: str, expected: tuple[str, ...]
) -> None:
    start = aws.clock.now() // 60 * 60
    for minute, mark in enumerate(minutes):
        if mark != "-":
            measure(cloudwatch, 9 if mark == "X" else 0, start - 240 + minute * 60)
    for treatment in TREATMENTS:
        alarm_on(cloudwatch, treatment, EvaluationPeriods=3, DatapointsToAlarm=needed, TreatMissingData=treatment)
    aws.advance(60)
    assert [state(cloudwatch, treatment) for treatment in TREATMENTS] == [
        "INSUFFICIENT_DATA" if each == "as it was" else each for each in expected
    ]


def test_reasons_say_how_missing_data_were_treated(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch, "bad", TreatMissingData="breaching", EvaluationPeriods=2)
    alarm_on(cloudwatch, "good", TreatMissingData="notBreaching")
    aws.advance(60)
    assert (state(cloudwatch, "bad"), state(cloudwatch, "good")) == ("ALARM", "OK")
    assert shown(cloudwatch, "bad")["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[Breaching]."
    )
    assert shown(cloudwatch, "good")["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )


def test_alarms_on_dynamodb_ignore_missing_data(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch, Namespace="AWS/DynamoDB", TreatMissingData="breaching")
    aws.advance(600)
    assert state(cloudwatch) == "INSUFFICIENT_DATA"


def test_late_data_are_looked_at_at_once(aws: Any, cloudwatch: Any, now: float) -> None:
    alarm_on(cloudwatch)
    aws.advance(60)
    measure(cloudwatch, 9, aws.clock.now() - 70)
    aws.idle()
    assert state(cloudwatch) == "ALARM"


def test_alarms_of_short_periods_watch_the_seconds(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch, Period=10)
    aws.advance(10 - aws.clock.now() % 10)
    measure(cloudwatch, 9, StorageResolution=1)
    aws.advance(10)
    assert state(cloudwatch) == "ALARM"
    measure(cloudwatch, 0, StorageResolution=1)
    aws.advance(10)
    assert state(cloudwatch) == "OK"


def test_a_week_passes_without_work_and_states_are_right(aws: Any, cloudwatch: Any) -> None:
    for number in range(20):
        alarm_on(cloudwatch, f"a{number}", TreatMissingData="notBreaching")
    alarm_on(cloudwatch, "daily", Period=DAY, EvaluationPeriods=2, DatapointsToAlarm=1)
    measure(cloudwatch, 9)
    aws.advance(60)
    assert {state(cloudwatch, name) for name in ("a0", "a19", "daily")} == {"ALARM"}
    aws.advance(300)
    assert state(cloudwatch, "a0") == "OK"
    assert state(cloudwatch, "daily") == "ALARM"
    aws.advance(7 * DAY)
    assert (state(cloudwatch, "a0"), state(cloudwatch, "daily")) == ("OK", "INSUFFICIENT_DATA")


def test_alarms_watch_expressions(aws: Any, cloudwatch: Any) -> None:
    def query(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name.lower(), "MetricStat": stat, "ReturnData": False}

    alarm_on(
        cloudwatch,
        **dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period")),
        Metrics=[
            query("Errors"),
            query("Calls"),
            {"Id": "rate", "Expression": "IF(calls > 0, 100 * FILL(errors, 0) / calls)", "Label": "rate"},
        ],
        Threshold=10,
    )
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Calls", "Value": 20}])
    aws.advance(60)
    assert state(cloudwatch) == "OK"
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Calls", "Value": 20}])
    measure(cloudwatch, 4)
    aws.advance(60)
    assert json.loads(shown(cloudwatch)["StateReasonData"])["recentDatapoints"] == [20.0]
    assert state(cloudwatch) == "ALARM"


def test_percentiles_of_few_samples_can_be_ignored(aws: Any, cloudwatch: Any) -> None:
    for treatment in ("ignore", "evaluate"):
        members = {"Statistic": None, "ExtendedStatistic": "p90", "EvaluateLowSampleCountPercentile": treatment}
        alarm_on(cloudwatch, treatment, **members)
    measure(cloudwatch, 9)
    aws.advance(60)
    assert (state(cloudwatch, "ignore"), state(cloudwatch, "evaluate")) == ("INSUFFICIENT_DATA", "ALARM")
    cloudwatch.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": "Errors", "Values": [9.0], "Counts": [200.0]}]
    )
    aws.advance(60)
    assert state(cloudwatch, "ignore") == "ALARM"


def test_a_state_that_is_set_lasts_until_the_alarm_is_looked_at(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch, TreatMissingData="notBreaching")
    aws.advance(60)
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="testing", StateReasonData='{"a": 1}')
    alarm = shown(cloudwatch)
    assert (alarm["StateValue"], alarm["StateReason"], alarm["StateReasonData"]) == ("ALARM", "testing", '{"a": 1}')
    aws.advance(60)
    assert state(cloudwatch) == "OK"
    assert refusal(cloudwatch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="x")[0] == (
        "ResourceNotFound"
    )
    assert refusal(cloudwatch.set_alarm_state, AlarmName="high", StateValue="OK", StateReason="x", StateReasonData="{")[
        0
    ] == ("InvalidFormat")


def test_topics_are_told(aws: Any, cloudwatch: Any) -> None:
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    alarm_on(
        cloudwatch,
        AlarmActions=[topic],
        OKActions=[topic],
        AlarmDescription="too many",
        Dimensions=[{"Name": "Shop", "Value": "a"}],
    )
    measure(cloudwatch, 9, Dimensions=[{"Name": "Shop", "Value": "a"}])
    aws.advance(60)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(message["Body"])
    assert envelope["Subject"] == 'ALARM: "high" in US East (N. Virginia)'
    told = json.loads(envelope["Message"])
    assert (told["NewStateValue"], told["OldStateValue"], told["AWSAccountId"]) == (
        "ALARM",
        "INSUFFICIENT_DATA",
        aws.account,
    )
    assert told["Trigger"]["Dimensions"] == [{"value": "a", "name": "Shop"}]
    assert (told["Trigger"]["Statistic"], told["Trigger"]["Threshold"]) == ("SUM", 5.0)
    assert history(cloudwatch, HistoryItemType="Action") == [f"Successfully executed action {topic}"]
    cloudwatch.disable_alarm_actions(AlarmNames=["high", "none"])
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="OK", StateReason="x")
    aws.idle()
    assert len(history(cloudwatch, HistoryItemType="Action")) == 1
    cloudwatch.enable_alarm_actions(AlarmNames=["high"])
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="x")
    assert len(history(cloudwatch, HistoryItemType="Action")) == 2
    assert history(cloudwatch, HistoryItemType="ConfigurationUpdate") == [
        'Alarm "high" created',
        "Alarm actions disabled",
        "Alarm actions enabled",
    ]


def test_actions_that_are_not_here_fail_in_the_history(aws: Any, cloudwatch: Any) -> None:
    action = f"arn:aws:automate:{aws.region}:ec2:stop"
    alarm_on(cloudwatch, AlarmActions=[action])
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="x")
    assert history(cloudwatch, HistoryItemType="Action") == [f"Failed to execute action {action}"]


def test_composite_alarms_follow_their_children(aws: Any, cloudwatch: Any) -> None:
    for name in ("a", "b"):
        alarm_on(cloudwatch, name, TreatMissingData="ignore")
    child = shown(cloudwatch, "a")["AlarmArn"]
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule=f'ALARM("{child}") AND (NOT OK(b) OR FALSE)', AlarmDescription="both"
    )
    cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(both)")
    aws.idle()
    assert (state(cloudwatch, "both"), state(cloudwatch, "top")) == ("OK", "OK")
    assert shown(cloudwatch, "both")["StateReason"].endswith("was created and its alarm rule evaluates to OK")
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="x")
    assert (state(cloudwatch, "both"), state(cloudwatch, "top")) == ("ALARM", "ALARM")
    assert f"{child} transitioned to ALARM at " in shown(cloudwatch, "both")["StateReason"]
    cloudwatch.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="x")
    assert (state(cloudwatch, "both"), state(cloudwatch, "top")) == ("OK", "OK")
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in children] == ["a", "b"]
    parents = cloudwatch.describe_alarms(ParentsOfAlarmName="both")["CompositeAlarms"]
    assert [alarm["AlarmName"] for alarm in parents] == ["top"]
    assert history(cloudwatch, AlarmName="both", AlarmTypes=["CompositeAlarm"])[0] == 'Alarm "both" created'


def test_composite_alarms_may_be_suppressed(aws: Any, cloudwatch: Any) -> None:
    topic = aws.client("sns").create_topic(Name="alarms")["TopicArn"]
    for name in ("a", "maintenance"):
        alarm_on(cloudwatch, name, TreatMissingData="ignore")
    cloudwatch.put_composite_alarm(
        AlarmName="top",
        AlarmRule="ALARM(a)",
        AlarmActions=[topic],
        ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=30,
        ActionsSuppressorExtensionPeriod=60,
    )
    aws.idle()

    def actions() -> int:
        return len(history(cloudwatch, AlarmTypes=["CompositeAlarm"], HistoryItemType="Action"))

    def switch(name: str, value: str) -> None:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="x")
        aws.idle()

    switch("a", "ALARM")
    assert shown(cloudwatch, "top")["ActionsSuppressedBy"] == "WaitPeriod"
    switch("maintenance", "ALARM")
    assert shown(cloudwatch, "top")["ActionsSuppressedBy"] == "Alarm"
    aws.advance(3600)
    assert actions() == 0
    switch("maintenance", "OK")
    assert shown(cloudwatch, "top")["ActionsSuppressedBy"] == "ExtensionPeriod"
    aws.advance(60)
    assert actions() == 1 and "ActionsSuppressedBy" not in shown(cloudwatch, "top")
    switch("a", "OK")
    switch("a", "ALARM")
    aws.advance(30)
    assert actions() == 2


@pytest.mark.parametrize("rule", [" ", "ALARM(a", "ALARM(a) b", "AND", "(ALARM(a)", "MAYBE(a)", "(" * 150 + "TRUE"])
def test_bad_rules_are_refused(cloudwatch: Any, rule: str) -> None:
    code, _ = refusal(cloudwatch.put_composite_alarm, AlarmName="top", AlarmRule=rule)
    assert code == "ValidationError"


def test_composite_alarms_hold_on_to_their_children(cloudwatch: Any) -> None:
    assert refusal(cloudwatch.put_composite_alarm, AlarmName="top", AlarmRule="ALARM(none)")[0] == "ValidationError"
    alarm_on(cloudwatch, "a")
    cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(a)")
    code, message = refusal(cloudwatch.delete_alarms, AlarmNames=["a"])
    assert code == "ValidationError" and "top" in message
    cloudwatch.put_composite_alarm(AlarmName="second", AlarmRule="TRUE")
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["top", "second"])[0] == "ValidationError"
    cloudwatch.delete_alarms(AlarmNames=["top"])
    cloudwatch.delete_alarms(AlarmNames=["a"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_alarms_that_watch_each_other_come_to_rest(aws: Any, cloudwatch: Any) -> None:
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="TRUE")
    cloudwatch.put_composite_alarm(AlarmName="b", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="NOT ALARM(b)")
    cloudwatch.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="x")
    aws.idle()
    assert state(cloudwatch, "a") in ("OK", "ALARM")


def test_alarms_are_found_in_many_ways(cloudwatch: Any, aws: Any) -> None:
    topic = f"arn:aws:sns:{aws.region}:{aws.account}:t"
    alarm_on(cloudwatch, "a1", OKActions=[topic])
    alarm_on(cloudwatch, "a2", MetricName="Calls", Unit="Count")
    alarm_on(cloudwatch, "b1", Statistic="Average")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
    cloudwatch.set_alarm_state(AlarmName="a2", StateValue="OK", StateReason="x")

    def names(**request: Any) -> list[str]:
        reply = cloudwatch.describe_alarms(**request)
        return [alarm["AlarmName"] for alarm in reply["MetricAlarms"] + reply["CompositeAlarms"]]

    assert names() == ["a1", "a2", "b1"]
    assert names(AlarmTypes=["CompositeAlarm"]) == ["c"]
    assert names(AlarmNamePrefix="a") == ["a1", "a2"]
    assert names(StateValue="OK") == ["a2"]
    assert names(ActionPrefix="arn:aws:sns") == ["a1"]
    assert refusal(cloudwatch.describe_alarms, AlarmNames=["a1"], AlarmNamePrefix="a")[0] == "ValidationError"
    assert refusal(cloudwatch.describe_alarms, ChildrenOfAlarmName="c", StateValue="OK")[0] == "ValidationError"
    assert refusal(cloudwatch.describe_alarms, ChildrenOfAlarmName="none")[0] == "ResourceNotFound"
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    assert refusal(cloudwatch.describe_alarms, NextToken="x")[0] == "InvalidNextToken"

    def of_metric(**request: Any) -> list[str]:
        reply = cloudwatch.describe_alarms_for_metric(Namespace="Shop", **request)
        return [alarm["AlarmName"] for alarm in reply["MetricAlarms"]]

    assert of_metric(MetricName="Errors") == ["a1", "b1"]
    assert of_metric(MetricName="Errors", Statistic="Average") == ["b1"]
    assert of_metric(MetricName="Calls", Unit="Count", Period=60) == ["a2"]
    assert of_metric(MetricName="Errors", Dimensions=[{"Name": "x", "Value": "y"}]) == []


def test_history_comes_in_pages_and_outlives_the_alarm(aws: Any, cloudwatch: Any) -> None:
    alarm_on(cloudwatch)
    for value in ("ALARM", "OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="high", StateValue=value, StateReason="x")
    cloudwatch.delete_alarms(AlarmNames=["high"])
    pages = list(
        cloudwatch.get_paginator("describe_alarm_history").paginate(AlarmName="high", PaginationConfig={"PageSize": 2})
    )
    assert [len(page["AlarmHistoryItems"]) for page in pages] == [2, 2, 1]
    assert pages[0]["AlarmHistoryItems"][0]["HistorySummary"] == 'Alarm "high" deleted'
    item = pages[1]["AlarmHistoryItems"][0]
    assert (item["AlarmType"], item["HistoryItemType"]) == ("MetricAlarm", "StateUpdate")
    assert json.loads(item["HistoryData"])["oldState"]["stateValue"] == "ALARM"
    later = moment(aws.clock.now() + 10)
    assert history(cloudwatch, StartDate=later, EndDate=later) == []


@pytest.mark.parametrize(
    ("members", "code", "part"),
    [
        ({"MetricName": None}, "ValidationError", "MetricName"),
        ({"Period": 15}, "ValidationError", "Period"),
        ({"Statistic": None}, "ValidationError", "Statistic"),
        ({"ExtendedStatistic": "p90"}, "ValidationError", "Statistic"),
        ({"Statistic": None, "ExtendedStatistic": "p900"}, "ValidationError", "p900"),
        ({"Threshold": None}, "ValidationError", "Threshold"),
        ({"DatapointsToAlarm": 2}, "ValidationError", "DatapointsToAlarm"),
        ({"EvaluationPeriods": 1441}, "ValidationError", "more than a day"),
        ({"Period": DAY, "EvaluationPeriods": 8}, "ValidationError", "more than a week"),
        ({"TreatMissingData": "maybe"}, "ValidationError", "TreatMissingData"),
        ({"AlarmActions": ["x"]}, "ValidationError", "Invalid arn syntax: x"),
        (
            {"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:t"]},
            "ValidationError",
            "Invalid region eu-west-1 specified. Only us-east-1 is supported.",
        ),
        ({"Metrics": [{"Id": "e1", "Expression": "TIME_SERIES(1)"}]}, "ValidationError", "together with Metrics"),
        ({"ComparisonOperator": "Bigger"}, "ValidationError", "enum value set"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "NotImplemented", "anomaly"),
        ({"ThresholdMetricId": "t"}, "NotImplemented", "ThresholdMetricId"),
        ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}, "NotImplemented", "WarmUpConfiguration"),
        ({"EvaluationWindow": {"WallClockWindow": {}}}, "NotImplemented", "WallClockWindow"),
    ],
)
def test_bad_alarms_are_refused(cloudwatch: Any, members: dict[str, Any], code: str, part: str) -> None:
    with pytest.raises(ClientError) as caught:
        alarm_on(cloudwatch, **members)
    error = caught.value.response["Error"]
    assert error["Code"] == code and part in error["Message"]


def test_alarms_keep_their_names_and_tags(cloudwatch: Any, aws: Any) -> None:
    alarm_on(cloudwatch, Tags=[{"Key": "team", "Value": "a"}])
    alarm_on(cloudwatch, Threshold=7, Tags=[{"Key": "ignored", "Value": "b"}])
    alarm = shown(cloudwatch)
    assert alarm["Threshold"] == 7
    arn = alarm["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "test"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refusal(cloudwatch.tag_resource, ResourceARN=arn, Tags=many)[0] == "InvalidParameterValue"
    assert refusal(cloudwatch.list_tags_for_resource, ResourceARN="x")[0] == "InvalidParameterValue"
    assert refusal(cloudwatch.list_tags_for_resource, ResourceARN=f"{arn}2")[0] == "ResourceNotFoundException"
    assert refusal(cloudwatch.put_composite_alarm, AlarmName="high", AlarmRule="TRUE")[0] == "ValidationError"
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["high", "none"])[0] == "ResourceNotFound"
    assert state(cloudwatch) == "INSUFFICIENT_DATA"
