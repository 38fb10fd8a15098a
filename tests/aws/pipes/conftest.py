"""A client of EventBridge Pipes, queues to see what comes out, and functions to go through."""

import io
import zipfile
from typing import Any

import pytest

from queues import Queue

ROLE = "arn:aws:iam::123456789012:role/pipes"


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
