"""EventBridge under SIGKILL: every acknowledged event reaches every target of the rules that it matches.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a tenth of it, default 2).
"""

import asyncio
import io
import json
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, json_head
from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 10, 1)
SENDERS = 4
ACCOUNT = "000000000000"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 30 * KILLS)]

PUT = json_head("127.0.0.1", "events", "AWSEvents.PutEvents", "1.1")
CODE = """
import boto3
sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName="called")["QueueUrl"]
def handler(event, context):
    sqs.send_message(QueueUrl=url, MessageBody=str(event["detail"]["id"]))
"""


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Servers of a test; the last is stopped at its end."""
    servers: list[ServerProcess] = []
    yield servers
    servers[-1].stop()


def prepare(session: Serein) -> None:
    """A rule with a queue and a function, which tells another queue."""
    sqs, events = session.client("sqs"), session.client("events")
    for name in ("direct", "called", "letters"):
        sqs.create_queue(QueueName=name)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    function = session.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{ACCOUNT}:role/f",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )["FunctionArn"]
    letters = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:letters"}}
    events.put_rule(Name="r", EventPattern='{"source": ["crash"]}')
    events.put_targets(
        Rule="r",
        Targets=[
            {"Id": "queue", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:direct", "InputPath": "$.detail.id", **letters},
            {"Id": "function", "Arn": function, **letters},
        ],
    )


def ids_in(session: Serein, queue: str) -> set[int]:
    """What a queue was told, taken from it."""
    sqs = session.client("sqs")
    url, found = sqs.get_queue_url(QueueName=queue)["QueueUrl"], set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found |= {int(message["Body"]) for message in messages}
        entries = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return found


async def send(port: int, ids: Iterator[int], acknowledged: set[int]) -> None:
    """Put events until the server is gone or there are no more."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        for id in ids:
            entry = {"Source": "crash", "DetailType": "t", "Detail": json.dumps({"id": id})}
            status, body = await connection.send(PUT, json.dumps({"Entries": [entry]}).encode())
            reply: dict[str, Any] = json.loads(body)
            assert (status, reply["FailedEntryCount"]) == (200, 0), body
            acknowledged.add(id)
    except (OSError, EOFError):
        return


async def load(server: ServerProcess, ids: Iterator[int], acknowledged: set[int], seconds: float) -> None:
    senders = [asyncio.create_task(send(server.port, ids, acknowledged)) for _ in range(SENDERS)]
    await asyncio.wait(senders, timeout=seconds)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*senders)


def test_acknowledged_events_reach_every_target(tmp_path: Path, started: list[ServerProcess]) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "system"})
    started.append(server)
    prepare(Serein(server.endpoint, ACCOUNT))
    ids, acknowledged = iter(range(200 * KILLS)), set[int]()
    for _ in range(KILLS):
        asyncio.run(load(server, ids, acknowledged, random.uniform(0.3, 1.0)))
        server = ServerProcess(tmp_path / "data", {"clock": "system"})
        started.append(server)
    session = Serein(server.endpoint, ACCOUNT)
    session.wait_until_idle(90)
    assert acknowledged
    assert acknowledged <= ids_in(session, "direct")
    assert acknowledged <= ids_in(session, "called")
    assert (
        session.client("sqs").receive_message(QueueUrl=f"{server.endpoint}/{ACCOUNT}/letters").get("Messages") is None
    )
