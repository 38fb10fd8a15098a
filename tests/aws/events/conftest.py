"""What tests of EventBridge share: a bus's events in a queue, and functions."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def events(aws: Any) -> Any:
    return aws.client("events")


@pytest.fixture
def queue(aws: Any) -> Callable[..., tuple[str, str]]:
    """Make a queue; the answer is its ARN and URL."""

    def make(name: str = "seen", **attributes: str) -> tuple[str, str]:
        url = aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return f"arn:aws:sqs:{aws.region}:{aws.account}:{name}", url

    return make


@pytest.fixture
def taken(aws: Any) -> Callable[[str], list[dict[str, Any]]]:
    """Take all messages of a queue once the server is idle."""

    def take(url: str) -> list[dict[str, Any]]:
        aws.idle()
        sqs, found = aws.client("sqs"), []
        options = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        while messages := sqs.receive_message(QueueUrl=url, **options).get("Messages"):
            found += messages
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return take


@pytest.fixture
def rule(events: Any) -> Callable[..., str]:
    """Make a rule with targets; the answer is its ARN."""

    def make(name: str, *targets: dict[str, Any], pattern: Any = None, bus: str = "default", **options: Any) -> str:
        if pattern is not None:
            options["EventPattern"] = json.dumps(pattern)
        arn: str = events.put_rule(Name=name, EventBusName=bus, **options)["RuleArn"]
        if targets:
            numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
            events.put_targets(Rule=name, EventBusName=bus, Targets=numbered)
        return arn

    return make


def entry(detail: Any = None, source: str = "shop", kind: str = "order", **others: Any) -> dict[str, Any]:
    """An entry of PutEvents."""
    return {"Source": source, "DetailType": kind, "Detail": json.dumps(detail or {}), **others}


def zipped(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", code)
    return content.getvalue()
