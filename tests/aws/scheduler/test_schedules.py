"""Schedules and groups: making, showing, changing and removing them, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from queues import Queue, refusal
from tests.aws.scheduler.conftest import OFF, ROLE, target

RATE = {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": OFF}


def test_a_schedule_is_made_shown_changed_and_deleted(aws: Any, scheduler: Any, queue: Queue) -> None:
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    given = {
        "ScheduleExpression": "cron(0 8 ? * MON-FRI *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": window,
        "Description": "every working day",
        "StartDate": datetime.fromtimestamp(4_000_000_000, UTC),
        "EndDate": datetime.fromtimestamp(4_100_000_000, UTC),
        "State": "DISABLED",
        "ActionAfterCompletion": "DELETE",
        "Target": target(
            queue,
            "good morning",
            RetryPolicy={"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
            DeadLetterConfig={"Arn": queue.arn},
        ),
    }
    arn = f"arn:aws:scheduler:us-east-1:{aws.account}:schedule/default/morning"
    assert scheduler.create_schedule(Name="morning", **given)["ScheduleArn"] == arn
    shown = scheduler.get_schedule(Name="morning")
    assert {member: shown[member] for member in given} == given
    assert (shown["Arn"], shown["GroupName"], shown["Name"]) == (arn, "default", "morning")
    assert shown["CreationDate"] == shown["LastModificationDate"]

    assert scheduler.update_schedule(Name="morning", **RATE, Target=target(queue))["ScheduleArn"] == arn
    changed = scheduler.get_schedule(Name="morning")
    assert (changed["State"], changed["ActionAfterCompletion"], changed["ScheduleExpressionTimezone"]) == (
        "ENABLED",
        "NONE",
        "UTC",
    ), "an update replaces everything, with the defaults for what it doesn't name"
    assert "Description" not in changed
    assert changed["CreationDate"] == shown["CreationDate"]
    scheduler.delete_schedule(Name="morning")
    missing = ("ResourceNotFoundException", "Schedule morning does not exist.")
    for operation in (scheduler.get_schedule, scheduler.delete_schedule):
        assert refusal(operation, Name="morning") == missing
    assert refusal(scheduler.update_schedule, Name="morning", **RATE, Target=target(queue)) == missing


def test_a_token_makes_a_repeated_request_succeed(scheduler: Any, queue: Queue) -> None:
    request = {"Name": "one", **RATE, "Target": target(queue)}
    first = scheduler.create_schedule(**request, ClientToken="t")
    assert scheduler.create_schedule(**request, ClientToken="t")["ScheduleArn"] == first["ScheduleArn"]
    assert refusal(scheduler.create_schedule, **request, ClientToken="other") == (
        "ConflictException",
        "Schedule one already exists.",
    )
    arn = scheduler.create_schedule_group(Name="g", ClientToken="t")["ScheduleGroupArn"]
    assert scheduler.create_schedule_group(Name="g", ClientToken="t")["ScheduleGroupArn"] == arn


def test_groups_hold_schedules_and_take_them_along_when_deleted(aws: Any, scheduler: Any, queue: Queue) -> None:
    arn = f"arn:aws:scheduler:us-east-1:{aws.account}:schedule-group/nightly"
    tags = [{"Key": "team", "Value": "a"}]
    assert scheduler.create_schedule_group(Name="nightly", Tags=tags)["ScheduleGroupArn"] == arn
    assert refusal(scheduler.create_schedule_group, Name="nightly") == (
        "ConflictException",
        "Schedule group nightly already exists.",
    )
    shown = scheduler.get_schedule_group(Name="nightly")
    assert (shown["Arn"], shown["Name"], shown["State"]) == (arn, "nightly", "ACTIVE")
    for group in ("nightly", "default"):
        scheduler.create_schedule(Name="same", GroupName=group, **RATE, Target=target(queue))
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    scheduler.delete_schedule_group(Name="nightly")
    assert refusal(scheduler.get_schedule, Name="same", GroupName="nightly")[0] == "ResourceNotFoundException"
    assert scheduler.get_schedule(Name="same")["GroupName"] == "default"
    missing = ("ResourceNotFoundException", "Schedule group nightly does not exist.")
    assert refusal(scheduler.get_schedule_group, Name="nightly") == missing
    assert refusal(scheduler.delete_schedule_group, Name="nightly") == missing
    assert refusal(scheduler.list_schedules, GroupName="nightly") == missing
    assert refusal(scheduler.create_schedule, Name="x", GroupName="nightly", **RATE, Target=target(queue)) == missing
    assert refusal(scheduler.tag_resource, ResourceArn=arn, Tags=tags)[0] == "ResourceNotFoundException"
    assert refusal(scheduler.delete_schedule_group, Name="default")[0] == "ValidationException"


def test_lists_come_in_pages_and_are_filtered(scheduler: Any, queue: Queue) -> None:
    for group in ("b", "a"):
        scheduler.create_schedule_group(Name=group)
        for number in range(3):
            state = "DISABLED" if number == 1 else "ENABLED"
            scheduler.create_schedule(Name=f"s{number}", GroupName=group, **RATE, State=state, Target=target(queue))
    pages = scheduler.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 2})
    listed = [(one["GroupName"], one["Name"], one["State"]) for page in pages for one in page["Schedules"]]
    assert [(group, name) for group, name, _ in listed] == [(g, f"s{n}") for g in "ab" for n in range(3)]
    pages = scheduler.get_paginator("list_schedules").paginate(State="ENABLED", PaginationConfig={"PageSize": 1})
    assert [one["Name"] for page in pages for one in page["Schedules"]] == ["s0", "s2", "s0", "s2"]
    (only,) = scheduler.list_schedules(GroupName="b", NamePrefix="s2")["Schedules"]
    assert only["Target"] == {"Arn": queue.arn}
    groups = scheduler.get_paginator("list_schedule_groups").paginate(PaginationConfig={"PageSize": 1})
    assert [one["Name"] for page in groups for one in page["ScheduleGroups"]] == ["a", "b", "default"]
    assert [one["Name"] for one in scheduler.list_schedule_groups(NamePrefix="d")["ScheduleGroups"]] == ["default"]
    assert refusal(scheduler.list_schedules, NextToken="x") == ("ValidationException", "Invalid NextToken.")


@pytest.mark.parametrize(
    "expression",
    ["rate(0 minutes)", "every hour", "cron(0 8 * * * *)", "at(2030-02-30T00:00:00)", "cron(0 8 ?)"],
)
def test_a_wrong_expression_is_refused(scheduler: Any, queue: Queue, expression: str) -> None:
    request = {"Name": "x", "ScheduleExpression": expression, "FlexibleTimeWindow": OFF, "Target": target(queue)}
    told = refusal(scheduler.create_schedule, **request)
    assert told == ("ValidationException", f"Invalid Schedule Expression {expression}.")


def test_wrong_times_and_windows_are_refused(scheduler: Any, queue: Queue) -> None:
    now = datetime.now(UTC)

    def told(**members: Any) -> str:
        code, message = refusal(scheduler.create_schedule, Name="x", **{**RATE, "Target": target(queue), **members})
        assert code == "ValidationException"
        return message

    assert told(ScheduleExpressionTimezone="Mars/Olympus") == "The ScheduleExpressionTimezone is not valid."
    assert told(StartDate=now - timedelta(days=1)) == "The StartDate you specify cannot be earlier than 5 minutes ago."
    assert told(EndDate=now - timedelta(days=1)) == "The EndDate you specify cannot be in the past."
    later = now + timedelta(days=2)
    assert "must come before" in told(StartDate=later, EndDate=later - timedelta(days=1))
    assert "MaximumWindowInMinutes is required" in told(FlexibleTimeWindow={"Mode": "FLEXIBLE"})
    assert "not allowed" in told(FlexibleTimeWindow={"Mode": "OFF", "MaximumWindowInMinutes": 5})


def test_wrong_targets_are_refused(aws: Any, scheduler: Any, queue: Queue) -> None:
    def told(arn: str, **members: Any) -> tuple[str, str]:
        wanted = {"Arn": arn, "RoleArn": ROLE, **members}
        return refusal(scheduler.create_schedule, Name="x", **RATE, Target=wanted)

    invalid = "ValidationException"
    assert told("not an arn") == (invalid, "Provided Arn is not in correct format.")
    assert told("arn:aws:dynamodb:us-east-1:123456789012:table/t")[0] == invalid
    assert told("arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl")[1].startswith("The API action getQueueUrl is not")
    assert told("arn:aws:scheduler:::aws-sdk:sqs:flyToTheMoon")[0] == invalid
    assert told("arn:aws:scheduler:::aws-sdk:nothing:doIt")[0] == invalid
    assert told("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input="{")[0] == invalid
    assert told("arn:aws:lambda:us-east-1:123456789012:function:f", Input="no json")[0] == invalid
    assert told("arn:aws:kinesis:us-east-1:123456789012:stream/s")[0] == invalid
    assert told(f"{queue.arn}.fifo")[0] == invalid
    assert told(queue.arn, SqsParameters={"MessageGroupId": "g"})[0] == invalid
    assert told(queue.arn, KinesisParameters={"PartitionKey": "k"})[0] == invalid
    assert told(queue.arn, DeadLetterConfig={"Arn": f"{queue.arn}.fifo"})[0] == invalid
    assert told(queue.arn, Input="x" * 262_145)[0] == invalid
    for absent in (
        "ecs:us-east-1:123456789012:cluster/c",
        "codebuild:us-east-1:123456789012:project/p",
        "codepipeline:us-east-1:123456789012:p",
        "sagemaker:us-east-1:123456789012:pipeline/p",
    ):
        code, message = told(f"arn:aws:{absent}")
        assert code == "NotImplemented" and absent.partition(":")[0] in message, message
