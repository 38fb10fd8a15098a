"""Work beside the event loop: what comes of it, and in which order."""

import asyncio
import threading

import pytest

from serein.kernel.beside import Beside


def test_what_work_returns_and_raises_reaches_who_waits() -> None:
    def fails() -> None:
        raise LookupError("nothing there")

    async def work() -> None:
        beside = Beside("test")
        assert await beside.run(lambda: threading.current_thread().name) == "test-0"
        with pytest.raises(LookupError, match="nothing there"):
            await beside.run(fails)
        assert await beside.run(lambda: "the thread is still there") == "the thread is still there"
        beside.close()

    asyncio.run(work())


def test_one_thread_takes_its_work_in_turn_and_ends_when_all_is_done() -> None:
    done: list[int] = []

    async def work() -> None:
        beside = Beside("test")
        waiting = [beside.run(lambda number=number: done.append(number)) for number in range(100)]
        beside.close()
        assert done == list(range(100))
        await asyncio.gather(*waiting)

    asyncio.run(work())


def test_who_has_gone_is_told_nothing() -> None:
    beside = Beside("test")
    may_go_on = threading.Event()

    async def leave() -> None:
        waiting = beside.run(may_go_on.wait)
        waiting.cancel()

    asyncio.run(leave())
    may_go_on.set()

    async def come() -> str:
        return await beside.run(lambda: "served")

    assert asyncio.run(come()) == "served"
    beside.close()
