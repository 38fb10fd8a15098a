"""Properties of AWS::DynamoDB::Table that have operations of their own."""

import json
from typing import Any

import pytest

from tests.aws.dynamodb.stacks import GLOBAL_TABLE, TableStack, attributes, key

HERE, THERE = "us-east-1", "eu-west-1"
PLAIN = {
    "TableName": "orders",
    "AttributeDefinitions": attributes("pk"),
    "KeySchema": key("pk"),
    "BillingMode": "PAY_PER_REQUEST",
}
STREAM = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
ON, OFF = {"Enabled": True}, {"Enabled": False}


@pytest.fixture
def stack(aws: Any) -> TableStack:
    return TableStack(aws)


def policy(aws: Any, action: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
        "Action": action,
        "Resource": "*",
    }
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def action_of(client: Any, arn: str) -> str:
    (statement,) = json.loads(client.get_resource_policy(ResourceArn=arn)["Policy"])["Statement"]
    return str(statement["Action"])


def test_policies_of_tables_and_streams_come_change_and_go(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    outputs = stack.put(
        PLAIN
        | {
            "ResourcePolicy": policy(aws, "dynamodb:GetItem"),
            "StreamSpecification": STREAM | {"ResourcePolicy": policy(aws, "dynamodb:GetRecords")},
        }
    )
    assert action_of(dynamodb, outputs["Arn"]) == "dynamodb:GetItem"
    assert action_of(dynamodb, outputs["Stream"]) == "dynamodb:GetRecords"
    stack.put(
        PLAIN | {"ResourcePolicy": policy(aws, "dynamodb:PutItem"), "StreamSpecification": STREAM},
    )
    assert action_of(dynamodb, outputs["Arn"]) == "dynamodb:PutItem"
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=outputs["Stream"])
    stack.put(PLAIN | {"StreamSpecification": STREAM})
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=outputs["Arn"])


def test_contributor_insights_are_switched_for_tables_and_indexes(dynamodb: Any, stack: TableStack) -> None:
    def indexed(of_table: dict[str, Any], of_index: dict[str, Any]) -> dict[str, Any]:
        index = {
            "IndexName": "by-g",
            "KeySchema": key("g"),
            "Projection": {"ProjectionType": "ALL"},
            "ContributorInsightsSpecification": of_index,
        }
        return PLAIN | {
            "AttributeDefinitions": attributes("pk", "g"),
            "GlobalSecondaryIndexes": [index],
            "ContributorInsightsSpecification": of_table,
        }

    def statuses() -> list[str]:
        return [
            dynamodb.describe_contributor_insights(TableName="orders", **members)["ContributorInsightsStatus"]
            for members in ({}, {"IndexName": "by-g"})
        ]

    stack.put(indexed(ON, OFF))
    assert statuses() == ["ENABLED", "DISABLED"]
    stack.put(indexed(OFF, ON))
    assert statuses() == ["DISABLED", "ENABLED"]


def test_changes_are_sent_to_one_kinesis_stream_at_a_time(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    kinesis = aws.client("kinesis")
    arns = []
    for name in ("one", "two"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
        arns.append(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])
    aws.idle()

    def active() -> dict[str, str]:
        found = dynamodb.describe_kinesis_streaming_destination(TableName="orders")["KinesisDataStreamDestinations"]
        return {
            one["StreamArn"]: one.get("ApproximateCreationDateTimePrecision", "MILLISECOND")
            for one in found
            if one["DestinationStatus"] == "ACTIVE"
        }

    stack.put(PLAIN | {"KinesisStreamSpecification": {"StreamArn": arns[0]}})
    assert active() == {arns[0]: "MILLISECOND"}
    precise = {"StreamArn": arns[0], "ApproximateCreationDateTimePrecision": "MICROSECOND"}
    stack.put(PLAIN | {"KinesisStreamSpecification": precise})
    assert active() == {arns[0]: "MICROSECOND"}
    stack.put(PLAIN | {"KinesisStreamSpecification": {"StreamArn": arns[1]}})
    assert active() == {arns[1]: "MILLISECOND"}
    stack.put(PLAIN)
    assert active() == {}


def test_replicas_have_policies_and_insights_of_their_own(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    there = {
        "Region": THERE,
        "ResourcePolicy": policy(aws, "dynamodb:Scan"),
        "ReplicaStreamSpecification": {"ResourcePolicy": policy(aws, "dynamodb:GetRecords")},
        "ContributorInsightsSpecification": ON,
    }
    stack.put(PLAIN | {"StreamSpecification": STREAM, "Replicas": [{"Region": HERE}, there]}, GLOBAL_TABLE)
    client = aws.client("dynamodb", region_name=THERE)
    table = client.describe_table(TableName="orders")["Table"]
    assert action_of(client, table["TableArn"]) == "dynamodb:Scan"
    assert action_of(client, table["LatestStreamArn"]) == "dynamodb:GetRecords"
    described = [one.describe_contributor_insights(TableName="orders") for one in (client, dynamodb)]
    assert [one["ContributorInsightsStatus"] for one in described] == ["ENABLED", "DISABLED"]
