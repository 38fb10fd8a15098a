"""Drift: how live resources differ from their stack's template."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

TEMPLATE = (Path(__file__).parent / "looked_at.yaml").read_text()
NOT_LOOKED_AT = {"Policy", "Method", "Deployment"}


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    return caught.value.response["Error"]["Message"]


def check(stacks, **options):
    check_id = stacks.client.detect_stack_drift(StackName="app", **options)["StackDriftDetectionId"]
    stacks.aws.idle()
    return stacks.client.describe_stack_drift_detection_status(StackDriftDetectionId=check_id)


def drifts(stacks, **options):
    found = stacks.client.describe_stack_resource_drifts(StackName="app", **options)["StackResourceDrifts"]
    return {it["LogicalResourceId"]: it for it in found}


def differences(drift):
    return {(it["PropertyPath"], it["DifferenceType"]): it["ActualValue"] for it in drift["PropertyDifferences"]}


def test_a_stack_that_nobody_touched_is_in_sync_whatever_it_has(stacks):
    bucket = stacks.aws.unique("bucket")
    made = stacks.create(
        "app",
        TEMPLATE,
        Parameters=[{"ParameterKey": "Own", "ParameterValue": bucket}],
        Tags=[{"Key": "team", "Value": "a"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert made["DriftInformation"] == {"StackDriftStatus": "NOT_CHECKED"}
    checked = check(stacks)
    found = drifts(stacks)
    assert {name: differences(it) for name, it in found.items() if it["StackResourceDriftStatus"] != "IN_SYNC"} == {}
    assert (checked["DetectionStatus"], checked["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
    assert checked["DriftedStackResourceCount"] == 0
    named = {
        it["LogicalResourceId"] for it in stacks.client.describe_stack_resources(StackName="app")["StackResources"]
    }
    assert named - found.keys() == NOT_LOOKED_AT
    for it in found.values():
        assert json.loads(it["ExpectedProperties"]).keys() >= json.loads(it["ActualProperties"]).keys()


SMALL = """
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
      Tags: [{Key: a, Value: b}]
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
"""


def test_changes_by_hand_are_found_with_their_paths(stacks):
    stacks.create("app", SMALL)
    sqs, url = stacks.aws.client("sqs"), stacks.physical_ids("app")["Queue"]
    dead = stacks.physical_ids("app")["Dead"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 9})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "6", "RedrivePolicy": policy})
    sqs.tag_queue(QueueUrl=url, Tags={"new": "tag"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    checked = check(stacks)
    assert (checked["StackDriftStatus"], checked["DriftedStackResourceCount"]) == ("DRIFTED", 1)
    drift = drifts(stacks, StackResourceDriftStatusFilters=["MODIFIED"])["Queue"]
    assert differences(drift) == {
        ("/DelaySeconds", "NOT_EQUAL"): "6",
        ("/RedrivePolicy/maxReceiveCount", "NOT_EQUAL"): "9",
        ("/Tags/0", "REMOVE"): "null",
        ("/Tags/0", "ADD"): '{"Key": "new", "Value": "tag"}',
    }
    assert json.loads(drift["ExpectedProperties"])["DelaySeconds"] == 5
    assert json.loads(drift["ActualProperties"])["DelaySeconds"] == 6
    stack = stacks.describe("app")["DriftInformation"]
    assert stack["StackDriftStatus"] == "DRIFTED" and stack["LastCheckTimestamp"]
    listed = stacks.client.list_stacks()["StackSummaries"][0]["DriftInformation"]
    assert listed["StackDriftStatus"] == "DRIFTED"
    shown = {
        it["LogicalResourceId"]: it["DriftInformation"]["StackResourceDriftStatus"]
        for it in stacks.client.list_stack_resources(StackName="app")["StackResourceSummaries"]
    }
    assert shown == {"Dead": "IN_SYNC", "Queue": "MODIFIED", "Handle": "NOT_CHECKED"}
    one = stacks.client.describe_stack_resource(StackName="app", LogicalResourceId="Queue")["StackResourceDetail"]
    assert one["DriftInformation"]["StackResourceDriftStatus"] == "MODIFIED"


def test_a_resource_that_is_gone_is_deleted_and_one_that_was_put_back_is_in_sync(stacks):
    stacks.create("app", SMALL)
    sqs, ids = stacks.aws.client("sqs"), stacks.physical_ids("app")
    sqs.delete_queue(QueueUrl=ids["Queue"])
    drift = stacks.client.detect_stack_resource_drift(StackName="app", LogicalResourceId="Queue")["StackResourceDrift"]
    assert drift["StackResourceDriftStatus"] == "DELETED" and "ActualProperties" not in drift
    assert drift["PropertyDifferences"] == [] and drift["PhysicalResourceId"] == ids["Queue"]
    assert check(stacks, LogicalResourceIds=["Dead"])["StackDriftStatus"] == "IN_SYNC"
    assert check(stacks)["StackDriftStatus"] == "DRIFTED"
    shown = stacks.client.describe_stack_resources(StackName="app", LogicalResourceId="Queue")["StackResources"][0]
    assert shown["DriftInformation"]["StackResourceDriftStatus"] == "DELETED"
    assert drifts(stacks, StackResourceDriftStatusFilters=["DELETED"]).keys() == {"Queue"}


def test_what_cannot_be_checked_is_refused(stacks):
    client = stacks.client
    assert "does not exist" in refusal(client.detect_stack_drift, StackName="none")
    assert "does not exist" in refusal(client.describe_stack_drift_detection_status, StackDriftDetectionId="0" * 36)
    stacks.create("app", SMALL)
    assert "Resource None does not exist" in refusal(
        client.detect_stack_drift, StackName="app", LogicalResourceIds=["None"]
    )
    assert "not supported for resource type" in refusal(
        client.detect_stack_resource_drift, StackName="app", LogicalResourceId="Handle"
    )
    stacks.create("broken", "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 99999}}}")
    assert "ROLLBACK_COMPLETE state" in refusal(client.detect_stack_drift, StackName="broken")
