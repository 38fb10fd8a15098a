"""Clients that people use: AWS's SDK for JavaScript, sqs-consumer, the AWS CLI, boto3's resources."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., str]
pytestmark = pytest.mark.timeout(500)


def test_the_sdk_for_javascript_sends_receives_and_names_errors(node: Run) -> None:
    node("sdk_v3.mjs")


def test_sqs_consumer_handles_every_message_once_and_poison_as_often_as_allowed(node: Run) -> None:
    node("consumer.mjs")


def test_the_cli_works_with_a_queue(aws_cli: Run) -> None:
    def sqs(*arguments: str) -> Any:
        output = aws_cli("sqs", *arguments)
        return json.loads(output) if output.strip() else None

    url = sqs("create-queue", "--queue-name", "jobs", "--attributes", "VisibilityTimeout=60")["QueueUrl"]
    attributes = '{"kind": {"DataType": "String", "StringValue": "book"}}'
    sqs("send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes", attributes)
    (message,) = sqs("receive-message", "--queue-url", url, "--message-attribute-names", "All")["Messages"]
    assert message["MessageAttributes"]["kind"]["StringValue"] == "book"
    sqs("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    refused = aws_cli("sqs", "get-queue-url", "--queue-name", "nope", fails=True)
    assert "AWS.SimpleQueueService.NonExistentQueue" in refused


def test_the_resources_of_boto3_work_with_a_queue(aws: Any) -> None:
    sqs = aws.resource("sqs")
    queue = sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "0"})
    queue.send_message(MessageBody="one", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    queue.send_messages(Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(3)])
    received = queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    assert sorted(message.body for message in received) == ["m0", "m1", "m2", "one"]
    assert next(message.message_attributes for message in received if message.body == "one")["n"]["StringValue"] == "1"
    received[0].change_visibility(VisibilityTimeout=0)
    received[1].delete()
    queue.reload()
    assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "2"
    assert [found.url for found in sqs.queues.filter(QueueNamePrefix="jo")] == [queue.url]
    assert sqs.get_queue_by_name(QueueName="jobs").url == queue.url
    queue.delete()
