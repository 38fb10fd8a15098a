"""What is too old, or belongs to a deleted stream, leaves the database, not only readers' sight."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from serein import app
from serein.kernel.call import Platform
from serein.kernel.clock import VirtualClock
from serein.kernel.scope import Scope
from serein.settings import Settings

SCOPE = Scope("111122223333", "us-east-1")
Case = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Case], None]:
    """Run a case on a platform of its own, on the virtual clock."""

    def run(case: Case) -> None:
        async def body() -> None:
            server = await app.start(Settings(port=0, data=tmp_path, clock="virtual"))
            try:
                await case(server.platform)
            finally:
                await server.close()

        asyncio.run(body())

    return run


async def settle(platform: Platform) -> None:
    while platform.workers.busy() or not platform.database.is_idle:
        await asyncio.sleep(0)


async def advance(platform: Platform, seconds: float) -> None:
    assert isinstance(platform.clock, VirtualClock)
    await platform.clock.advance(seconds, lambda: settle(platform))


async def ask(platform: Platform, operation: str, **request: Any) -> Any:
    return await platform.call("kinesis", operation, request, scope=SCOPE)


async def counts(platform: Platform) -> tuple[int, int]:
    """How many records and shards the database has."""

    def read(tx: Any) -> tuple[int, int]:
        return tuple(tx.one(f"SELECT COUNT(*) FROM kinesis_{table}")[0] for table in ("records", "shards"))  # type: ignore[return-value]

    return await platform.database.read(read)


async def put(platform: Platform, count: int) -> None:
    for _ in range(count):
        await ask(platform, "PutRecord", StreamName="s", PartitionKey="k", Data=b"x")


def test_old_records_and_closed_shards_are_removed(run: Callable[[Case], None]) -> None:
    async def case(platform: Platform) -> None:
        await ask(platform, "CreateStream", StreamName="s", ShardCount=1)
        await put(platform, 1200)
        await ask(platform, "SplitShard", StreamName="s", ShardToSplit="0", NewStartingHashKey="100")
        await advance(platform, 12 * 3600)
        await put(platform, 3)
        assert await counts(platform) == (1203, 3)
        await advance(platform, 14 * 3600)
        assert await counts(platform) == (3, 2)
        await advance(platform, 12 * 3600)
        assert await counts(platform) == (0, 2)

    run(case)


def test_a_deleted_streams_records_are_removed_bit_by_bit(run: Callable[[Case], None]) -> None:
    async def case(platform: Platform) -> None:
        await ask(platform, "CreateStream", StreamName="s", ShardCount=3)
        await put(platform, 1200)
        await ask(platform, "DeleteStream", StreamName="s")
        await settle(platform)
        assert await counts(platform) == (0, 0)

    run(case)
