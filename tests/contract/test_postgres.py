"""What the scale-out engine promises when transactions collide."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from postgres import postgres_server
from serein.kernel.clock import VirtualClock
from serein.kernel.database import Transaction
from serein.storage.local_bus import LocalBus
from serein.storage.postgres import PostgresDatabase

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


async def opened(url: str) -> PostgresDatabase:
    clock = VirtualClock(1000.0)
    return await PostgresDatabase.open(url, clock, LocalBus(clock))


def make_versions(tx: Transaction) -> None:
    tx.run("DROP TABLE IF EXISTS versions")
    tx.run("CREATE TABLE versions (name TEXT PRIMARY KEY, version BIGINT NOT NULL)")
    # Why so many: the planner reads small tables as a whole, and then everything collides with everything.
    tx.run("INSERT INTO versions SELECT 'filler' || n, 0 FROM generate_series(1, 3000) AS n")
    tx.run("INSERT INTO versions VALUES ('x', 0), ('y', 0)")


def version(tx: Transaction, name: str) -> int:
    row = tx.one("SELECT version FROM versions WHERE name = :name", name=name)
    assert row is not None
    return int(row[0])


def increment(tx: Transaction, name: str) -> None:
    tx.run("UPDATE versions SET version = version + 1 WHERE name = :name", name=name)


def test_a_read_sees_a_state_that_some_order_of_the_writes_explains(url: str) -> None:
    """Who read y before it changed comes before that change; so a read that sees the change sees what they wrote."""
    has_read, may_write = threading.Event(), threading.Event()
    seen_by_writer = []

    def read_y_then_write_x(tx: Transaction) -> None:
        seen_by_writer.append(version(tx, "y"))
        has_read.set()
        may_write.wait(10)
        increment(tx, "x")

    async def work() -> None:
        database = await opened(url)
        try:
            await database.write(make_versions)
            await database.write(lambda tx: tx.run("ANALYZE versions"))
            early = asyncio.ensure_future(database.write(read_y_then_write_x))
            await asyncio.to_thread(has_read.wait, 10)
            await database.write(lambda tx: increment(tx, "y"))
            seen = await database.read(lambda tx: (version(tx, "x"), version(tx, "y")))
            may_write.set()
            await early
            assert seen[1] == 1
            assert seen_by_writer[-1] == 1 or seen[0] == 1
        finally:
            may_write.set()
            await database.close()

    asyncio.run(work())


def test_a_row_that_everybody_writes_starves_nobody(url: str) -> None:
    """Two nodes, forty writers, one row: each of them gets its turn."""

    def take_number(tx: Transaction) -> int:
        number = version(tx, "x") + 1
        increment(tx, "x")
        increment(tx, f"filler{number}")
        return number

    async def work() -> None:
        nodes = [await opened(url), await opened(url)]
        try:
            await nodes[0].write(make_versions)
            numbers = await asyncio.gather(*(nodes[turn % 2].write(take_number) for turn in range(400)))
            assert sorted(numbers) == list(range(1, 401))
        finally:
            for node in nodes:
                await node.close()

    asyncio.run(work())


def test_two_nodes_may_make_the_schema_at_once(url: str) -> None:
    async def work() -> None:
        nodes = [await opened(url), await opened(url)]
        try:
            statement = "CREATE TABLE IF NOT EXISTS made_together (name TEXT PRIMARY KEY)"
            await asyncio.gather(*(node.write(lambda tx: tx.run(statement)) for node in nodes for _ in range(4)))
        finally:
            for node in nodes:
                await node.close()

    asyncio.run(work())
