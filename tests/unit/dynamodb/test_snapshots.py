"""A table's state at any moment is read exactly, in chunks of any size, also after old history was forgotten."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import serein.services.dynamodb as package
from serein.kernel.clock import VirtualClock
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.changesets import Span, read_changes
from serein.services.dynamodb.jobs.records import Moment
from serein.services.dynamodb.jobs.retention import find_old, forget
from serein.services.dynamodb.jobs.snapshots import Bounds, read_chunk
from serein.services.dynamodb.keys import Key, KeySchema, key_of_item
from serein.services.dynamodb.store import history, tables
from serein.services.dynamodb.tables import TableDefinition, parse_table
from serein.services.dynamodb.values import decode_item
from serein.services.dynamodb.writes import find_image, write
from serein.storage.local_bus import LocalBus
from serein.storage.migrations import migrate
from serein.storage.sqlite import SqliteDatabase

T = TypeVar("T")
SCOPE = Scope("123456789012", "us-east-1")
SCHEMA = KeySchema("pk", "S")
START = 1_000_000.0
State = dict[str, str]

WRITES = st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 9)))
STEPS = st.lists(st.one_of(WRITES, st.sampled_from(["tick", "cut"])), max_size=60)
BOUNDS = st.builds(Bounds, st.integers(1, 4), st.integers(1, 5), st.integers(1, 40))


class World:
    """A table in a database of its own."""

    def __init__(self, folder: str) -> None:
        self.clock = VirtualClock(START)
        self.database = SqliteDatabase(Path(folder) / "test.db", self.clock, LocalBus(self.clock))
        self.state: State = {}
        self.states: dict[float, State] = {}
        """What the table held after all changes of a second."""
        self.cuts: list[tuple[Moment, State]] = []
        self.changed_at: dict[str, float] = {}

    async def open(self) -> None:
        files = sorted((Path(package.__path__[0]) / "schema").glob("*.sql"))
        await self.write(lambda tx: migrate(tx, [("dynamodb", path) for path in files], self.database.dialect))
        definition = TableDefinition(
            id=1,
            table_id="id",
            name="orders",
            arn="arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            created_at=START,
            attributes={"pk": "S"},
            key_schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            recovery_since=START,
            recovery_days=1,
        )
        await self.write(lambda tx: tables.append_table(tx, SCOPE, definition))
        await self.write(lambda tx: history.put_history(tx, 1))

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        return await self.database.write(fn)

    async def do(self, step: Any) -> None:
        if step == "tick":
            await self.tick(1)
        elif step == "cut":
            moment = await self.write(lambda tx: holds.cut(tx, require(tx).definition, 7))
            self.cuts.append((moment, dict(self.state)))
        else:
            name, number = step
            await self.write(lambda tx: change(tx, name, number))
            if number is None:
                self.state.pop(name, None)
            else:
                self.state[name] = str(number)
            self.changed_at[name] = self.clock.now()
        self.states[self.clock.now()] = dict(self.state)

    async def tick(self, seconds: float) -> None:
        async def settle() -> None:
            return None

        await self.clock.advance(seconds, settle)


def require(tx: Transaction) -> Any:
    table = tables.find_table_by_id(tx, 1)
    assert table is not None
    return table


def change(tx: Transaction, name: str, number: int | None) -> None:
    table = require(tx)
    item = {"pk": {"S": name}}
    key = key_of_item(item, table.key)
    after: Image | None = None if number is None else image_of({**item, "n": {"N": str(number)}})
    write(tx, table, key, find_image(tx, table, key), after)


def run(test: Callable[[World], Any]) -> None:
    async def within() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder)
            await world.open()
            try:
                await test(world)
            finally:
                await world.database.close()

    asyncio.run(within())


async def state_at(world: World, moment: Moment, bounds: Bounds) -> State:
    found: State = {}
    after: Key | None = Key(b"", b"")
    while after is not None:
        start = after
        chunk = await world.write(lambda tx, start=start: read_chunk(tx, 1, moment, start, bounds))  # type: ignore[misc]
        for state in chunk.states:
            item = decode_item(state.body)
            assert item["pk"]["S"] not in found
            assert state.key > start
            found[item["pk"]["S"]] = item["n"]["N"]
        assert chunk.last is None or chunk.last > start
        after = chunk.last
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, BOUNDS)
def test_every_moment_is_read_exactly(steps: list[Any], bounds: Bounds) -> None:
    async def test(world: World) -> None:
        for step in steps:
            await world.do(step)
        for at, state in world.states.items():
            assert await state_at(world, Moment(at=at), bounds) == state
        for moment, state in world.cuts:
            assert await state_at(world, moment, bounds) == state

    run(test)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, BOUNDS, st.integers(0, 20))
def test_what_is_forgotten_is_not_needed(steps: list[Any], bounds: Bounds, age: int) -> None:
    async def test(world: World) -> None:
        for step in steps:
            await world.do(step)
        await world.tick(86_400 - age)
        cutoff = world.clock.now() - 86_400
        old = await world.database.read(lambda tx: find_old(tx, 1))
        await world.write(lambda tx: forget(tx, 1, old))
        left = await world.database.read(lambda tx: history.find_oldest_change(tx, 1))
        assert left is None or left > cutoff
        for at, state in world.states.items():
            if at >= cutoff:
                assert await state_at(world, Moment(at=at), bounds) == state

    run(test)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, STEPS, STEPS)
def test_changes_between_two_times_are_the_difference_of_the_states(
    before: list[Any], between: list[Any], later: list[Any]
) -> None:
    async def test(world: World) -> None:
        for step in before:
            await world.do(step)
        old = dict(world.state)
        await world.tick(1)
        since = world.clock.now()
        world.changed_at.clear()
        for step in between:
            await world.do(step)
        new, changed_at = dict(world.state), dict(world.changed_at)
        await world.tick(1)
        until = world.clock.now()
        for step in later:
            await world.do(step)
        found = await world.write(
            lambda tx: read_changes(tx, 1, SCHEMA, Span(since, until, with_old_images=True), Key(b"", b""))
        )
        assert found.last is None
        shown = {change.keys["pk"]["S"]: change for change in found.changes}
        # A deletion of what isn't there is no change.
        expected = {name for name in changed_at if name in old or name in new}
        assert expected >= shown.keys() >= {name for name in expected if old.get(name) != new.get(name)}
        for name, change in shown.items():
            assert number_of(change.old) == old.get(name)
            assert number_of(change.new) == new.get(name)
            assert since * 1_000_000 <= change.written_micros <= until * 1_000_000

    run(test)


def number_of(body: bytes) -> str | None:
    return decode_item(body)["n"]["N"] if body else None


def test_a_table_that_keeps_no_history_notes_nothing() -> None:
    text = (
        '{"id":1,"table_id":"t","name":"orders","arn":"a","created_at":1,"attributes":{"pk":"S"},'
        '"key_schema":[{"AttributeName":"pk","KeyType":"HASH"}]%s}'
    )
    assert not parse_table(text % "").keeps_history
    assert not parse_table(text % "").is_observed
    assert parse_table(text % ',"recovery_since":1').keeps_history
    assert parse_table(text % ',"holds":[5]').is_observed
