"""The embedded engine: SQLite in WAL mode, one writer, group commit, fsync before the answer.

Why apsw and not the standard library's sqlite3: it carries its own current SQLite, so every machine has the same
planner and features, and it adds no transaction control of its own.

Writers queue up while a commit is under way; then all that wait run in one transaction on the event loop, and a thread
commits it. So an fsync is shared, and nothing but the fsync leaves the loop (docs/adr/0004).

A function that fails before it has written anything costs nothing. One that fails after a write makes the group start
again, this time with a savepoint each: rare, and cheaper than a savepoint for everyone always.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw

from serein.kernel.beside import Beside
from serein.kernel.bus import Bus
from serein.kernel.clock import Clock
from serein.kernel.database import Delivery, Row, Transaction
from serein.storage.checkpoints import Checkpointer
from serein.storage.deliveries import append_delivery
from serein.storage.statements import binder_of

T = TypeVar("T")
_GROUP = 256
_MEMORABLE = 10_000
_CLUSTERED = re.compile(r"(?s)^CREATE TABLE .*PRIMARY KEY \([^)]*,.*\)$")


class DatabaseClosed(Exception):
    """The database was closed before the write was committed."""


class SqliteTransaction:
    """A transaction of the embedded engine."""

    __slots__ = ("_connection", "_execute", "memo", "now", "thens", "wakes", "wrote")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.memo: dict[Any, Any] = {}
        self.now = 0.0
        self.wakes: list[str] = []
        self.thens: list[Callable[[], None]] = []
        self.wrote = False

    def run(self, sql: str, /, **values: Any) -> int:
        self.wrote = True
        self._execute(sql, binder_of(sql)(values))
        return self._connection.changes()

    def one(self, sql: str, /, **values: Any) -> Row | None:
        if sql[0] != "S":
            self.wrote = True
        row: Row | None = self._execute(sql, binder_of(sql)(values)).fetchone()
        return row

    def all(self, sql: str, /, **values: Any) -> list[Row]:
        if sql[0] != "S":
            self.wrote = True
        rows: list[Row] = self._execute(sql, binder_of(sql)(values)).fetchall()
        return rows

    def send(self, delivery: Delivery) -> None:
        append_delivery(self, delivery)

    def wake(self, *topics: str) -> None:
        self.wakes.extend(topics)

    def then(self, fn: Callable[[], None]) -> None:
        self.thens.append(fn)


class _Write:
    """A function that waits for the writer, and what became of it."""

    __slots__ = ("done", "error", "fn", "result", "thens", "wakes")

    def __init__(self, fn: Callable[[Transaction], Any], done: "asyncio.Future[Any]") -> None:
        self.fn = fn
        self.done = done
        self.result: Any = None
        self.error: BaseException | None = None
        self.wakes: list[str] = []
        self.thens: list[Callable[[], None]] = []


class SqliteDatabase:
    """The Database port on one SQLite file. Create it inside the event loop that will use it."""

    is_shared = False

    def __init__(self, path: Path, clock: Clock, bus: Bus) -> None:
        self._path = path
        self._clock = clock
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Write] = deque()
        self._is_committing = False
        self._is_reading = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._writer = self._open()
        self._checkpointer = Checkpointer(self._path, self._writer, self._open)
        self._committer = Beside("sqlite-commit")
        self._write_tx = SqliteTransaction(self._writer)
        self._reader = self._open()
        self._read_tx = SqliteTransaction(self._reader)

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), statementcachesize=400)
        connection.set_busy_timeout(10_000)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-32000")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        if self._closed:
            raise DatabaseClosed
        done: asyncio.Future[T] = self._loop.create_future()
        self._queue.append(_Write(fn, done))
        if not self._is_committing:
            self._is_committing = True
            self._idle.clear()
            self._loop.call_soon(self._run_group)
        return await done

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        if self._closed:
            raise DatabaseClosed
        tx = self._read_tx
        tx.now = self._clock.now()
        if not self._is_reading:
            self._reader.execute("BEGIN")
            self._is_reading = True
        return fn(tx)

    def _end_snapshot(self) -> None:
        """Let the next read see what has been committed since the snapshot was taken.

        Why reads share a snapshot until then: a transaction costs four system calls, as much as a small read.
        """
        if self._is_reading:
            self._is_reading = False
            self._reader.execute("COMMIT")
            self._read_tx.memo.clear()

    @property
    def is_idle(self) -> bool:
        return not self._is_committing

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._idle.wait()
        self._committer.close()
        self._reader.close()
        self._checkpointer.close()

    async def erase(self) -> None:
        """Delete every row of every service."""

        def delete(tx: Transaction) -> None:
            names = tx.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'applied_schemas'")
            for (name,) in names:
                tx.run(f'DELETE FROM "{name}"')
            tx.memo.clear()

        await self.write(delete)

    @staticmethod
    def dialect(statement: str) -> str:
        """A schema statement as SQLite wants it: a table with a compound key is stored in that key's order."""
        return statement + " WITHOUT ROWID" if _CLUSTERED.match(statement) else statement

    def _run_group(self) -> None:
        """Run what waits, and have it committed."""
        group = [self._queue.popleft() for _ in range(min(len(self._queue), _GROUP))]
        try:
            if not self._try_group(group, is_careful=False):
                self._try_group(group, is_careful=True)
        except apsw.Error as error:
            self._after_commit(group, None, error)
            return
        self._end_snapshot()  # an open one would keep the commit from clearing the log
        self._committer.start(self._checkpointer.commit, partial(self._after_commit, group))

    def _after_commit(self, group: list[_Write], _committed: None, error: BaseException | None) -> None:
        self._end_snapshot()
        if error is not None:
            if self._writer.in_transaction:
                self._roll_back()
            for write in group:
                write.error, write.wakes, write.thens = error, [], []
        self._checkpointer.begin_if_long()
        if self._queue:
            self._loop.call_soon(self._run_group)
        else:
            self._is_committing = False
            self._idle.set()
        self._announce(group)

    def _try_group(self, group: list[_Write], *, is_careful: bool) -> bool:
        """Run a group up to its commit. False: a function failed after a write, nothing was done, run it carefully."""
        execute, tx = self._writer.execute, self._write_tx
        if len(tx.memo) > _MEMORABLE:
            tx.memo.clear()
        execute("BEGIN IMMEDIATE")
        tx.now = self._clock.now()
        for write in group:
            tx.wakes, tx.thens, tx.wrote = [], [], False
            write.error = None
            if is_careful:
                execute("SAVEPOINT one")
            try:
                write.result = write.fn(tx)
                write.wakes, write.thens = tx.wakes, tx.thens
            except BaseException as error:  # whatever it is, it belongs to the caller that waits for it
                write.error, write.wakes, write.thens = error, [], []
                if is_careful:
                    execute("ROLLBACK TO one")
                    tx.memo.clear()
                elif tx.wrote:
                    self._roll_back()
                    return False
            if is_careful:
                execute("RELEASE one")
        return True

    def _roll_back(self) -> None:
        self._writer.execute("ROLLBACK")
        self._write_tx.memo.clear()

    def _announce(self, group: list[_Write]) -> None:
        for write in group:
            self._bus.wake(*write.wakes)
        for write in group:
            if write.done.done():
                continue
            if write.error is not None:
                write.done.set_exception(write.error)
            else:
                write.done.set_result(write.result)
        # Why last: nobody waits in vain if one fails. Who waits for a write goes on only after this, all the same.
        for write in group:
            for then in write.thens:
                then()
