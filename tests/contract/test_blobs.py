"""The contract of the Blobs port, which every adapter passes."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from serein.kernel.blobs import Blobs
from serein.storage.files import CHUNK_BYTES, SMALL_BYTES, FileBlobs

Case = Callable[[FileBlobs], Awaitable[Any]]


async def chunks_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def read(blobs: Blobs, key: str, start: int = 0, size_bytes: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in blobs.open(key, start, size_bytes)])


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Case], Any]:
    """Run an async function on an adapter of its own."""

    def run(case: Case) -> Any:
        async def body() -> Any:
            blobs = FileBlobs(tmp_path / "blobs")
            try:
                return await case(blobs)
            finally:
                await blobs.close()

        return asyncio.run(body())

    return run


SIZES = [0, 1, SMALL_BYTES, SMALL_BYTES + 1, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 17]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_read_back_whole(run, size: int) -> None:
    content = os.urandom(size)

    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(content[: size // 3], b"", content[size // 3 :]))
        assert blob.size_bytes == size
        assert await read(blobs, blob.key) == content

    run(case)


@pytest.mark.parametrize(
    ("start", "size"),
    [(0, 1), (5, 10), (CHUNK_BYTES - 1, 2), (10, None), (0, 10**9), (2 * CHUNK_BYTES, 5), (10**9, None), (3, 0)],
)
def test_a_range_is_read_without_the_rest(run, start: int, size: int | None) -> None:
    content = os.urandom(2 * CHUNK_BYTES + 5)

    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(content))
        assert await read(blobs, blob.key, start, size) == content[start:][:size]

    run(case)


def test_blobs_are_joined_in_the_order_given(run) -> None:
    parts = [os.urandom(CHUNK_BYTES + 3), b"", b"middle", os.urandom(70_000)]

    async def case(blobs: FileBlobs) -> None:
        keys = [(await blobs.put(chunks_of(part))).key for part in parts]
        joined = await blobs.join(keys)
        assert joined.size_bytes == sum(map(len, parts))
        assert await read(blobs, joined.key) == b"".join(parts)
        for key in keys:
            await blobs.delete(key)
        assert await read(blobs, joined.key) == b"".join(parts)

    run(case)


def test_joining_works_where_the_kernel_cannot_copy(run, monkeypatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError("not on this file system")

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)

    async def case(blobs: FileBlobs) -> None:
        keys = [(await blobs.put(chunks_of(part))).key for part in (b"a" * 100_000, b"b" * 2_000_000)]
        joined = await blobs.join(keys)
        assert await read(blobs, joined.key) == b"a" * 100_000 + b"b" * 2_000_000

    run(case)


def test_joining_a_missing_blob_fails_and_leaves_nothing(run, tmp_path: Path) -> None:
    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(b"here"))
        with pytest.raises(FileNotFoundError):
            await blobs.join([blob.key, "0" * 32])
        assert files_in(tmp_path) == [blob.key]

    run(case)


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(run) -> None:
    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(b"x"))
        await blobs.delete(blob.key)
        await blobs.delete(blob.key)
        with pytest.raises(FileNotFoundError):
            await read(blobs, blob.key)
        with pytest.raises(FileNotFoundError):
            await blobs.path_of(blob.key)

    run(case)


def test_a_blob_deleted_while_it_is_read_is_read_to_its_end(run) -> None:
    content = os.urandom(3 * CHUNK_BYTES)

    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(content))
        reading = blobs.open(blob.key)
        first = await anext(reading)
        await blobs.delete(blob.key)
        assert first + b"".join([chunk async for chunk in reading]) == content

    run(case)


def test_nothing_stays_of_a_body_that_breaks_off(run, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield os.urandom(2 * CHUNK_BYTES)
        raise ConnectionError("gone")

    async def case(blobs: FileBlobs) -> None:
        with pytest.raises(ConnectionError):
            await blobs.put(broken())
        assert files_in(tmp_path) == []

    run(case)


def test_nothing_stays_of_a_put_that_is_cancelled(run, tmp_path: Path) -> None:
    async def endless(begun: asyncio.Event) -> AsyncIterator[bytes]:
        yield os.urandom(CHUNK_BYTES)
        begun.set()
        await asyncio.Event().wait()

    async def case(blobs: FileBlobs) -> None:
        begun = asyncio.Event()
        putting = asyncio.ensure_future(blobs.put(endless(begun)))
        await begun.wait()
        assert len(files_in(tmp_path)) == 1
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert files_in(tmp_path) == []

    run(case)


def test_many_at_once_do_not_mix(run) -> None:
    contents = [os.urandom(1000 * i) for i in range(60)]

    async def case(blobs: FileBlobs) -> None:
        stored = await asyncio.gather(*[blobs.put(chunks_of(content)) for content in contents])
        assert len({blob.key for blob in stored}) == len(contents)
        assert await asyncio.gather(*[read(blobs, blob.key) for blob in stored]) == contents

    run(case)


def test_the_path_of_a_blob_holds_its_bytes(run) -> None:
    async def case(blobs: FileBlobs) -> None:
        blob = await blobs.put(chunks_of(b"on ", b"disk"))
        assert (await blobs.path_of(blob.key)).read_bytes() == b"on disk"

    run(case)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "nope", "é" * 32, "/" * 32])
def test_a_key_that_the_store_never_gave_is_not_found(run, key: str) -> None:
    async def case(blobs: FileBlobs) -> None:
        with pytest.raises(FileNotFoundError):
            await read(blobs, key)

    run(case)


def test_the_sweep_removes_what_no_row_names(run, tmp_path: Path) -> None:
    async def case(blobs: FileBlobs) -> None:
        kept = await blobs.put(chunks_of(b"kept"))
        await blobs.put(chunks_of(b"orphan"))
        (tmp_path / "blobs" / "incoming" / "half").write_bytes(b"torn")
        assert await blobs.sweep({kept.key}) == 0, "young files may belong to a commit under way"
        assert await blobs.sweep({kept.key}, minimum_age_seconds=0) == 2
        assert files_in(tmp_path) == [kept.key]

    run(case)


def test_the_event_loop_runs_while_large_blobs_move(run) -> None:
    async def case(blobs: FileBlobs) -> None:
        longest = 0.0

        async def heartbeat() -> None:
            nonlocal longest
            while True:
                before = time.monotonic()
                await asyncio.sleep(0)
                longest = max(longest, time.monotonic() - before)

        beating = asyncio.ensure_future(heartbeat())
        chunk = bytes(CHUNK_BYTES)
        blob = await blobs.put(chunks_of(*[chunk] * 64))
        async for _ in blobs.open(blob.key):
            pass
        beating.cancel()
        assert longest < 0.5

    run(case)


def test_blobs_survive_the_store_being_opened_again(tmp_path: Path) -> None:
    async def put() -> str:
        blobs = FileBlobs(tmp_path)
        blob = await blobs.put(chunks_of(b"durable"))
        await blobs.close()
        return blob.key

    async def get(key: str) -> bytes:
        blobs = FileBlobs(tmp_path)
        content = await read(blobs, key)
        await blobs.close()
        return content

    assert asyncio.run(get(asyncio.run(put()))) == b"durable"
