"""ReadShard, which pollers inside the platform follow shards with."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from serein import app
from serein.kernel.clock import VirtualClock
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.kinesis.sequences import find_sequence
from serein.settings import Settings

SCOPE = Scope("111122223333", "us-east-1")
ARN = "arn:aws:kinesis:us-east-1:111122223333:stream/s"
Ask = Callable[..., Awaitable[Any]]
Run = Callable[[Callable[[Ask, VirtualClock], Awaitable[None]]], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a case on a platform of its own, with a stream `s` of one shard."""

    def run(case: Callable[[Ask, VirtualClock], Awaitable[None]]) -> None:
        async def body() -> None:
            server = await app.start(Settings(port=0, data=tmp_path, clock="virtual"))
            try:

                async def ask(operation: str, **request: Any) -> Any:
                    return await server.platform.call("kinesis", operation, request, scope=SCOPE)

                await ask("CreateStream", StreamName="s", ShardCount=1)
                assert isinstance(server.platform.clock, VirtualClock)
                await case(ask, server.platform.clock)
            finally:
                await server.close()

        asyncio.run(body())

    return run


async def put(ask: Ask, *data: bytes) -> None:
    for one in data:
        await ask("PutRecord", StreamName="s", PartitionKey="k", Data=one)


def of_shard(number: int = 0, **request: Any) -> dict[str, Any]:
    return {"StreamARN": ARN, "ShardId": f"shardId-{number:012d}", **request}


def data_of(reply: dict[str, Any]) -> list[bytes]:
    return [record["Data"] for record in reply["Records"]]


def test_a_shard_is_followed_from_its_start(run: Run) -> None:
    async def case(ask: Ask, clock: VirtualClock) -> None:
        await put(ask, b"1", b"2", b"3")
        first = await ask("ReadShard", **of_shard(After="", Start="TRIM_HORIZON", Limit=2))
        assert data_of(first) == [b"1", b"2"]
        assert first["Last"] == first["Records"][1]["SequenceNumber"]
        assert first["Records"][0]["PartitionKey"] == "k"
        assert (first["IsEnded"], first["ChildShards"]) == (False, [])
        second = await ask("ReadShard", **of_shard(After=first["Last"], Limit=2))
        assert data_of(second) == [b"3"]
        third = await ask("ReadShard", **of_shard(After=second["Last"], Limit=2))
        assert (third["Records"], third["IsEnded"]) == ([], False)
        await put(ask, b"4")
        assert data_of(await ask("ReadShard", **of_shard(After=third["Last"]))) == [b"4"]

    run(case)


def test_a_shard_is_followed_from_its_end_or_a_moment(run: Run) -> None:
    async def case(ask: Ask, clock: VirtualClock) -> None:
        empty = await ask("ReadShard", **of_shard(After="", Start="LATEST"))
        assert empty["Records"] == []
        await put(ask, b"1")
        latest = await ask("ReadShard", **of_shard(After="", Start="LATEST"))
        at_once = await ask("ReadShard", **of_shard(After="", Start="AT_TIMESTAMP", Timestamp=clock.now()))
        assert data_of(at_once) == [b"1"]
        await put(ask, b"2")
        assert data_of(await ask("ReadShard", **of_shard(After=latest["Last"]))) == [b"2"]
        assert data_of(await ask("ReadShard", **of_shard(After=empty["Last"]))) == [b"1", b"2"]

    run(case)


def test_bytes_are_limited_but_a_record_comes_whole(run: Run) -> None:
    async def case(ask: Ask, clock: VirtualClock) -> None:
        await put(ask, bytes(1000), bytes(100), bytes(100))
        first = await ask("ReadShard", **of_shard(After="", MostBytes=500))
        assert [len(data) for data in data_of(first)] == [1000]
        second = await ask("ReadShard", **of_shard(After=first["Last"], MostBytes=500))
        assert [len(data) for data in data_of(second)] == [100, 100]

    run(case)


def test_the_end_of_a_shard_names_its_children(run: Run) -> None:
    async def case(ask: Ask, clock: VirtualClock) -> None:
        await put(ask, b"1")
        await ask("SplitShard", StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
        reply = await ask("ReadShard", **of_shard(After=""))
        assert (data_of(reply), reply["IsEnded"]) == ([b"1"], True)
        assert [child["ShardId"] for child in reply["ChildShards"]] == ["shardId-000000000001", "shardId-000000000002"]
        again = await ask("ReadShard", **of_shard(After=reply["Last"]))
        assert (again["Records"], again["IsEnded"], again["Last"]) == ([], True, again["Last"])
        last, first = find_sequence(again["Last"]), find_sequence(reply["Last"])
        assert last == first

    run(case)


def test_what_is_not_there_is_refused_as_aws_does(run: Run) -> None:
    async def case(ask: Ask, clock: VirtualClock) -> None:
        for request, code in (
            (of_shard(9, After=""), "ResourceNotFoundException"),
            (of_shard(After="5"), "InvalidArgumentException"),
            (of_shard(After="") | {"StreamARN": ARN + "x"}, "ResourceNotFoundException"),
        ):
            with pytest.raises(AwsError) as refused:
                await ask("ReadShard", **request)
            assert refused.value.code == code

    run(case)
