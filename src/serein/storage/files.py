"""The Blobs port on files: written aside, fsynced, renamed into a sharded folder, and the folder fsynced.

    <root>/incoming/<key>      being written; whatever is here after a crash was never acknowledged
    <root>/<2 hex>/<key>       stored

Small blobs are written and read in one hop to a thread, large ones a chunk at a time, so neither a disk that is slow
nor a client that is slow ever stops the event loop, and no blob is held in memory.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from serein.kernel.blobs import Blob
from serein.kernel.clock import wall_seconds
from serein.kernel.ids import unrepeated_hex

T = TypeVar("T")

SMALL_BYTES = 64 * 1024
"""Reads up to this size are done on the event loop: they cost less than a hop to a thread."""
CHUNK_BYTES = 1024 * 1024
"""What larger reads yield, and how much is gathered before a write goes to the disk."""
_COPY_BYTES = 64 * 1024 * 1024
_KEY_LENGTH = 32


class FileBlobs:
    """Blobs in a folder. Several processes may share the folder; keys are random."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        # Why its own pool: a burst of slow writes must not starve whatever else uses the default one.
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="blobs")

    async def put(self, chunks: AsyncIterator[bytes]) -> Blob:
        """Store what `chunks` yields and return once it is durable; nothing stays when `chunks` raises."""
        key = unrepeated_hex(_KEY_LENGTH)
        incoming = _Incoming(self._incoming / key)
        pending: list[bytes] = []
        pending_bytes = 0
        try:
            async for chunk in chunks:
                pending.append(chunk)
                pending_bytes += len(chunk)
                if pending_bytes >= CHUNK_BYTES:
                    await self._in_thread(incoming.append, pending)
                    pending, pending_bytes = [], 0
            await self._in_thread(self._finish, key, incoming, pending)
        except BaseException:
            await self._in_thread(incoming.discard)
            raise
        return Blob(key, incoming.size_bytes)

    async def open(self, key: str, start: int = 0, size_bytes: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start`, at most `size_bytes` of them, in chunks. Raises FileNotFoundError.

        The file is opened once, so a blob that is deleted meanwhile is still read to its end.
        """
        file = os.open(self._path(key), os.O_RDONLY)
        try:
            end = os.fstat(file).st_size
            if size_bytes is not None:
                end = min(end, start + size_bytes)
            if 0 < end - start <= SMALL_BYTES:
                yield os.pread(file, end - start, start)
                return
            while start < end:
                chunk = await self._in_thread(os.pread, file, min(CHUNK_BYTES, end - start), start)
                if not chunk:
                    raise OSError(f"blob {key} is shorter than its size")
                start += len(chunk)
                yield chunk
        finally:
            os.close(file)

    async def join(self, keys: list[str]) -> Blob:
        """Store the concatenation of blobs as a new one. Raises FileNotFoundError."""
        key = unrepeated_hex(_KEY_LENGTH)
        incoming = _Incoming(self._incoming / key)
        sources = [self._path(source) for source in keys]
        try:
            await self._in_thread(self._join, key, incoming, sources)
        except BaseException:
            await self._in_thread(incoming.discard)
            raise
        return Blob(key, incoming.size_bytes)

    async def delete(self, key: str) -> None:
        """Delete; not an error when it is gone already."""
        # Why no fsync: a deletion that a crash undoes leaves a file that no row names, which `sweep` removes.
        await self._in_thread(_unlink, self._path(key))

    async def path_of(self, key: str) -> Path:
        """The blob's own file; read it, don't change it. Raises FileNotFoundError."""
        path = self._path(key)
        if not path.exists():
            raise FileNotFoundError(path)
        return path

    async def sweep(self, keys_in_use: Collection[str], minimum_age_seconds: float = 3600.0) -> int:
        """Remove files that no row names (left by crashes) and return how many there were.

        Files younger than `minimum_age_seconds` stay: their rows may be about to be committed, here or by another
        process that shares the folder.
        """
        return await self._in_thread(self._sweep, keys_in_use, wall_seconds() - minimum_age_seconds)

    async def close(self) -> None:
        """Finish what runs in threads."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    def _path(self, key: str) -> Path:
        if len(key) != _KEY_LENGTH or not key.isalnum():
            raise FileNotFoundError(f"{key!r} is not the key of a blob")
        return self._root / key[:2] / key

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run `work` to its end in a thread, even when the caller is cancelled: it may own a file descriptor."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    def _finish(self, key: str, incoming: "_Incoming", rest: list[bytes]) -> None:
        incoming.append(rest)
        incoming.fsync()
        self._publish(key)

    def _join(self, key: str, incoming: "_Incoming", sources: list[Path]) -> None:
        for source in sources:
            incoming.append_file(source)
        self._finish(key, incoming, [])

    def _publish(self, key: str) -> None:
        path = self._path(key)
        try:
            (self._incoming / key).rename(path)
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)
            _fsync_folder(self._root)
            (self._incoming / key).rename(path)
        _fsync_folder(path.parent)

    def _sweep(self, keys_in_use: Collection[str], older_than: float) -> int:
        removed = _remove_old(self._incoming.iterdir(), older_than)
        for shard in self._root.glob("??"):
            removed += _remove_old((path for path in shard.iterdir() if path.name not in keys_in_use), older_than)
        return removed


class _Incoming:
    """A file that is being written; its methods block, and are called one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self.size_bytes = 0

    def append(self, chunks: list[bytes]) -> None:
        file = self._opened()
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(file, view) :]
            self.size_bytes += len(chunk)

    def append_file(self, path: Path) -> None:
        """Append another file's bytes, within the kernel where it can."""
        file = self._opened()
        with path.open("rb", buffering=0) as source:
            left = os.fstat(source.fileno()).st_size
            if hasattr(os, "copy_file_range"):
                # Why suppress: not every file system can; what was copied stays, and the loop below goes on from there.
                with suppress(OSError):
                    while left and (copied := os.copy_file_range(source.fileno(), file, min(left, _COPY_BYTES))):
                        left -= copied
                        self.size_bytes += copied
            while left and (chunk := source.read(CHUNK_BYTES)):
                self.append([chunk])
                left -= len(chunk)
            if left:
                raise OSError(f"{path} is shorter than its size")

    def fsync(self) -> None:
        file = self._opened()
        # Why fdatasync: it also writes the size, which is all of a new file's metadata that matters; macOS lacks it.
        getattr(os, "fdatasync", os.fsync)(file)
        self._close()

    def discard(self) -> None:
        """Remove it; not an error when it was published or never begun."""
        self._close()
        _unlink(self._path)

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        return self._file

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _fsync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _remove_old(paths: Iterable[Path], older_than: float) -> int:
    removed = 0
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= older_than:
                path.unlink()
                removed += 1
    return removed
