"""The server is killed with SIGKILL at random moments under load; nothing that was acknowledged may be missing.

`SEREIN_CRASH_KILLS` sets how many times (default 50).
"""

import asyncio
import base64
import hashlib
import json
import os
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, json_head, rest_head
from serein.testing import ServerProcess

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "50"))
CONNECTIONS = 12
pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + 6 * KILLS)]

DYNAMODB = {
    name: json_head("127.0.0.1", "dynamodb", f"DynamoDB_20120810.{name}")
    for name in ("CreateTable", "PutItem", "GetItem", "UpdateItem", "DescribeTable")
}
STREAMS = {
    name: json_head("127.0.0.1", "dynamodb", f"DynamoDBStreams_20120810.{name}")
    for name in ("DescribeStream", "GetShardIterator", "GetRecords")
}
SQS = {
    name: json_head("127.0.0.1", "sqs", f"AmazonSQS.{name}")
    for name in ("CreateQueue", "SendMessage", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch")
}


class Server:
    """A server that is killed and comes back on the same data."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process = ServerProcess(data, {"clock": "system"})

    @property
    def port(self) -> int:
        return self.process.port

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process = ServerProcess(self.data, {"clock": "system"})


class Acknowledged:
    """What the server has promised."""

    def __init__(self) -> None:
        self.items: dict[str, str] = {}
        self.counter = 0
        self.attempted = 0
        self.sent: set[str] = set()
        self.deleted: set[str] = set()
        self.perhaps_deleted: set[str] = set()
        """Deletions that were asked for; without an answer they may or may not have happened."""
        self.objects: dict[str, bytes] = {}
        self.fresh: list[str] = []
        """Keys acknowledged since the last restart."""
        self.left_until_kill = 0
        self.time_to_kill = asyncio.Event()

    def note(self) -> None:
        """Something was acknowledged."""
        self.left_until_kill -= 1
        if self.left_until_kill <= 0:
            self.time_to_kill.set()


async def call(connection: Connection, head: bytes, request: dict[str, Any]) -> dict[str, Any]:
    status, body = await connection.send(head, json.dumps(request).encode())
    assert status == 200, body
    reply: dict[str, Any] = json.loads(body or b"{}")
    return reply


async def once(port: int, head: bytes, request: dict[str, Any]) -> dict[str, Any]:
    connection = await Connection("127.0.0.1", port).open()
    try:
        return await call(connection, head, request)
    finally:
        connection.close()


async def put_items(connection: Connection, promised: Acknowledged, name: str) -> None:
    for number in range(1_000_000):
        key, value = f"{name}-{number}", str(random.random())
        item = {"pk": {"S": key}, "value": {"S": value}}
        await call(connection, DYNAMODB["PutItem"], {"TableName": "kept", "Item": item})
        promised.items[key] = value
        promised.fresh.append(key)
        promised.note()


async def count_up(connection: Connection, promised: Acknowledged, _name: str) -> None:
    request = {
        "TableName": "kept",
        "Key": {"pk": {"S": "counter"}},
        "UpdateExpression": "ADD hits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    while True:
        promised.attempted += 1
        await call(connection, DYNAMODB["UpdateItem"], request)
        promised.counter += 1
        promised.note()


async def send_messages(connection: Connection, promised: Acknowledged, name: str, url: str) -> None:
    for number in range(1_000_000):
        body = f"{name}-{number}"
        await call(connection, SQS["SendMessage"], {"QueueUrl": url, "MessageBody": body})
        promised.sent.add(body)
        promised.note()


async def delete_messages(connection: Connection, promised: Acknowledged, _name: str, url: str) -> None:
    while True:
        request = {"QueueUrl": url, "MaxNumberOfMessages": 1, "VisibilityTimeout": 1}
        for message in (await call(connection, SQS["ReceiveMessage"], request)).get("Messages", []):
            handle = message["ReceiptHandle"]
            promised.perhaps_deleted.add(message["Body"])
            await call(connection, SQS["DeleteMessage"], {"QueueUrl": url, "ReceiptHandle": handle})
            promised.deleted.add(message["Body"])
            promised.note()


async def put_objects(connection: Connection, promised: Acknowledged, name: str) -> None:
    for number in range(1_000_000):
        key = f"{name}-{number}"
        content = random.randbytes(random.choice([10, 5_000, 200_000]))
        status, body = await connection.send(rest_head("127.0.0.1", "PUT", f"/crash-bucket/{key}", "s3"), content)
        assert status == 200, body
        promised.objects[key] = content
        promised.note()


async def load(port: int, promised: Acknowledged, url: str, round_number: int, seconds: float) -> None:
    """Drive everything until the time is up; the server is killed while requests are under way."""
    connections = [await Connection("127.0.0.1", port).open() for _ in range(CONNECTIONS)]
    work = []
    for index, connection in enumerate(connections):
        name = f"r{round_number}-c{index}"
        kind = index % 5
        if kind == 0:
            work.append(put_items(connection, promised, name))
        elif kind == 1:
            work.append(count_up(connection, promised, name))
        elif kind == 2:
            work.append(send_messages(connection, promised, name, url))
        elif kind == 3:
            work.append(delete_messages(connection, promised, name, url))
        else:
            work.append(put_objects(connection, promised, name))
    tasks = [asyncio.create_task(one) for one in work]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(outcome, asyncio.CancelledError | OSError | EOFError):
            raise AssertionError("the load failed") from outcome


async def check_fresh(port: int, promised: Acknowledged) -> None:
    """What was promised since the last restart is there."""
    connection = await Connection("127.0.0.1", port).open()
    for key in promised.fresh:
        reply = await call(connection, DYNAMODB["GetItem"], {"TableName": "kept", "Key": {"pk": {"S": key}}})
        assert reply["Item"]["value"]["S"] == promised.items[key], f"{key} is lost"
    promised.fresh.clear()
    reply = await call(connection, DYNAMODB["GetItem"], {"TableName": "kept", "Key": {"pk": {"S": "counter"}}})
    hits = int(reply.get("Item", {}).get("hits", {"N": "0"})["N"])
    assert promised.counter <= hits <= promised.attempted
    connection.close()


async def check_all(port: int, promised: Acknowledged, url: str, stream_arn: str) -> None:
    connection = await Connection("127.0.0.1", port).open()
    for key, content in promised.objects.items():
        status, body = await connection.send(rest_head("127.0.0.1", "GET", f"/crash-bucket/{key}", "s3"), b"")
        assert status == 200, f"object {key} is lost: {body[:200]!r}"
        assert hashlib.sha256(body).digest() == hashlib.sha256(content).digest()
    received = await drain(connection, url)
    assert promised.sent - promised.perhaps_deleted <= received, "messages are lost"
    assert not received & promised.deleted, "messages came back after they were deleted"
    seen = await stream_keys(connection, stream_arn)
    for key in promised.items:
        assert seen.get(key) == 1, f"{key} is in the stream {seen.get(key, 0)} times"
    connection.close()


async def drain(connection: Connection, url: str) -> set[str]:
    """Every message that is left; waits out the visibility timeout of those in flight."""
    received: set[str] = set()
    empty = 0
    while empty < 2:
        request = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600, "WaitTimeSeconds": 2}
        messages = (await call(connection, SQS["ReceiveMessage"], request)).get("Messages", [])
        empty = 0 if messages else empty + 1
        received |= {message["Body"] for message in messages}
        if messages:
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)
            ]
            await call(connection, SQS["DeleteMessageBatch"], {"QueueUrl": url, "Entries": entries})
    return received


async def stream_keys(connection: Connection, stream_arn: str) -> dict[str, int]:
    """How often each key was inserted, from the stream."""
    seen: dict[str, int] = {}
    described = await call(connection, STREAMS["DescribeStream"], {"StreamArn": stream_arn})
    for shard in described["StreamDescription"]["Shards"]:
        request = {"StreamArn": stream_arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await call(connection, STREAMS["GetShardIterator"], request))["ShardIterator"]
        while iterator:
            page = await call(connection, STREAMS["GetRecords"], {"ShardIterator": iterator, "Limit": 1000})
            for record in page["Records"]:
                if record["eventName"] == "INSERT":
                    key = record["dynamodb"]["Keys"]["pk"]["S"]
                    seen[key] = seen.get(key, 0) + 1
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return seen


async def prepare(port: int) -> tuple[str, str]:
    table = {
        "TableName": "kept",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    }
    created = await once(port, DYNAMODB["CreateTable"], table)
    queue = await once(port, SQS["CreateQueue"], {"QueueName": "crash"})
    connection = await Connection("127.0.0.1", port).open()
    status, body = await connection.send(rest_head("127.0.0.1", "PUT", "/crash-bucket", "s3"), b"")
    assert status == 200, body
    connection.close()
    return queue["QueueUrl"], created["TableDescription"]["LatestStreamArn"]


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    random.seed(os.environ.get("SEREIN_CRASH_SEED"))
    server, promised = Server(tmp_path / "data"), Acknowledged()
    url, stream_arn = asyncio.run(prepare(server.port))
    for number in range(KILLS):
        url = f"http://127.0.0.1:{server.port}/000000000000/crash"
        asyncio.run(run_and_kill(server, promised, url, number))
        asyncio.run(check_fresh(server.port, promised))
        if number % 10 == 9:
            tear_the_log(server)
    url = f"http://127.0.0.1:{server.port}/000000000000/crash"
    asyncio.run(check_all(server.port, promised, url, stream_arn))
    print(
        f"{KILLS} kills: {len(promised.items)} items, {promised.counter} updates, {len(promised.sent)} messages sent,"
        f" {len(promised.deleted)} deleted, {len(promised.objects)} objects; none lost"
    )
    server.process.stop()


async def run_and_kill(server: Server, promised: Acknowledged, url: str, number: int) -> None:
    """Load the server, kill it at a random moment, restart it."""
    promised.left_until_kill, promised.time_to_kill = random.randrange(1, 600), asyncio.Event()
    loading = asyncio.create_task(load(server.port, promised, url, number, 30.0))
    killing = asyncio.create_task(promised.time_to_kill.wait())
    await asyncio.wait({loading, killing}, return_when=asyncio.FIRST_COMPLETED)
    killing.cancel()
    await asyncio.to_thread(server.kill_and_restart)
    await loading


def tear_the_log(server: Server) -> None:
    """What a torn write leaves: a write-ahead log that ends in half a frame and noise. It must not corrupt anything."""
    server.process.kill()
    log = server.data / "serein.db-wal"
    if log.exists():
        with log.open("ab") as file:
            file.write(struct.pack(">II", 3, 0) + random.randbytes(random.randrange(10, 6000)))
    server.process = ServerProcess(server.data, {"clock": "system"})


def test_a_torn_write_ahead_log_loses_nothing_acknowledged(tmp_path: Path) -> None:
    server, promised = Server(tmp_path / "data"), Acknowledged()
    asyncio.run(prepare(server.port))

    async def fill() -> None:
        connection = await Connection("127.0.0.1", server.port).open()
        for number in range(200):
            item = {"pk": {"S": f"k{number}"}, "value": {"S": base64.b64encode(random.randbytes(200)).decode()}}
            await call(connection, DYNAMODB["PutItem"], {"TableName": "kept", "Item": item})
            promised.items[f"k{number}"] = item["value"]["S"]
            promised.fresh.append(f"k{number}")
        connection.close()

    for _ in range(3):
        asyncio.run(fill())
        tear_the_log(server)
        asyncio.run(check_fresh(server.port, promised))
    server.process.stop()
