"""Delivery streams as CloudFormation makes, changes and removes them."""

import copy
import json
from typing import Any

from aws.firehose.conftest import ROLE, Firehose


def template(bucket: str, **members: Any) -> dict[str, Any]:
    destination = {
        "RoleARN": ROLE,
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "Prefix": "a/",
        "BufferingHints": {"SizeInMBs": "1", "IntervalInSeconds": "0"},
        "CloudWatchLoggingOptions": {"Enabled": "false"},
        **members,
    }
    return {
        "Resources": {
            "Stream": {
                "Type": "AWS::KinesisFirehose::DeliveryStream",
                "Properties": {
                    "ExtendedS3DestinationConfiguration": destination,
                    "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"},
                    "Tags": [{"Key": "team", "Value": "a"}],
                },
            }
        },
        "Outputs": {"Name": {"Value": {"Ref": "Stream"}}, "Arn": {"Value": {"Fn::GetAtt": ["Stream", "Arn"]}}},
    }


def outputs(firehose: Firehose, status: str) -> dict[str, str]:
    firehose.aws.idle()
    (stack,) = firehose.aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    events = firehose.aws.client("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    assert stack["StackStatus"] == status, [event.get("ResourceStatusReason") for event in events]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_delivery_stream_is_made_changed_and_removed(firehose: Firehose) -> None:
    stacks = firehose.aws.client("cloudformation")
    first = template(firehose.bucket)
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(first))
    made = outputs(firehose, "CREATE_COMPLETE")
    name = made["Name"]
    shown = firehose.described(name)
    assert made["Arn"] == shown["DeliveryStreamARN"]
    assert shown["DeliveryStreamEncryptionConfiguration"]["KeyType"] == "AWS_OWNED_CMK"
    tags = firehose.client.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    assert {"Key": "team", "Value": "a"} in tags
    firehose.put(b"x", name=name)
    assert list(firehose.objects("a/").values()) == [b"x"]
    second = copy.deepcopy(first)
    properties = second["Resources"]["Stream"]["Properties"]
    properties["ExtendedS3DestinationConfiguration"]["CompressionFormat"] = "GZIP"
    del properties["ExtendedS3DestinationConfiguration"]["Prefix"]
    del properties["DeliveryStreamEncryptionConfigurationInput"]
    properties["Tags"] = [{"Key": "other", "Value": "b"}]
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(second))
    assert outputs(firehose, "UPDATE_COMPLETE")["Name"] == name
    shown = firehose.described(name)
    destination = shown["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert (destination["CompressionFormat"], destination["Prefix"], shown["VersionId"]) == ("GZIP", "", "2")
    assert shown["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    tags = firehose.client.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    assert {"Key": "other", "Value": "b"} in tags and not any(tag["Key"] == "team" for tag in tags)
    stacks.delete_stack(StackName="s")
    firehose.aws.idle()
    assert firehose.client.list_delivery_streams()["DeliveryStreamNames"] == []
