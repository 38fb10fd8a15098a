"""AWS::Lambda::EventSourceMapping: every setting of queues and streams, changed and left out again."""

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def stack(aws: Any, create: Callable[..., Any]) -> Callable[..., str]:
    """Make or change the stack `s` with these resources; its status."""
    create()
    stacks = aws.client("cloudformation")

    def deploy(resources: dict[str, Any], *, is_new: bool = False) -> str:
        template = {
            "Resources": resources,
            "Outputs": {
                "Id": {"Value": {"Ref": "Mapping"}},
                "SameId": {"Value": {"Fn::GetAtt": ["Mapping", "Id"]}},
                "Arn": {"Value": {"Fn::GetAtt": ["Mapping", "EventSourceMappingArn"]}},
            },
        }
        change = stacks.create_stack if is_new else stacks.update_stack
        change(StackName="s", TemplateBody=json.dumps(template))
        aws.idle()
        status: str = stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
        return status

    return deploy


def outputs(aws: Any) -> dict[str, str]:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def mapping(source: dict[str, Any], **properties: Any) -> dict[str, Any]:
    settings = {"FunctionName": "f", "EventSourceArn": {"Fn::GetAtt": ["Source", "Arn"]}, **properties}
    return {"Source": source, "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": settings}}


def test_a_stream_s_mapping_is_made_changed_and_deleted(aws: Any, functions: Any, stack: Callable[..., str]) -> None:
    source = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
    settings = {
        "BatchSize": "7",
        "BisectBatchOnFunctionError": "true",
        "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:failed"}},
        "Enabled": "false",
        "FilterCriteria": {"Filters": [{"Pattern": '{"data": [{"prefix": "a"}]}'}]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MaximumBatchingWindowInSeconds": 3,
        "MaximumRecordAgeInSeconds": 100,
        "MaximumRetryAttempts": 2,
        "ParallelizationFactor": "3",
        "TumblingWindowInSeconds": 30,
    }
    start = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": aws.clock.now() - 10}
    made = mapping(source, **start, **settings, Tags=[{"Key": "k", "Value": "v"}])
    assert stack(made, is_new=True) == "CREATE_COMPLETE"
    before = outputs(aws)
    assert before["Id"] == before["SameId"]
    shown = functions.get_event_source_mapping(UUID=before["Id"])
    numbers = {"BatchSize": 7, "ParallelizationFactor": 3, "BisectBatchOnFunctionError": True}
    expected = {**settings, **numbers}
    del expected["Enabled"]
    assert {name: shown[name] for name in expected} == expected
    assert (shown["State"], shown["EventSourceMappingArn"]) == ("Disabled", before["Arn"])
    assert functions.list_tags(Resource=before["Arn"])["Tags"]["k"] == "v"

    assert stack(mapping(source, **start, Tags=[{"Key": "l", "Value": "w"}])) == "UPDATE_COMPLETE"
    assert outputs(aws) == before
    shown = functions.get_event_source_mapping(UUID=before["Id"])
    defaults = {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "TumblingWindowInSeconds": 0,
        "State": "Enabled",
    }
    assert {name: shown[name] for name in defaults} == defaults
    assert "FilterCriteria" not in shown
    tags = functions.list_tags(Resource=before["Arn"])["Tags"]
    assert "k" not in tags
    assert (tags["l"], tags["aws:cloudformation:stack-name"]) == ("w", "s")

    other = {"EventSourceArn": {"Fn::GetAtt": ["Other", "Arn"]}, "StartingPosition": "LATEST"}
    assert stack({**mapping(source, **other), "Other": source}) == "UPDATE_COMPLETE"
    after = outputs(aws)["Id"]
    assert after != before["Id"]
    (listed,) = functions.list_event_source_mappings()["EventSourceMappings"]
    assert listed["UUID"] == after
    aws.client("cloudformation").delete_stack(StackName="s")
    aws.idle()
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_queue_s_mapping_has_its_own_settings(aws: Any, functions: Any, stack: Callable[..., str]) -> None:
    source = {"Type": "AWS::SQS::Queue"}
    settings = {"ScalingConfig": {"MaximumConcurrency": "2"}, "MetricsConfig": {"Metrics": ["EventCount"]}}
    assert stack(mapping(source, **settings), is_new=True) == "CREATE_COMPLETE"
    shown = functions.get_event_source_mapping(UUID=outputs(aws)["Id"])
    assert shown["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert shown["MetricsConfig"] == {"Metrics": ["EventCount"]}
    pollers = {"ProvisionedPollerConfig": {"MinimumPollers": "2", "MaximumPollers": 3}, "KmsKeyArn": "arn:aws:kms:k"}
    assert stack(mapping(source, **pollers)) == "UPDATE_COMPLETE"
    shown = functions.get_event_source_mapping(UUID=outputs(aws)["Id"])
    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 2, "MaximumPollers": 3}
    assert shown["KMSKeyArn"] == "arn:aws:kms:k"
    assert not {"ScalingConfig", "MetricsConfig"} & shown.keys()


def test_a_mapping_that_is_refused_fails_its_stack(aws: Any, stack: Callable[..., str]) -> None:
    source = {"Type": "AWS::SQS::Queue"}
    assert stack(mapping(source, BatchSize=11), is_new=True) == "ROLLBACK_COMPLETE"
    events = aws.client("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("Maximum batch window in seconds must be greater than 0" in reason for reason in reasons)
