"""The server is killed with SIGKILL while messages go through a FIFO queue with several senders and receivers.

Whatever was acknowledged arrives, in the order of its group, and under one message id however often its sender had to
repeat it: deduplication outlives the crash.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, json_head
from postgres import postgres_server
from serein.testing import ServerProcess

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]
KILLS = 3
GROUPS = 5
RECEIVERS = 3
RECEIVED_A_ROUND = 150
HEADS = {
    name: json_head("127.0.0.1", "sqs", f"AmazonSQS.{name}")
    for name in ("CreateQueue", "SendMessage", "ReceiveMessage", "DeleteMessageBatch", "GetQueueAttributes")
}
ATTRIBUTES = {"FifoQueue": "true", "VisibilityTimeout": "2"}


class Story:
    """What the clients saw."""

    def __init__(self) -> None:
        self.sent: dict[str, int] = {f"g{n}": 0 for n in range(GROUPS)}
        """How many messages of each group were acknowledged; the next one may have been accepted too."""
        self.order: dict[str, list[int]] = {group: [] for group in self.sent}
        """The numbers of each group's messages as they were first received."""
        self.ids: dict[str, set[str]] = {}
        self.enough = asyncio.Event()
        self.target = 0

    def receive(self, message: dict[str, Any]) -> None:
        group, _, number = message["Body"].partition(" ")
        if message["Body"] not in self.ids:
            self.order[group].append(int(number))
        self.ids.setdefault(message["Body"], set()).add(message["MessageId"])
        if len(self.ids) >= self.target:
            self.enough.set()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {"clock": "system"}
        return
    with postgres_server() as url:
        yield {"clock": "system", "database": url}


async def call(connection: Connection, operation: str, **request: Any) -> dict[str, Any]:
    status, body = await connection.send(HEADS[operation], json.dumps(request).encode())
    assert status == 200, body
    reply: dict[str, Any] = json.loads(body)
    return reply


async def send(port: int, url: str, group: str, story: Story) -> None:
    """Send a group's messages one after the other until the server is gone; the one without an answer comes again."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        while True:
            body = f"{group} {story.sent[group]}"
            token = body.replace(" ", "-")
            message = {"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": token}
            await call(connection, "SendMessage", QueueUrl=url, **message)
            story.sent[group] += 1
    except (OSError, EOFError):
        return


async def receive(port: int, url: str, story: Story) -> None:
    """Receive and delete until the server is gone."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        while True:
            await take(connection, url, story, 1)
    except (OSError, EOFError):
        return


async def take(connection: Connection, url: str, story: Story, wait: int) -> None:
    reply = await call(connection, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    messages = reply.get("Messages", [])
    for message in messages:
        story.receive(message)
    if messages:
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        await call(connection, "DeleteMessageBatch", QueueUrl=url, Entries=entries)


async def a_round(server: ServerProcess, url: str, story: Story) -> None:
    """Let messages flow, and kill the server in the midst of it."""
    story.enough.clear()
    story.target = len(story.ids) + RECEIVED_A_ROUND
    clients = [asyncio.create_task(send(server.port, url, group, story)) for group in story.sent]
    clients += [asyncio.create_task(receive(server.port, url, story)) for _ in range(RECEIVERS)]
    await asyncio.wait_for(story.enough.wait(), 60)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*clients)


async def drain(port: int, url: str, story: Story) -> None:
    """Send what had no answer once more, and receive until nothing is left, in flight included."""
    connection = await Connection("127.0.0.1", port).open()
    for group, number in story.sent.items():
        body, token = f"{group} {number}", f"{group}-{number}"
        message = {"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": token}
        await call(connection, "SendMessage", QueueUrl=url, **message)
        story.sent[group] += 1
    while True:
        await take(connection, url, story, 5)
        counted = (await call(connection, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]))["Attributes"]
        if counted["ApproximateNumberOfMessages"] == counted["ApproximateNumberOfMessagesNotVisible"] == "0":
            return


def test_fifo_order_and_deduplication_outlive_kills(tmp_path: Path, settings: dict[str, str]) -> None:
    async def story_of() -> Story:
        server = ServerProcess(tmp_path, settings)
        connection = await Connection("127.0.0.1", server.port).open()
        made = await call(connection, "CreateQueue", QueueName="orders.fifo", Attributes=ATTRIBUTES)
        story = Story()
        for _ in range(KILLS):
            await a_round(server, made["QueueUrl"], story)
            server = await asyncio.to_thread(ServerProcess, tmp_path, settings)
        await drain(server.port, made["QueueUrl"], story)
        await asyncio.to_thread(server.stop)
        return story

    story = asyncio.run(story_of())
    for group, count in story.sent.items():
        assert story.order[group] == list(range(count)), f"{group} is out of order, or lost something"
    assert all(len(ids) == 1 for ids in story.ids.values()), "a message was accepted twice"
