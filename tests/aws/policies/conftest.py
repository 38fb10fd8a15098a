"""A server that enforces signatures and policies, and two accounts on it.

Accounts come to be where nothing is enforced; so the keys of both are made first, and the server is started again on
their data.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from serein.testing import Serein, ServerProcess

OWNER, STRANGER = "000000000000", "222222222222"
REGION = "us-east-1"
ECHO = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody="called")
"""


class Guarded:
    """The server, as each of the accounts sees it."""

    def __init__(self, server: ServerProcess, keys: dict[str, dict[str, str]]) -> None:
        self.endpoint = server.endpoint
        self._session = Serein(server.endpoint)
        self._keys = keys

    def client(self, service: str, account: str = OWNER) -> Any:
        key = self._keys[account]
        session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], None, REGION)
        options = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.endpoint, config=options)

    def client_with(self, service: str, credentials: dict[str, str]) -> Any:
        """A client with temporary credentials, as STS answers them."""
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        session = boto3.session.Session(*(credentials[name] for name in names), REGION)
        return session.client(service, endpoint_url=self.endpoint, config=Config(retries={"max_attempts": 0}))

    def idle(self) -> None:
        self._session.wait_until_idle()

    def advance(self, seconds: float) -> None:
        self._session.clock.advance(seconds)

    def queue(self, name: str, *statements: dict[str, Any], account: str = OWNER) -> tuple[str, str]:
        """The URL and the ARN of a queue with a policy."""
        sqs = self.client("sqs", account)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        if statements:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(*statements)})
        return url, f"arn:aws:sqs:{REGION}:{account}:{name}"

    def received(self, url: str, account: str = OWNER) -> list[str]:
        """What is in a queue once nothing is under way."""
        self.idle()
        asked = self.client("sqs", account).receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in asked.get("Messages", [])]

    def function(self, name: str, url: str) -> str:
        """The ARN of a function that tells a queue when it is called."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", ECHO.replace("{url}", url))
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=f"arn:aws:iam::{OWNER}:role/worker",
            Handler="index.handler",
            Timeout=30,
            Code={"ZipFile": packed.getvalue()},
        )
        return str(made["FunctionArn"])


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: str, resource: str, **condition: dict[str, str]) -> dict[str, Any]:
    """A statement; conditions are operators with their keys."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def from_source(service: str, action: str, resource: str, source_arn: str) -> dict[str, Any]:
    """The statement that lets a service deliver for a source."""
    condition = {"aws:SourceArn": source_arn}
    return allow({"Service": f"{service}.amazonaws.com"}, action, resource, ArnEquals=condition)


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("policies")
    server = ServerProcess(folder, {"clock": "virtual"})
    keys = {}
    for account in (OWNER, STRANGER):
        iam = Serein(server.endpoint, account).client("iam")
        iam.create_user(UserName="tester")
        keys[account] = iam.create_access_key(UserName="tester")["AccessKey"]
    server.stop()
    server = ServerProcess(folder, {"clock": "virtual", "auth": "on"})
    yield Guarded(server, keys)
    server.stop()
