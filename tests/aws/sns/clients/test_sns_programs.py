"""Clients that people use: AWS's SDK for JavaScript, and the AWS CLI."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., str]
pytestmark = pytest.mark.timeout(500)


def test_the_sdk_for_javascript_publishes_subscribes_and_names_errors(node: Run) -> None:
    node("sdk_v3.mjs")


def test_the_cli_works_with_a_topic(aws: Any, aws_cli: Run) -> None:
    def sns(*arguments: str) -> Any:
        output = aws_cli("sns", *arguments)
        return json.loads(output) if output.strip() else None

    url = aws.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    topic = sns("create-topic", "--name", "news", "--attributes", "DisplayName=News")["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{aws.account}:inbox"
    subscribed = sns("subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", queue)
    attributes = '{"kind": {"DataType": "String", "StringValue": "book"}}'
    sent = sns("publish", "--topic-arn", topic, "--message", "hello", "--message-attributes", attributes)
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    envelope = json.loads(message["Body"])
    assert (envelope["Message"], envelope["MessageId"]) == ("hello", sent["MessageId"])
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "book"}}
    listed = sns("list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == [subscribed["SubscriptionArn"]]
    assert sns("get-topic-attributes", "--topic-arn", topic)["Attributes"]["DisplayName"] == "News"
    refused = aws_cli("sns", "publish", "--topic-arn", f"{topic}x", "--message", "hello", fails=True)
    assert "An error occurred (NotFound) when calling the Publish operation" in refused
