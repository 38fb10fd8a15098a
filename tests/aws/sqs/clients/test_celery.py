"""Celery, with a worker of its own, on queues."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client_programs import output_of, python_program
from serein.kernel.clock import monotonic
from serein.settings import inherited

pytestmark = pytest.mark.timeout(500)
PATIENCE_SECONDS = 150.0
SEND = """
import tasks
for number in range(12):
    tasks.add.delay(number, 1)
tasks.stubborn.delay()
"""
SEND_DEADLY = "import tasks; tasks.deadly.delay()"


class Workers:
    """Starts workers, one after the other, and reads what tasks have told."""

    def __init__(self, aws: Any, folder: Path) -> None:
        self._celery = python_program("celery", "celery[sqs]>=5.5", "celery")
        self._sqs = aws.client("sqs")
        self._results = self._sqs.create_queue(QueueName="results")["QueueUrl"]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copy(Path(__file__).parent / "celery_tasks.py", folder / "tasks.py")
        host = aws.endpoint.partition("://")[2]
        self._environment = {
            "BROKER": f"sqs://{aws.account}:secret@{host}",
            "ENDPOINT": aws.endpoint,
            "RESULTS": self._results,
            "AWS_ACCESS_KEY_ID": aws.account,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def send(self, code: str) -> None:
        output_of([self._celery[0], "-c", code], self._folder, self._environment)

    def start(self) -> "subprocess.Popen[bytes]":
        command = [*self._celery, "-A", "tasks", "worker", "--pool", "solo", "--without-gossip", "--without-mingle"]
        environment = {**inherited(), **self._environment}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self._process

    def told(self, count: int) -> list[str]:
        """What so many tasks have told."""
        found: list[str] = []
        deadline = monotonic() + PATIENCE_SECONDS
        while len(found) < count:
            assert monotonic() < deadline, f"{found}: {(self._folder / 'log').read_text()[-4000:]}"
            options = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
            for message in self._sqs.receive_message(QueueUrl=self._results, **options).get("Messages", ()):
                found.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self._results, ReceiptHandle=message["ReceiptHandle"])
        return found

    def left(self) -> int:
        """The messages that the tasks' queue has."""
        url = self._sqs.get_queue_url(QueueName="tasks")["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)


@pytest.fixture
def workers(aws: Any, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(aws, tmp_path)
    yield workers
    workers.close()


def test_celery_runs_tasks_repeats_them_and_takes_them_from_a_worker_that_died(aws: Any, workers: Workers) -> None:
    workers.send(SEND)
    first = workers.start()
    found = workers.told(13)
    assert sorted(found) == sorted([*(f"{number} + 1 = {number + 1}" for number in range(12)), "after 2 retries"])
    workers.send(SEND_DEADLY)
    assert first.wait(PATIENCE_SECONDS) == 1, "the task that ends its worker was run"
    aws.advance(60)
    workers.start()
    assert workers.told(1) == ["survived"]
    deadline = monotonic() + PATIENCE_SECONDS
    while workers.left():
        assert monotonic() < deadline
        threading.Event().wait(0.2)
