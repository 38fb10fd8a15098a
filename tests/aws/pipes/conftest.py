"""A client of EventBridge Pipes, queues to see what comes out, and functions to go through."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/pipes"


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


class Pipes:
    """Makes pipes, and waits for what they do."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self.client = aws.client("pipes")

    def make(self, source: str, target: str, name: str = "pipe", **members: Any) -> str:
        """Make a pipe, which must run. Returns its ARN."""
        made = self.client.create_pipe(Name=name, Source=source, Target=target, RoleArn=ROLE, **members)
        shown = self.client.describe_pipe(Name=name)
        assert shown["CurrentState"] == members.get("DesiredState", "RUNNING"), shown
        return str(made["Arn"])

    def function(self, name: str, code: str) -> str:
        """Make a function whose body is `code`: lines that see `event`. Returns its ARN."""
        body = "\n".join(f"    {line}" for line in code.strip().splitlines())
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("index.py", f"import base64, json, boto3\ndef handler(event, context):\n{body}\n")
        made = self._aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=ROLE,
            Handler="index.handler",
            Code={"ZipFile": package.getvalue()},
        )
        return str(made["FunctionArn"])


@pytest.fixture
def pipes(aws: Any) -> Pipes:
    return Pipes(aws)


@pytest.fixture
def source(aws: Any) -> Queue:
    return Queue(aws, "source")


@pytest.fixture
def target(aws: Any) -> Queue:
    return Queue(aws, "target")
