"""EventBridge Pipes' CloudFormation type."""

import json
from pathlib import Path
from typing import Any

from tests.aws.pipes.conftest import ROLE, Pipes


def template(**properties: Any) -> str:
    queues = {name: {"Type": "AWS::SQS::Queue"} for name in ("In", "Out")}
    pipe = {
        "Type": "AWS::Pipes::Pipe",
        "Properties": {
            "Source": {"Fn::GetAtt": ["In", "Arn"]},
            "Target": {"Fn::GetAtt": ["Out", "Arn"]},
            "RoleArn": ROLE,
            **properties,
        },
    }
    outputs = {
        "Name": {"Value": {"Ref": "Pipe"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Pipe", "Arn"]}},
        "State": {"Value": {"Fn::GetAtt": ["Pipe", "CurrentState"]}},
        "In": {"Value": {"Ref": "In"}},
        "Out": {"Value": {"Ref": "Out"}},
    }
    return json.dumps({"Resources": {**queues, "Pipe": pipe}, "Outputs": outputs})


def test_a_pipe_is_made_changed_and_deleted(aws: Any, pipes: Pipes, tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text(
        template(
            Description="first",
            SourceParameters={
                "SqsQueueParameters": {"BatchSize": "2"},
                "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]},
            },
            TargetParameters={"InputTemplate": "<$.body>"},
            Tags={"k": "v"},
        )
    )
    made = aws.deploy(file).outputs
    shown = pipes.client.describe_pipe(Name=made["Name"])
    assert (shown["Arn"], made["State"], shown["Description"]) == (made["Arn"], "RUNNING", "first")
    assert shown["Tags"]["k"] == "v"
    assert shown["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 2
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=made["In"], MessageBody="x")
    aws.idle()
    assert sqs.receive_message(QueueUrl=made["Out"])["Messages"][0]["Body"] == "x"
    file.write_text(template(DesiredState="STOPPED", Tags={"k2": "v2"}))
    changed = aws.deploy(file).outputs
    assert (changed["Name"], changed["State"]) == (made["Name"], "STOPPED")
    shown = pipes.client.describe_pipe(Name=made["Name"])
    assert not {"Description", "TargetParameters"} & shown.keys()
    assert shown["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}}
    assert "k" not in shown["Tags"]
    assert shown["Tags"]["k2"] == "v2"
    aws.client("cloudformation").delete_stack(StackName="app")
    aws.idle()
    assert pipes.client.list_pipes()["Pipes"] == []
