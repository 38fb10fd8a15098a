"""A pipe whose server is killed with SIGKILL again and again: filter, enrichment and target lose no message.

`SEREIN_CRASH_KILLS` sets how many times the server is killed (default 2).
"""

import asyncio
import io
import json
import os
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from serein.kernel.clock import monotonic
from serein.testing import Serein, ServerProcess

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "2"))
MESSAGES_A_ROUND = 60
PATIENCE_SECONDS = 60.0
ACCOUNT = "000000000000"
ARN = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipe"
CODE = "def handler(event, context):\n    return [{'n': each['n'], 'square': each['n'] ** 2} for each in event]\n"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + 20 * KILLS)]


def create(session: Serein) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    session.client("lambda").create_function(
        FunctionName="squares",
        Runtime="python3.12",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=2,
    )
    for name in ("in", "out"):
        session.client("sqs").create_queue(QueueName=name, Attributes={"VisibilityTimeout": "2"})
    session.client("pipes").create_pipe(
        Name="pipe",
        Source=ARN.format("sqs", "in"),
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["wanted"]}}'}]}},
        Enrichment=ARN.format("lambda", "function:squares"),
        EnrichmentParameters={"InputTemplate": '{"n": <$.body.n>}'},
        Target=ARN.format("sqs", "out"),
        TargetParameters={"InputTemplate": "[<$.n>, <$.square>]"},
        RoleArn=ROLE,
    )


def send(session: Serein, first: int) -> None:
    """Send a round of messages, every third of which the filter leaves out."""
    sqs = session.client("sqs")
    for start in range(first, first + MESSAGES_A_ROUND, 10):
        bodies = [{"kind": "wanted" if n % 3 else "other", "n": n} for n in range(start, start + 10)]
        entries = [{"Id": str(body["n"]), "MessageBody": json.dumps(body)} for body in bodies]
        sqs.send_message_batch(QueueUrl=url(session, "in"), Entries=entries)


def url(session: Serein, name: str) -> str:
    return f"{session.endpoint}/{ACCOUNT}/{name}"


def depth(session: Serein) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    reply = session.client("sqs").get_queue_attributes(QueueUrl=url(session, "in"), AttributeNames=names)
    return sum(int(reply["Attributes"][name]) for name in names)


def taken(session: Serein) -> dict[int, int]:
    """What came out: squares by numbers."""
    sqs, found = session.client("sqs"), {}
    while messages := sqs.receive_message(QueueUrl=url(session, "out"), MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            number, square = json.loads(message["Body"])
            found[number] = square
            sqs.delete_message(QueueUrl=url(session, "out"), ReceiptHandle=message["ReceiptHandle"])
    return found


def until(condition: Any, what: str) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    between = threading.Event()
    while not condition():
        assert monotonic() < deadline, what
        between.wait(0.05)


async def kill_soon(server: ServerProcess) -> None:
    await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=random.uniform(0.0, 0.5))
    await asyncio.to_thread(server.kill)


def test_every_wanted_message_reaches_the_target_when_the_server_is_killed(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path, settings)
    create(Serein(server.endpoint, ACCOUNT))
    for round_number in range(KILLS):
        send(Serein(server.endpoint, ACCOUNT), round_number * MESSAGES_A_ROUND)
        asyncio.run(kill_soon(server))
        server = ServerProcess(tmp_path, settings)
    session = Serein(server.endpoint, ACCOUNT)
    until(lambda: depth(session) == 0, "messages are left")
    session.wait_until_idle(60)
    found = taken(session)
    server.stop()
    assert found == {n: n**2 for n in range(KILLS * MESSAGES_A_ROUND) if n % 3}
