"""Queues to see what comes out of a service, and what a call that is refused gets."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


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

    def send(self, *bodies: Any, **members: str) -> None:
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self._sqs.send_message(QueueUrl=self.url, MessageBody=text, **members)

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

    def texts(self) -> list[str]:
        return sorted(message["Body"] for message in self.messages())

    def bodies(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages()]

    def depth(self) -> int:
        """How many messages it has, those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)
