"""Streams, consumers and policies as CloudFormation makes, changes and removes them."""

import copy
import json

import pytest

from aws.kinesis.conftest import make_stream, summary_of

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kinesis:*"}]}
STREAM = {
    "Name": "orders",
    "ShardCount": "2",
    "RetentionPeriodHours": 48,
    "MaxRecordSizeInKiB": 2048,
    "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
    "StreamModeDetails": {"StreamMode": "PROVISIONED"},
    "RecordDistributionStrategy": "USER_PARTITION_KEY",
    "DesiredShardLevelMetrics": ["IncomingBytes"],
    "Tags": [{"Key": "a", "Value": "b"}],
}
ARN = {"Fn::GetAtt": ["Orders", "Arn"]}
TEMPLATE = {
    "Resources": {
        "Orders": {"Type": "AWS::Kinesis::Stream", "Properties": STREAM},
        "Plain": {"Type": "AWS::Kinesis::Stream"},
        "Reader": {
            "Type": "AWS::Kinesis::StreamConsumer",
            "Properties": {"ConsumerName": "reader", "StreamARN": ARN, "Tags": [{"Key": "c", "Value": "d"}]},
        },
        "Policy": {
            "Type": "AWS::Kinesis::ResourcePolicy",
            "Properties": {"ResourceArn": ARN, "ResourcePolicy": POLICY},
        },
    },
    "Outputs": {
        "Name": {"Value": {"Ref": "Orders"}},
        "Plain": {"Value": {"Ref": "Plain"}},
        "Arn": {"Value": ARN},
        "Reader": {"Value": {"Ref": "Reader"}},
        "ReaderArn": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerARN"]}},
        "ReaderName": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerName"]}},
        "ReaderStatus": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerStatus"]}},
        "ReaderCreation": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerCreationTimestamp"]}},
        "ReaderStream": {"Value": {"Fn::GetAtt": ["Reader", "StreamARN"]}},
        "Policy": {"Value": {"Ref": "Policy"}},
    },
}


@pytest.fixture
def stacks(aws):
    return aws.client("cloudformation")


def outputs(aws, stacks, status):
    aws.idle()
    (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == status, stacks.describe_stack_events(StackName="s")["StackEvents"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def own_tags(tags):
    return {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")}


def test_a_stack_of_streams_is_made_changed_and_removed(aws, stacks, kinesis):
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    made = outputs(aws, stacks, "CREATE_COMPLETE")
    assert made["Name"] == "orders"
    assert made["Arn"] == made["ReaderStream"] == f"arn:aws:kinesis:us-east-1:{aws.account}:stream/orders"
    assert made["Reader"] == made["ReaderArn"] == f"{made['Arn']}/consumer/reader:{made['ReaderCreation']}"
    assert (made["ReaderName"], made["ReaderStatus"], made["Policy"]) == ("reader", "ACTIVE", made["Arn"])
    assert made["Plain"].startswith("s-Plain-")
    summary = summary_of(kinesis, "orders")
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"], summary["ConsumerCount"]) == (2, 48, 1)
    assert (summary["MaxRecordSizeInKiB"], summary["KeyId"]) == (2048, "alias/aws/kinesis")
    assert summary["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    tags = kinesis.list_tags_for_stream(StreamName="orders")["Tags"]
    assert own_tags(tags) == {"a": "b"}
    assert {"Key": "aws:cloudformation:stack-name", "Value": "s"} in tags
    assert json.loads(kinesis.get_resource_policy(ResourceARN=made["Arn"])["Policy"]) == POLICY

    changed = copy.deepcopy(TEMPLATE)
    changed["Resources"]["Orders"]["Properties"] = {
        "Name": "orders",
        "ShardCount": 3,
        "RetentionPeriodHours": 24,
        "DesiredShardLevelMetrics": ["OutgoingBytes"],
        "Tags": [{"Key": "e", "Value": "f"}],
    }
    changed["Resources"]["Plain"]["Properties"] = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
    del changed["Resources"]["Policy"], changed["Outputs"]["Policy"]
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(changed))
    after = outputs(aws, stacks, "UPDATE_COMPLETE")
    assert after["Reader"] == made["Reader"]
    summary = summary_of(kinesis, "orders")
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (3, 24)
    assert (summary["MaxRecordSizeInKiB"], summary["EncryptionType"]) == (1024, "NONE")
    assert summary["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["OutgoingBytes"]}]
    assert own_tags(kinesis.list_tags_for_stream(StreamName="orders")["Tags"]) == {"e": "f"}
    assert own_tags(kinesis.list_tags_for_resource(ResourceARN=made["Reader"])["Tags"]) == {"c": "d"}
    assert summary_of(kinesis, made["Plain"])["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert kinesis.get_resource_policy(ResourceARN=made["Arn"])["Policy"] == "{}"

    stacks.delete_stack(StackName="s")
    aws.idle()
    assert kinesis.list_streams()["StreamNames"] == []


def test_a_consumer_with_other_tags_is_another_consumer_and_wants_another_name(aws, stacks, kinesis):
    template = {"Resources": {name: TEMPLATE["Resources"][name] for name in ("Orders", "Reader")}}
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    changed = copy.deepcopy(template)
    changed["Resources"]["Reader"]["Properties"]["Tags"] = [{"Key": "g", "Value": "h"}]
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(changed))
    aws.idle()
    assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    changed["Resources"]["Reader"]["Properties"]["ConsumerName"] = "other"
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(changed))
    aws.idle()
    (consumer,) = kinesis.list_stream_consumers(StreamARN=f"arn:aws:kinesis:{aws.region}:{aws.account}:stream/orders")[
        "Consumers"
    ]
    assert consumer["ConsumerName"] == "other"


def test_a_stream_with_another_name_is_another_stream(aws, stacks, kinesis):
    template = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "one", "ShardCount": 1}}}}
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    kinesis.put_record(StreamName="one", PartitionKey="a", Data=b"")
    template["Resources"]["S"]["Properties"]["Name"] = "two"
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    assert kinesis.list_streams()["StreamNames"] == ["two"]


def test_a_stream_that_cannot_be_made_fails_the_stack_with_its_message(aws, stacks, kinesis):
    make_stream(kinesis, "taken")
    template = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "taken"}}}}
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template), OnFailure="DO_NOTHING")
    aws.idle()
    events = stacks.describe_stack_events(StackName="s")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "S"]
    assert any(f"Stream taken under account {aws.account} already exists." in reason for reason in reasons)


def test_a_stream_with_warm_throughput_is_changed_in_place(aws, stacks, kinesis):
    committed = {"MinimumThroughputBillingCommitment": {"Status": "ENABLED"}}
    kinesis.update_account_settings(**committed)
    warm = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "WarmThroughputMiBps": 40}
    template = {
        "Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": warm}},
        "Outputs": {"Warm": {"Value": {"Fn::GetAtt": ["S", "WarmThroughputObject.TargetMiBps"]}}},
    }
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert outputs(aws, stacks, "CREATE_COMPLETE") == {"Warm": "40"}
    warm["WarmThroughputMiBps"] = 50
    warm["RecordDistributionStrategy"] = "AUTO"
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    assert outputs(aws, stacks, "UPDATE_COMPLETE") == {"Warm": "50"}
