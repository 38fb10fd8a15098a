"""Scheduled actions: making, showing and removing them, and what they do when their time comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.aws.application_autoscaling.conftest import READS, SERVICE, WRITES, make_table, refusal, target, units

BOUNDS = {"MinCapacity": 1, "MaxCapacity": 50}
UP = {"ScalableTargetAction": {"MinCapacity": 10, "MaxCapacity": 20}}


@pytest.fixture
def registered(scaling: Any, dynamodb: Any) -> Any:
    """A client of an account with a table that scales, and a service of ECS."""
    make_table(dynamodb)
    scaling.register_scalable_target(**target(), **BOUNDS)
    scaling.register_scalable_target(**SERVICE, **BOUNDS)
    return scaling


def bounds(client: Any, namespace: str = "dynamodb") -> tuple[int, int]:
    (found,) = client.describe_scalable_targets(ServiceNamespace=namespace)["ScalableTargets"]
    return found["MinCapacity"], found["MaxCapacity"]


def causes(client: Any) -> list[str]:
    found = client.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    return sorted(one["Cause"] for one in found)


def test_an_action_is_put_shown_changed_and_deleted(aws: Any, registered: Any) -> None:
    put = registered.put_scheduled_action
    times = {"StartTime": 4_000_000_000, "EndTime": 4_000_100_000}
    schedule = {"Schedule": "cron(0 8 ? * MON-FRI *)", "Timezone": "Europe/Berlin"}
    put(ScheduledActionName="day", **target(), **schedule, **times, **UP)
    (found,) = registered.describe_scheduled_actions(ServiceNamespace="dynamodb")["ScheduledActions"]
    assert found.pop("CreationTime")
    start, _, rest = found.pop("ScheduledActionARN").partition("scheduledAction:")
    assert start == f"arn:aws:autoscaling:us-east-1:{aws.account}:"
    assert rest.partition(":")[2] == "resource/dynamodb/table/orders:scheduledActionName/day"
    assert {name: found.pop(name).timestamp() for name in times} == times
    assert found == {"ScheduledActionName": "day", **target(), **schedule, **UP}
    put(ScheduledActionName="day", **target(), ScalableTargetAction={"MinCapacity": 2})
    (found,) = registered.describe_scheduled_actions(ServiceNamespace="dynamodb")["ScheduledActions"]
    assert (found["Schedule"], found["ScalableTargetAction"]) == (schedule["Schedule"], {"MinCapacity": 2})
    assert "StartTime" not in found
    registered.delete_scheduled_action(ScheduledActionName="day", **target())
    assert registered.describe_scheduled_actions(ServiceNamespace="dynamodb")["ScheduledActions"] == []
    assert refusal(registered.delete_scheduled_action, ScheduledActionName="day", **target()) == (
        "ObjectNotFoundException",
        "No scheduled action found for service namespace: dynamodb, resource ID: table/orders, scalable dimension: "
        "dynamodb:table:ReadCapacityUnits, scheduled action name: day",
    )


def test_wrong_actions_are_refused(registered: Any) -> None:
    put = registered.put_scheduled_action
    nowhere = refusal(put, ScheduledActionName="x", **target(dimension=WRITES), Schedule="rate(1 hour)", **UP)
    assert nowhere[0] == "ObjectNotFoundException"
    assert nowhere[1].startswith("No scalable target registered for service namespace: dynamodb")
    hourly = {"Schedule": "rate(1 hour)"}
    for members in (
        {"Schedule": "cron(0 8 * * *)", **UP},
        {"Schedule": "rate(1 hours)", **UP},
        {**hourly, **UP, "Timezone": "Nowhere"},
        {**hourly, **UP, "StartTime": 2, "EndTime": 1},
        {**hourly, "ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 1}},
        UP,
    ):
        assert refusal(put, ScheduledActionName="x", **target(), **members)[0] == "ValidationException"
    assert refusal(put, ScheduledActionName="x", **target(), **hourly) == (
        "ValidationException",
        "At least one of minimum capacity and maximum capacity should be provided",
    )
    assert refusal(put, ScheduledActionName="a:b", **target(), **hourly, **UP)[0] == "ValidationException"


def test_actions_are_filtered_come_in_pages_and_are_limited(registered: Any) -> None:
    put = registered.put_scheduled_action
    for number in range(200):
        put(ScheduledActionName=f"a-{number:03}", **SERVICE, Schedule="rate(1 hour)", **UP)
    refused = refusal(put, ScheduledActionName="more", **SERVICE, Schedule="rate(1 hour)", **UP)
    assert refused[0] == "LimitExceededException"
    pages = registered.get_paginator("describe_scheduled_actions").paginate(ServiceNamespace="ecs")
    names = [one["ScheduledActionName"] for page in pages for one in page["ScheduledActions"]]
    assert names == [f"a-{number:03}" for number in range(200)]
    describe = registered.describe_scheduled_actions
    wanted = describe(ServiceNamespace="ecs", ScheduledActionNames=["a-007"], ResourceId=SERVICE["ResourceId"])
    assert [one["ScheduledActionName"] for one in wanted["ScheduledActions"]] == ["a-007"]
    assert describe(ServiceNamespace="dynamodb")["ScheduledActions"] == []


def test_an_action_changes_bounds_and_capacity_when_its_time_comes(aws: Any, registered: Any, dynamodb: Any) -> None:
    later = datetime.fromtimestamp(int(aws.advance(0)) + 600, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    registered.put_scheduled_action(ScheduledActionName="up", **target(), Schedule=f"at({later})", **UP)
    aws.advance(595)
    assert (bounds(registered), units(dynamodb)) == ((1, 50), (5, 5))
    aws.advance(10)
    assert (bounds(registered), units(dynamodb)) == ((10, 20), (10, 5))
    found = registered.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    assert [
        (one["Description"], one["Cause"], one["StatusMessage"]) for one in found if "triggered" in one["Cause"]
    ] == [
        (
            "Setting min capacity to 10 and max capacity to 20",
            "scheduled action name up was triggered",
            "Successfully set min capacity to 10 and max capacity to 20",
        )
    ]
    assert causes(registered) == ["minimum capacity was set to 10", "scheduled action name up was triggered"]


def test_rates_and_crons_come_again(aws: Any, registered: Any) -> None:
    now = int(aws.advance(0))
    put = registered.put_scheduled_action
    low = {"ScalableTargetAction": {"MinCapacity": 2}}
    put(ScheduledActionName="low", **target(), Schedule="rate(10 minutes)", EndTime=now + 1250, **low)
    aws.advance(605)
    registered.register_scalable_target(**target(), MinCapacity=1)
    aws.advance(600)
    assert bounds(registered) == (2, 50)
    registered.register_scalable_target(**target(), MinCapacity=1)
    aws.advance(600)
    assert bounds(registered) == (1, 50)
    put(ScheduledActionName="cron", **target(), Schedule="cron(* * * * ? *)", **UP)
    aws.advance(61)
    assert bounds(registered) == (10, 20)


def test_an_action_can_fail_or_be_suspended(aws: Any, registered: Any) -> None:
    put = registered.put_scheduled_action
    put(ScheduledActionName="a", **target(), Schedule="rate(1 minute)", ScalableTargetAction={"MinCapacity": 60})
    aws.advance(61)
    (failed,) = registered.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    assert (failed["StatusCode"], failed["StatusMessage"]) == (
        "Failed",
        "Failed to set min capacity to 60. Reason: Maximum capacity cannot be less than minimum capacity",
    )
    registered.delete_scheduled_action(ScheduledActionName="a", **target())
    registered.register_scalable_target(**target(), SuspendedState={"ScheduledScalingSuspended": True})
    put(ScheduledActionName="b", **target(), Schedule="rate(1 minute)", **UP)
    aws.advance(61)
    assert bounds(registered) == (1, 50)


def test_targets_of_other_services_get_their_bounds(aws: Any, registered: Any) -> None:
    registered.put_scheduled_action(ScheduledActionName="a", **SERVICE, Schedule="rate(1 minute)", **UP)
    aws.advance(61)
    assert bounds(registered, "ecs") == (10, 20)
    assert READS not in str(causes(registered))


def test_times_far_away_are_no_trouble(registered: Any) -> None:
    put = registered.put_scheduled_action
    for schedule in (
        "at(0001-01-01T00:00:00)",
        "at(9999-12-31T23:59:59)",
        "rate(999999999 days)",
        "cron(0 0 30 2 ? *)",
    ):
        for start in (-62_000_000_000, 0, 250_000_000_000):
            put(ScheduledActionName="a", **SERVICE, Schedule=schedule, Timezone="Asia/Tokyo", StartTime=start, **UP)
    assert len(registered.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]) == 1
