"""Checkpoints of the embedded engine: from its log into its file, beside the writer instead of in its way.

SQLite's own checkpoint is part of the commit that makes the log too long, and writes every page that changed since the
last one: under load every fourth commit or so took five times as long. Here most of that happens in a thread while
commits go on, in as many passes as it takes to get close. What is left then, a little, is done by the committing thread
itself, after which the log starts over.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw

log = logging.getLogger("serein.storage")
_LONG_PAGES = 4_000
_FEW_PAGES = 500
_MOST_PASSES = 4
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class Checkpointer:
    """Keeps one writer's log short."""

    def __init__(self, path: Path, writer: apsw.Connection, open_connection: Callable[[], apsw.Connection]) -> None:
        self._writer = writer
        # Why kept: closing any descriptor of the file would drop the locks that SQLite holds on it.
        self._file = os.open(path, os.O_RDWR)
        self._open = open_connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")
        self._connection: apsw.Connection | None = None
        self._log_pages = 0
        self._is_under_way = False
        self._is_rest_due = False
        writer.set_wal_hook(self._note)

    def commit(self) -> None:
        """Commit the writer's transaction (in the thread for that), and checkpoint the rest when it is due."""
        self._writer.execute("COMMIT")
        if self._is_rest_due:
            self._is_rest_due = False
            _checkpoint(self._writer)
            self._log_pages = 0

    def begin_if_long(self) -> None:
        """Begin a checkpoint when the log has become long (on the event loop, after a commit)."""
        if self._log_pages >= _LONG_PAGES and not self._is_under_way and not self._is_rest_due:
            self._is_under_way = True
            begun = asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint)
            begun.add_done_callback(self._after)

    def close(self) -> None:
        """Wait for a checkpoint that is under way. Call it when all connections but the writer's are closed."""
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()
        self._writer.close()
        os.close(self._file)

    def _note(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        if self._connection is None:
            self._connection = self._open()
        for _ in range(_MOST_PASSES):
            written_pages = _checkpoint(self._connection)
            # Why: SQLite itself does so only once nothing is left, and the writer would wait for all of it then.
            _sync(self._file)
            if self._log_pages - written_pages < _FEW_PAGES:
                break

    def _after(self, done: "asyncio.Future[None]") -> None:
        self._is_under_way, self._is_rest_due = False, True
        done.result()


def _checkpoint(connection: apsw.Connection) -> int:
    """Write what is in the log into the file; how many pages of the log that was."""
    try:
        row: Any = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except apsw.Error as error:
        # Why no more than this: everything committed is in the log, and the next checkpoint tries again.
        log.warning("The database's log could not be checkpointed: %s", error)
        return 0
    return int(row[2])
