"""EventBridge Scheduler's CloudFormation types."""

import json
from pathlib import Path
from typing import Any

from queues import Queue
from tests.aws.scheduler.conftest import ROLE


def template(queue: Queue, group: str, expression: str) -> str:
    resources = {
        "One": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Tags": [{"Key": "k", "Value": "v"}]}},
        "Two": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "two"}},
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "GroupName": {"Ref": group},
                "ScheduleExpression": expression,
                "StartDate": "2090-12-01T13:09:00.000Z",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": queue.arn, "RoleArn": ROLE},
            },
        },
    }
    outputs = {
        "Name": {"Value": {"Ref": "Schedule"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Schedule", "Arn"]}},
        "Group": {"Value": {"Ref": "One"}},
        "State": {"Value": {"Fn::GetAtt": ["One", "State"]}},
    }
    return json.dumps({"Resources": resources, "Outputs": outputs})


def test_schedules_and_groups_are_made_moved_and_deleted(
    aws: Any, scheduler: Any, queue: Queue, tmp_path: Path
) -> None:
    file = tmp_path / "template.json"
    file.write_text(template(queue, "One", "rate(1 hour)"))
    made = aws.deploy(file).outputs
    shown = scheduler.get_schedule(Name=made["Name"], GroupName=made["Group"])
    assert (shown["Arn"], shown["ScheduleExpression"], made["State"]) == (made["Arn"], "rate(1 hour)", "ACTIVE")
    assert shown["StartDate"].isoformat() == "2090-12-01T13:09:00+00:00"
    arn = scheduler.get_schedule_group(Name=made["Group"])["Arn"]
    assert {"Key": "k", "Value": "v"} in scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
    file.write_text(template(queue, "Two", "rate(2 hours)"))
    moved = aws.deploy(file).outputs
    assert moved["Name"] == made["Name"]
    assert scheduler.get_schedule(Name=moved["Name"], GroupName="two")["ScheduleExpression"] == "rate(2 hours)"
    assert [one["GroupName"] for one in scheduler.list_schedules()["Schedules"]] == ["two"]
    aws.client("cloudformation").delete_stack(StackName="app")
    aws.idle()
    assert scheduler.list_schedules()["Schedules"] == []
    assert [one["Name"] for one in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default"]
