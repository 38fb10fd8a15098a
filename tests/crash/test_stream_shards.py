"""A stream whose shards are split under load and SIGKILL stays the story of its table, without a gap or a repeat."""

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, json_head
from crash.invariants import wrong_records
from serein.testing import ServerProcess

KILLS = 4
WRITERS = 8
BATCHES = (160, 260)
"""How many are acknowledged before a kill: from, to."""
KEYS = [f"k{number}" for number in range(400)]
pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

DYNAMODB = {
    name: json_head("127.0.0.1", "dynamodb", f"DynamoDB_20120810.{name}")
    for name in ("CreateTable", "BatchWriteItem", "Scan")
}
STREAMS = {
    name: json_head("127.0.0.1", "dynamodb", f"DynamoDBStreams_20120810.{name}")
    for name in ("DescribeStream", "GetShardIterator", "GetRecords")
}


async def call(connection: Connection, head: bytes, request: dict[str, Any]) -> dict[str, Any]:
    status, body = await connection.send(head, json.dumps(request).encode())
    assert status == 200, body
    reply: dict[str, Any] = json.loads(body)
    return reply


async def write(port: int, acknowledged: asyncio.Semaphore) -> None:
    """Put and delete items until the server is gone; count the batches that were acknowledged."""
    connection = await Connection("127.0.0.1", port).open()
    try:
        while True:
            await call(connection, DYNAMODB["BatchWriteItem"], {"RequestItems": {"told": list(writes())}})
            acknowledged.release()
    except (OSError, EOFError):
        return


def writes() -> Iterator[dict[str, Any]]:
    for key in random.sample(KEYS, 25):
        if random.random() < 0.2:
            yield {"DeleteRequest": {"Key": {"pk": {"S": key}}}}
        else:
            yield {"PutRequest": {"Item": {"pk": {"S": key}, "v": {"N": str(random.randrange(10**6))}}}}


async def load_and_kill(server: ServerProcess) -> None:
    acknowledged = asyncio.Semaphore(0)
    writers = [asyncio.create_task(write(server.port, acknowledged)) for _ in range(WRITERS)]
    for _ in range(random.randrange(*BATCHES)):
        await asyncio.wait_for(acknowledged.acquire(), 30)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*writers)


async def create(port: int) -> str:
    connection = await Connection("127.0.0.1", port).open()
    table = {
        "TableName": "told",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    described = (await call(connection, DYNAMODB["CreateTable"], table))["TableDescription"]
    connection.close()
    return str(described["LatestStreamArn"])


async def read(port: int, arn: str) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]], list[dict[str, Any]]]:
    """The stream's shards, the records of each, and the table's items."""
    connection = await Connection("127.0.0.1", port).open()
    shards = (await call(connection, STREAMS["DescribeStream"], {"StreamArn": arn}))["StreamDescription"]["Shards"]
    records = []
    for shard in shards:
        wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await call(connection, STREAMS["GetShardIterator"], wanted))["ShardIterator"]
        found: list[dict[str, Any]] = []
        while iterator:
            page = await call(connection, STREAMS["GetRecords"], {"ShardIterator": iterator})
            found += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
        records.append(found)
    items = (await call(connection, DYNAMODB["Scan"], {"TableName": "told"}))["Items"]
    connection.close()
    return shards, records, items


def test_no_record_is_lost_or_repeated_when_the_server_is_killed_while_shards_split(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "system"})
    arn = asyncio.run(create(server.port))
    for _ in range(KILLS):
        asyncio.run(load_and_kill(server))
        server = ServerProcess(tmp_path / "data", {"clock": "system"})
    shards, records, items = asyncio.run(read(server.port, arn))
    server.stop()
    assert len(shards) >= 3, "no shard was split"
    assert list(wrong_records(records, items, "pk")) == []
    for shard, found in zip(shards, records, strict=True):
        numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
        assert numbers == [str(int(numbers[0]) + at) for at in range(len(numbers))] if numbers else True
        ending = shard["SequenceNumberRange"].get("EndingSequenceNumber")
        assert ending in (None, numbers[-1] if numbers else shard["SequenceNumberRange"]["StartingSequenceNumber"])
    print(f"{KILLS} kills: {sum(map(len, records))} records in {len(shards)} shards")
