"""A client of EventBridge Scheduler, and a queue to see invocations in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/schedules"
OFF = {"Mode": "OFF"}


def refusal(operation: Any, **request: Any) -> tuple[str, str]:
    """The code and the message of the error that a call gets."""
    with pytest.raises(ClientError) as caught:
        operation(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class Queue:
    """A queue, and what came into it."""

    def __init__(self, aws: Any, name: str, **attributes: str) -> None:
        self._sqs = aws.client("sqs")
        self.url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{aws.region}:{aws.account}:{name}"

    def messages(self) -> list[dict[str, Any]]:
        """What is in the queue, which is empty afterwards."""
        found: list[dict[str, Any]] = []
        while got := self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages"):
            for message in got:
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += got
        return found

    def bodies(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages()]


@pytest.fixture
def scheduler(aws: Any) -> Any:
    return aws.client("scheduler")


@pytest.fixture
def queue(aws: Any) -> Queue:
    return Queue(aws, "due")


def target(queue: Queue, text: str | None = None, **members: Any) -> dict[str, Any]:
    given = {"Arn": queue.arn, "RoleArn": ROLE, **members}
    return given if text is None else {**given, "Input": text}
