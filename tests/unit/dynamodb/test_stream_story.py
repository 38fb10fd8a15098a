"""A stream is the story of its table, however its shards are closed, split and trimmed meanwhile."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import serein.services.dynamodb as package
from serein.kernel.clock import VirtualClock
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.changes import RETENTION_SECONDS
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.keys import key_of_item
from serein.services.dynamodb.lineage import MOST_OPEN, SPLIT_AFTER, start_of
from serein.services.dynamodb.resharding import due_streams, next_reshard, reshard
from serein.services.dynamodb.store import shards, streams, tables
from serein.services.dynamodb.tables import StreamDefinition, Table, TableDefinition
from serein.services.dynamodb.trimming import find_trims, next_trim, trim
from serein.services.dynamodb.writes import find_image, write
from serein.storage.local_bus import LocalBus
from serein.storage.migrations import migrate
from serein.storage.sqlite import SqliteDatabase

SCOPE = Scope("123456789012", "us-east-1")
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
START = 1_000_000.0
HOUR = 3600.0
STREAM_ID = 7

WRITES = st.tuples(st.sampled_from("abcdefghijkl"), st.one_of(st.none(), st.integers(0, 2)))
STEPS = st.lists(st.one_of(WRITES, st.sampled_from(["hour", "day", "busy", "forget"])), max_size=80)
Change = tuple[str, str | None, str | None, float]
"""The item's name, what it was and what it became, and when."""


class World:
    """A table with a stream in a database of its own; what a platform's workers do is done after each step."""

    def __init__(self, folder: str) -> None:
        self.clock = VirtualClock(START)
        self.database = SqliteDatabase(Path(folder) / "test.db", self.clock, LocalBus(self.clock))
        self.made: list[Change] = []
        self.first: TableDefinition | None = None

    async def open(self) -> None:
        files = sorted((Path(package.__path__[0]) / "schema").glob("*.sql"))
        await self.database.write(lambda tx: migrate(tx, [("dynamodb", path) for path in files], self.database.dialect))
        definition = TableDefinition(
            id=1,
            table_id="id",
            name="orders",
            arn=ARN,
            created_at=START,
            attributes={"pk": "S"},
            key_schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            stream=StreamDefinition(STREAM_ID, f"{ARN}/stream/x", "2030-01-01T00:00:00.000", "NEW_AND_OLD_IMAGES"),
        )
        self.first = (await self.database.write(lambda tx: lifecycle.create(tx, SCOPE, definition))).definition

    async def do(self, step: Any) -> None:
        if step in ("hour", "day"):
            await self.advance(HOUR if step == "hour" else 24 * HOUR)
        elif step == "busy":
            await self.database.write(fill_a_shard)
        elif step == "forget":
            await self.database.write(self.forget)
        else:
            self.made += await self.database.write(lambda tx: change(tx, *step))
        await self.work()

    def forget(self, tx: Transaction) -> None:
        """Somebody stores a definition that doesn't know which shards are open."""
        assert self.first is not None
        tables.replace_definition(tx, self.first)

    async def advance(self, seconds: float) -> None:
        async def settle() -> None:
            return None

        await self.clock.advance(seconds, settle)

    async def work(self) -> None:
        while (at := await self.database.read(next_reshard)) is not None and at <= self.clock.now():
            assert await self.database.read(due_streams) == [STREAM_ID]
            await self.database.write(partial(reshard, stream_id=STREAM_ID))
        while (at := await self.database.read(next_trim)) is not None and at <= self.clock.now():
            await self.database.write(partial(trim, trims=await self.database.read(find_trims)))


def require(tx: Transaction) -> Table:
    table = tables.find_table(tx, SCOPE, "orders")
    assert table is not None
    return table


def change(tx: Transaction, name: str, number: int | None) -> list[Change]:
    table = require(tx)
    item = {"pk": {"S": name}}
    key = key_of_item(item, table.key)
    after: Image | None = None if number is None else image_of({**item, "n": {"N": str(number)}})
    before = find_image(tx, table, key)
    write(tx, table, key, before, after)
    was, becomes = (image.item["n"]["N"] if image else None for image in (before, after))
    return [(name, was, becomes, tx.now)] if was != becomes else []


def fill_a_shard(tx: Transaction) -> None:
    """Leave the shard with the most records one short of being split."""
    fullest = max(shards.open_shards(tx)[STREAM_ID], key=lambda shard: shard.taken)
    tx.run(
        "UPDATE dynamodb_shards SET last_sequence = :last, first_at = COALESCE(first_at, :now) "
        "WHERE stream_id = :stream AND number = :number",
        last=max(fullest.last_sequence, start_of(fullest.number) + SPLIT_AFTER - 1),
        now=tx.now,
        stream=STREAM_ID,
        number=fullest.number,
    )


def told(tx: Transaction) -> list[list[Change]]:
    """What the stream says, shard by shard."""
    found: list[list[Change]] = []
    for shard in shards.shards_of(tx, STREAM_ID):
        rows = streams.records_after(tx, STREAM_ID, start_of(shard.number), shard.last_sequence, 1000)
        found.append([])
        for _, created_at, body in rows:
            record = msgspec.json.decode(body)["dynamodb"]
            images = (record.get(image, {}).get("n", {}).get("N") for image in ("OldImage", "NewImage"))
            was, becomes = images
            found[-1].append((record["Keys"]["pk"]["S"], was, becomes, created_at))
    return found


def check_shards(tx: Transaction) -> None:
    """The open shards share out all hashes, and every record is of its shard's range."""
    opened = sorted((shard.low, shard.high) for shard in shards.open_shards(tx)[STREAM_ID])
    assert len(opened) <= MOST_OPEN
    assert [low for low, _ in opened] == [0, *(high for _, high in opened[:-1])]
    assert opened[-1][1] == 1 << 32
    names = [shard.opened_at for shard in shards.shards_of(tx, STREAM_ID)]
    assert names == sorted(set(names))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_every_change_of_the_last_day_is_told_once_and_each_items_in_order(steps: list[Any]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder)
            await world.open()
            for step in steps:
                await world.do(step)
                await world.database.read(check_shards)
            found = [one for shard in await world.database.read(told) for one in shard]
            kept = world.clock.now() - RETENTION_SECONDS
            for name in "abcdefghijkl":
                mine = [one for one in world.made if one[0] == name]
                seen = [one for one in found if one[0] == name]
                assert seen == mine[len(mine) - len(seen) :]
                assert all(one[3] <= kept for one in mine[: len(mine) - len(seen)])
            await world.database.close()

    asyncio.run(run())
