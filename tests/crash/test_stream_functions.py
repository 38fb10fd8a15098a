"""A function behind a stream whose shards are split under SIGKILL: it is told of every change, each item's in order."""

import asyncio
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from bench.http_client import Connection, json_head
from serein.testing import Serein, ServerProcess

KILLS = 3
WRITERS = 4
KEYS_EACH = 25
CHANGES = 12_000
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

WRITE = json_head("127.0.0.1", "dynamodb", "DynamoDB_20120810.BatchWriteItem")
CODE = """
import boto3
table = boto3.resource("dynamodb").Table("seen")
def handler(event, context):
    latest = {}
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        latest[key] = int(record["dynamodb"]["NewImage"]["v"]["N"])
    with table.batch_writer() as batch:
        for key, value in latest.items():
            batch.put_item(Item={"pk": key, "v": value})
"""


async def write(port: int, writer: int, turn: int, limit: int) -> int:
    """Give all keys of a writer ever higher values until the server is gone; the answer is the next turn."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        while turn < limit:
            items = [{"pk": {"S": f"{writer}-{key}"}, "v": {"N": str(turn)}} for key in range(KEYS_EACH)]
            writes = [{"PutRequest": {"Item": item}} for item in items]
            turn += 1
            status, body = await connection.send(WRITE, json.dumps({"RequestItems": {"told": writes}}).encode())
            assert status == 200, body
    except (OSError, EOFError):
        pass
    return turn


async def load(server: ServerProcess, turns: list[int], limit: int, seconds: float | None) -> list[int]:
    writers = [asyncio.create_task(write(server.port, at, turn, limit)) for at, turn in enumerate(turns)]
    if seconds is not None:
        await asyncio.wait(writers, timeout=seconds)
        await asyncio.to_thread(server.kill)
    return list(await asyncio.gather(*writers))


def prepare(session: Serein) -> str:
    dynamodb, functions = session.client("dynamodb"), session.client("lambda")
    arn = ""
    for name, is_streamed in (("seen", False), ("told", True)):
        created = dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
            if is_streamed
            else {"StreamEnabled": False},
        )
        arn = str(created["TableDescription"].get("LatestStreamArn", ""))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    functions.create_function(
        FunctionName="told",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{session.account}:role/told",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    functions.create_event_source_mapping(
        FunctionName="told", EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=500
    )
    return arn


def values(session: Serein, table: str) -> dict[str, int]:
    items = session.resource("dynamodb").Table(table).scan()["Items"]
    return {str(item["pk"]): int(item["v"]) for item in items}


def test_a_function_is_told_of_every_change_in_order_when_the_server_is_killed(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path / "data", settings)
    arn = prepare(Serein(server.endpoint, "000000000000"))
    turns, limit = [0] * WRITERS, CHANGES // WRITERS // KEYS_EACH
    for _ in range(KILLS):
        turns = asyncio.run(load(server, turns, limit, random.uniform(0.2, 0.8)))
        server = ServerProcess(tmp_path / "data", settings)
    asyncio.run(load(server, turns, limit + 20, None))
    session = Serein(server.endpoint, "000000000000")
    session.wait_until_idle(60)
    shards = session.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    assert len(shards) >= 3, "no shard was split"
    assert len(values(session, "told")) == WRITERS * KEYS_EACH
    assert values(session, "seen") == values(session, "told")
    server.stop()
