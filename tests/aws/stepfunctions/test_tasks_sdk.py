"""Tasks that call any operation through the SDK integrations."""

import json
from typing import Any

import pytest

from queues import Queue
from tests.aws.stepfunctions.workflows import Workflows
from tests.conftest import Aws

SDK = "arn:aws:states:::aws-sdk:"


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


def test_items_have_the_names_of_the_java_sdk(aws: Aws, flows: Workflows) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "1"}, "b": {"Bool": True}, "n": {"Nul": True}, "s": {"Ss": ["x"]}, "raw": {"B": "text"}}
    put = flows.run_task(SDK + "dynamodb:putItem", {"TableName": "items", "Item": item})
    assert put.output == {}
    scheduled = put.event("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("aws-sdk:dynamodb", "putItem")
    stored = dynamodb.get_item(TableName="items", Key={"id": {"S": "1"}})["Item"]
    assert (stored["b"], stored["raw"]) == ({"BOOL": True}, {"B": b"text"})
    scanned = flows.run_task(SDK + "dynamodb:scan", {"TableName": "items"})
    assert scanned.output == {"Items": [item], "Count": 1, "ScannedCount": 1}
    refused = flows.run_task(
        SDK + "dynamodb:putItem",
        {"TableName": "items", "Item": item, "ConditionExpression": "attribute_not_exists(id)"},
    )
    assert refused.error == "DynamoDb.ConditionalCheckFailedException"
    assert refused.cause.startswith("The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: ")


def test_objects_are_texts_in_and_out(aws: Aws, flows: Workflows) -> None:
    bucket = aws.unique("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    place = {"Bucket": bucket, "Key": "k"}
    put = flows.run_task(SDK + "s3:putObject", {**place, "Body": {"a.$": "$.a"}, "Metadata": {"m": "1"}}, {"a": "ü"})
    assert put.output["ETag"].startswith('"')
    assert aws.client("s3").get_object(**place)["Body"].read() == '{"a":"ü"}'.encode()
    got = flows.run_task(SDK + "s3:getObject", place)
    assert json.loads(got.output["Body"]) == {"a": "ü"}
    assert got.output["Metadata"] == {"m": "1"}
    assert got.output["LastModified"].endswith("Z")
    missing = flows.run_task(SDK + "s3:getObject", {**place, "Key": "none"})
    assert missing.error == "S3.NoSuchKeyException"
    assert missing.cause.startswith("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: ")


def test_more_than_a_state_can_hold_is_refused(aws: Aws, flows: Workflows) -> None:
    bucket = aws.unique("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x" * 300_000)
    assert flows.run_task(SDK + "s3:getObject", {"Bucket": bucket, "Key": "k"}).error == "States.DataLimitExceeded"


def test_services_are_named_as_the_sdk_names_them(aws: Aws, flows: Workflows) -> None:
    entry = {"Source": "mine", "DetailType": "d", "Detail": {"a": 1}}
    put = flows.run_task(SDK + "eventbridge:putEvents", {"Entries": [entry]})
    assert put.output["FailedEntryCount"] == 0
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="group")
    groups = flows.run_task(SDK + "cloudwatchlogs:describeLogGroups", {"LogGroupNamePrefix": "gr"})
    assert [group["LogGroupName"] for group in groups.output["LogGroups"]] == ["group"]
    listed = flows.run_task(SDK + "sfn:listStateMachines", {})
    assert [each["Name"] for each in listed.output["StateMachines"]] == ["machine-1", "machine-2", "machine-3"]
    assert listed.output["StateMachines"][0]["CreationDate"].endswith("Z")


def test_a_task_acts_as_the_role_of_its_machine(aws: Aws, flows: Workflows) -> None:
    identity = flows.run_task(SDK + "sts:getCallerIdentity", {})
    execution = identity.arn.rpartition(":")[2]
    assert identity.output["Arn"] == f"arn:aws:sts::{aws.account}:assumed-role/states/{execution}"
    other = {"RoleArn": f"arn:aws:iam::{aws.account}:role/other"}
    switched = flows.run_task(SDK + "sts:getCallerIdentity", {}, Credentials=other)
    assert switched.output["Arn"].startswith(f"arn:aws:sts::{aws.account}:assumed-role/other/")


@pytest.mark.parametrize(
    ("action", "parameters", "fault"),
    [
        ("sqs:sendMessage", {"QueueUrl.$": "$.no", "MessageBody": "b", "Nope.$": "$"}, "Nope"),
        ("sqs:sendMessage", {"QueueUrl": "u", "MessageBody": "b", "Wrong.$": "$"}, "Wrong"),
    ],
)
def test_fields_are_checked_when_the_task_runs(flows: Workflows, action: str, parameters: Any, fault: str) -> None:
    ended = flows.run_task(SDK + action, parameters, {"no": "url"})
    assert ended.error == "States.Runtime"
    assert f'The field "{fault}" is not supported by Step Functions' in ended.cause


def test_a_callback_may_come_through_an_sdk_call(aws: Aws, flows: Workflows) -> None:
    queue = Queue(aws, "queue")
    body = {"QueueUrl": queue.url, "MessageBody.$": "$$.Task.Token"}
    execution = flows.start(flows.task(SDK + "sqs:sendMessage.waitForTaskToken", body))
    aws.idle()
    (message,) = queue.messages()
    done = flows.run_task(
        SDK + "sfn:sendTaskSuccess", {"TaskToken.$": "$.t", "Output": {"a": 1}}, {"t": message["Body"]}
    )
    assert done.status == "SUCCEEDED"
    assert flows.end_of(execution).output == {"a": 1}
