"""The server is killed with SIGKILL while records are put into a data stream whose shards change all the time.

Whatever was acknowledged is there once, in its shard, under its number; each shard is in order, and a reader that goes
from shards to their children misses nothing.
"""

import asyncio
import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, json_head
from postgres import postgres_server
from serein.testing import ServerProcess

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]
ROUNDS = 4
WRITERS = 6
ACKNOWLEDGED_A_ROUND = 400
HEADS = {
    name: json_head("127.0.0.1", "kinesis", f"Kinesis_20131202.{name}", "1.1")
    for name in (
        "CreateStream",
        "PutRecord",
        "PutRecords",
        "ListShards",
        "UpdateShardCount",
        "GetShardIterator",
        "GetRecords",
    )
}
Known = dict[str, tuple[str, str]]
"""What was acknowledged of each record: its shard and its sequence number, by its data."""


class Server:
    """A server that is killed and comes back on the same data."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self.data = data
        self.settings = settings
        self.process = ServerProcess(data, settings)

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process = ServerProcess(self.data, self.settings)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "sqlite":
        running = Server(tmp_path, {"clock": "system"})
        yield running
        running.process.stop()
        return
    with postgres_server() as url:
        running = Server(tmp_path, {"clock": "system", "database": url})
        yield running
        running.process.stop()


async def call(connection: Connection, operation: str, **request: Any) -> dict[str, Any]:
    status, body = await connection.send(HEADS[operation], json.dumps(request).encode())
    assert status == 200, body
    reply: dict[str, Any] = json.loads(body)
    return reply


def entry(text: str) -> dict[str, str]:
    return {"PartitionKey": text, "Data": base64.b64encode(text.encode()).decode()}


async def write(connection: Connection, name: str, known: Known, enough: asyncio.Event, target: int) -> None:
    """Put records one by one and in batches until the server is gone."""
    for turn in range(1_000_000):
        if turn % 3:
            reply = await call(connection, "PutRecord", StreamName="kept", **entry(f"{name}-{turn}"))
            known[f"{name}-{turn}"] = (reply["ShardId"], reply["SequenceNumber"])
        else:
            texts = [f"{name}-{turn}-{place}" for place in range(4)]
            reply = await call(connection, "PutRecords", StreamName="kept", Records=[entry(text) for text in texts])
            for text, record in zip(texts, reply["Records"], strict=True):
                known[text] = (record["ShardId"], record["SequenceNumber"])
        if len(known) >= target:
            enough.set()


async def one_round(server: Server, number: int, known: Known, choose: random.Random) -> None:
    """Write, change the shards meanwhile, and kill the server once enough was acknowledged."""
    port, enough = server.process.port, asyncio.Event()
    connections = [await Connection("127.0.0.1", port).open() for _ in range(WRITERS + 1)]
    target = len(known) + ACKNOWLEDGED_A_ROUND
    writers = [
        asyncio.create_task(write(connection, f"r{number}-w{place}", known, enough, target))
        for place, connection in enumerate(connections[:WRITERS])
    ]
    for _ in range(2):
        page = await call(connections[-1], "ListShards", StreamName="kept", ShardFilter={"Type": "AT_LATEST"})
        count = len(page["Shards"])
        wanted = choose.choice([count * 2 if count < 6 else count // 2, max(1, count - 1), count + 1])
        scaling = {"TargetShardCount": min(wanted, count * 2), "ScalingType": "UNIFORM_SCALING"}
        await call(connections[-1], "UpdateShardCount", StreamName="kept", **scaling)
    waiting = asyncio.create_task(enough.wait())
    await asyncio.wait([waiting, *writers], return_when=asyncio.FIRST_COMPLETED)
    assert enough.is_set(), [writer.exception() for writer in writers if writer.done()]
    server.kill_and_restart()
    await asyncio.gather(*writers, return_exceptions=True)
    for connection in connections:
        connection.close()


async def read_all(port: int) -> list[tuple[str, str, str]]:
    """(data, shard, sequence number) of every record, shard by shard, parents before their children."""
    connection = await Connection("127.0.0.1", port).open()
    found = []
    left = [shard["ShardId"] for shard in (await call(connection, "ListShards", StreamName="kept"))["Shards"]]
    for shard in left:
        start = {"StreamName": "kept", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await call(connection, "GetShardIterator", **start))["ShardIterator"]
        while iterator:
            page = await call(connection, "GetRecords", ShardIterator=iterator, Limit=97)
            for record in page["Records"]:
                found.append((base64.b64decode(record["Data"]).decode(), shard, record["SequenceNumber"]))
            iterator = page.get("NextShardIterator") if page["Records"] else None
    connection.close()
    return found


def test_acknowledged_records_survive_in_order(server: Server) -> None:
    async def body() -> None:
        choose = random.Random(11)
        known: Known = {}
        connection = await Connection("127.0.0.1", server.process.port).open()
        await call(connection, "CreateStream", StreamName="kept", ShardCount=2)
        connection.close()
        for number in range(ROUNDS):
            await one_round(server, number, known, choose)
        found = await read_all(server.process.port)
        by_data = {data: (shard, number) for data, shard, number in found}
        assert len(by_data) == len(found), "a record is there twice"
        missing = {data: place for data, place in known.items() if by_data.get(data) != place}
        assert not missing
        for shard in {shard for _, shard, _ in found}:
            numbers = [int(number) for _, at, number in found if at == shard]
            assert numbers == sorted(set(numbers))
        for number in range(ROUNDS):
            for writer in range(WRITERS):
                require_order(found, f"r{number}-w{writer}-")

    asyncio.run(body())


def require_order(found: list[tuple[str, str, str]], prefix: str) -> None:
    """A writer's records are in each shard in the order in which it put them."""
    shards: dict[str, list[int]] = {}
    for data, shard, _ in found:
        if data.startswith(prefix):
            shards.setdefault(shard, []).append(int(data.removeprefix(prefix).partition("-")[0]))
    for turns in shards.values():
        assert turns == sorted(turns)
