"""The contract of the Database port, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from postgres import postgres_server
from serein.kernel.clock import VirtualClock
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.errors import ValidationFailed
from serein.kernel.scope import Scope
from serein.storage.deliveries import DeliveryRows
from serein.storage.local_bus import LocalBus
from serein.storage.migrations import migrate
from serein.storage.sqlite import SqliteDatabase

SCHEMA = Path(__file__).parents[2] / "src/serein/storage/schema/0001_deliveries.sql"
TABLE = "CREATE TABLE things (kind TEXT NOT NULL, id BLOB NOT NULL, size INTEGER, weight REAL, PRIMARY KEY (kind, id))"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Opens a database with the deliveries' schema and a table of our own."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Any, LocalBus, VirtualClock]]:
        clock = VirtualClock(1000.0)
        bus = LocalBus(clock)
        if request.param == "sqlite":
            database: Any = SqliteDatabase(tmp_path / "test.db", clock, bus)
        else:
            from serein.storage.postgres import PostgresDatabase

            database = await PostgresDatabase.open(request.getfixturevalue("postgres_url"), clock, bus)
        try:

            def prepare(tx: Transaction) -> None:
                migrate(tx, [("storage", SCHEMA)], database.dialect)
                tx.run("DROP TABLE IF EXISTS things")
                tx.run(database.dialect(TABLE))
                tx.run("DELETE FROM deliveries")

            await database.write(prepare)
            yield database, bus, clock
        finally:
            await database.close()

    return opened


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())


def add(tx: Transaction, id: bytes, size: int = 1) -> None:
    tx.run(
        "INSERT INTO things (kind, id, size, weight) VALUES (:kind, :id, :size, :weight)",
        kind="a",
        id=id,
        size=size,
        weight=0.5,
    )


def ids(tx: Transaction) -> list[bytes]:
    return [row[0] for row in tx.all("SELECT id FROM things ORDER BY id")]


def test_a_write_is_seen_by_the_next_read(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            await database.write(lambda tx: add(tx, b"\x00\xff"))
            row = await database.read(lambda tx: tx.one("SELECT kind, id, size, weight FROM things"))
            assert row == ("a", b"\x00\xff", 1, 0.5)

    run(work)


def test_text_with_nul_is_kept_or_refused(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            statement = "INSERT INTO things (kind, id) VALUES (:kind, :id)"
            try:
                await database.write(lambda tx: tx.run(statement, kind="a\x00b", id=b"1"))
            except ValidationFailed as refusal:
                assert "U+0000" in refusal.message
                assert await database.read(ids) == []
            else:
                assert await database.read(lambda tx: tx.all("SELECT kind FROM things")) == [("a\x00b",)]

    run(work)


def test_a_write_returns_what_the_function_returned(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            assert await database.write(lambda tx: 42) == 42

    run(work)


def test_a_function_that_fails_leaves_nothing_and_its_neighbours_alone(engine: Any) -> None:
    def fails(tx: Transaction) -> None:
        add(tx, b"bad")
        raise LookupError("no")

    async def work() -> None:
        async with engine() as (database, _, _):
            writes = [database.write(lambda tx, n=n: add(tx, b"%d" % n)) for n in range(5)]
            outcomes = await asyncio.gather(*writes[:3], database.write(fails), *writes[3:], return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [type(None)] * 3 + [LookupError] + [type(None)] * 2
            assert await database.read(ids) == [b"0", b"1", b"2", b"3", b"4"]

    run(work)


def test_writers_that_read_first_do_not_lose_updates(engine: Any) -> None:
    def increment(tx: Transaction) -> None:
        row = tx.one("SELECT size FROM things WHERE kind = :kind AND id = :id", kind="a", id=b"counter")
        assert row is not None
        tx.run(
            "UPDATE things SET size = :size WHERE kind = :kind AND id = :id", size=row[0] + 1, kind="a", id=b"counter"
        )

    async def work() -> None:
        async with engine() as (database, _, _):
            await database.write(lambda tx: add(tx, b"counter", 0))
            await asyncio.gather(*[database.write(increment) for _ in range(40)])
            assert await database.read(lambda tx: tx.one("SELECT size FROM things")) == (40,)

    run(work)


def test_run_tells_how_many_rows_it_changed(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            for n in range(3):
                await database.write(lambda tx, n=n: add(tx, b"%d" % n))
            assert await database.write(lambda tx: tx.run("DELETE FROM things WHERE id <> :id", id=b"1")) == 2

    run(work)


def test_upserts_and_returning_work(engine: Any) -> None:
    def upsert(tx: Transaction) -> Any:
        return tx.one(
            "INSERT INTO things (kind, id, size, weight) VALUES ('a', :id, 1, 0) ON CONFLICT (kind, id)"
            " DO UPDATE SET size = things.size + 1 RETURNING size",
            id=b"x",
        )

    async def work() -> None:
        async with engine() as (database, _, _):
            assert [await database.write(upsert) for _ in range(3)] == [(1,), (2,), (3,)]

    run(work)


def test_text_and_blobs_are_ordered_by_their_bytes(engine: Any) -> None:
    names = ["Z", "a", "é", "B", "_"]

    def fill(tx: Transaction) -> None:
        for name in names:
            tx.run("INSERT INTO things (kind, id) VALUES (:kind, :id)", kind=name, id=name.encode())

    async def work() -> None:
        async with engine() as (database, _, _):
            await database.write(fill)
            by_text = await database.read(lambda tx: tx.all("SELECT kind FROM things ORDER BY kind"))
            assert [row[0] for row in by_text] == sorted(names)
            assert await database.read(ids) == sorted(name.encode() for name in names)

    run(work)


def test_a_wake_comes_after_the_commit_and_not_after_a_failure(engine: Any) -> None:
    def fails(tx: Transaction) -> None:
        tx.wake("topic")
        raise LookupError

    async def work() -> None:
        async with engine() as (database, bus, _):
            subscription = bus.subscribe("topic")
            with pytest.raises(LookupError):
                await database.write(fails)
            assert not subscription.is_pending
            await database.write(lambda tx: tx.wake("topic"))
            assert subscription.is_pending
            assert await subscription.wait()
            assert not subscription.is_pending

    run(work)


def test_what_follows_a_transaction_is_done_once_and_only_when_it_has_committed(engine: Any) -> None:
    done: list[str] = []

    def fails_after_a_write(tx: Transaction) -> None:
        tx.run("INSERT INTO things (kind, id) VALUES ('lost', :id)", id=b"1")
        tx.then(lambda: done.append("lost"))
        raise LookupError

    def writes(tx: Transaction) -> None:
        tx.run("INSERT INTO things (kind, id) VALUES ('kept', :id)", id=b"1")
        tx.then(lambda: done.append("kept"))

    async def work() -> None:
        async with engine() as (database, _, _):
            # Together, so that what writes is run again beside the one that fails.
            outcomes = await asyncio.gather(
                database.write(writes), database.write(fails_after_a_write), return_exceptions=True
            )
            assert [type(outcome) for outcome in outcomes] == [type(None), LookupError]
            assert done == ["kept"]

    run(work)


def test_now_is_the_platforms_time(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            assert await database.write(lambda tx: tx.now) == 1000.0
            assert await database.read(lambda tx: tx.now) == 1000.0

    run(work)


def test_a_delivery_is_claimed_once_and_again_when_its_lease_runs_out(engine: Any) -> None:
    target = Target("sqs", "SendMessage", Scope("111111111111", "eu-west-1"))

    async def work() -> None:
        async with engine() as (database, _, clock):
            rows = DeliveryRows("node", getattr(database, "claim_suffix", ""))
            sent = Delivery(
                target, {"MessageBody": "hi", "Blob": b"\x00"}, Policy(maximum_attempts=3), not_before=1010.0
            )
            await database.write(lambda tx: tx.send(sent))
            assert await database.write(lambda tx: rows.claim(tx, 10, 60)) == []
            assert await database.read(rows.next_due) == 1010.0

            async def settle() -> None:
                return None

            await clock.advance(10, settle)
            (claimed,) = await database.write(lambda tx: rows.claim(tx, 10, 60))
            assert (claimed.target, claimed.request, claimed.policy.maximum_attempts) == (target, sent.request, 3)
            assert await database.write(lambda tx: rows.claim(tx, 10, 60)) == []
            await clock.advance(61, settle)
            (again,) = await database.write(lambda tx: rows.claim(tx, 10, 60))
            assert again.id == claimed.id
            await database.write(lambda tx: rows.remove(tx, again.id))
            assert await database.read(rows.next_due) is None

    run(work)


def test_erase_leaves_the_tables_and_no_rows(engine: Any) -> None:
    async def work() -> None:
        async with engine() as (database, _, _):
            await database.write(lambda tx: add(tx, b"x"))
            await database.erase()
            assert await database.read(ids) == []

    run(work)


def test_a_read_sees_every_write_that_was_answered_before_it(engine: Any) -> None:
    async def follow(database: Any, name: bytes) -> None:
        for count in range(1, 30):
            await database.write(lambda tx, key=name + b"%d" % count: add(tx, key))
            seen = await database.read(ids)
            assert len([id for id in seen if id.startswith(name)]) == count

    async def work() -> None:
        async with engine() as (database, _, _):
            await asyncio.gather(*[follow(database, name) for name in (b"a", b"b", b"c")])

    run(work)


def test_a_memo_never_holds_what_a_transaction_would_not_read(engine: Any) -> None:
    def recall(tx: Transaction) -> list[bytes]:
        if "ids" not in tx.memo:
            tx.memo["ids"] = ids(tx)
        known: list[bytes] = tx.memo["ids"]
        return known

    def change(tx: Transaction, id: bytes) -> list[bytes]:
        recall(tx)
        add(tx, id)
        tx.memo.clear()
        return recall(tx)

    def change_and_fail(tx: Transaction, id: bytes) -> None:
        change(tx, id)
        raise LookupError("no")

    async def work() -> None:
        async with engine() as (database, _, _):
            assert await database.read(recall) == []
            assert await database.write(lambda tx: change(tx, b"1")) == [b"1"]
            assert await database.read(recall) == [b"1"]
            outcomes = await asyncio.gather(
                database.write(recall),
                database.write(lambda tx: change_and_fail(tx, b"2")),
                database.write(recall),
                return_exceptions=True,
            )
            assert outcomes[0] == outcomes[2] == [b"1"]
            assert await database.read(recall) == await database.write(recall) == [b"1"]

    run(work)
