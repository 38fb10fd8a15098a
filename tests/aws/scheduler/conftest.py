"""A client of EventBridge Scheduler, and a queue to see invocations in."""

from typing import Any

import pytest

from queues import Queue

ROLE = "arn:aws:iam::123456789012:role/schedules"
OFF = {"Mode": "OFF"}


@pytest.fixture
def scheduler(aws: Any) -> Any:
    return aws.client("scheduler")


@pytest.fixture
def queue(aws: Any) -> Queue:
    return Queue(aws, "due")


def target(queue: Queue, text: str | None = None, **members: Any) -> dict[str, Any]:
    given = {"Arn": queue.arn, "RoleArn": ROLE, **members}
    return given if text is None else {**given, "Input": text}
