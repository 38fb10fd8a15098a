"""Processes that are started in advance: how many wait, who takes them, and that none is left."""

import asyncio
import os
import sys
from pathlib import Path

import uvloop

from serein.kernel.clock import monotonic
from serein.runtime.sandbox import ProcessSandbox
from serein.runtime.spares import Spare, Spares
from serein.runtime.zygote import ForkServer, Launch


class Kind:
    """Spare processes that sleep, of a fork server."""

    def __init__(self, folder: Path) -> None:
        self.server = ForkServer(sys.executable, None, ProcessSandbox().plan)
        self.folder = folder
        self.started: list[Spare] = []
        self.spares = Spares(self.launch)

    async def launch(self) -> Spare:
        scratch = self.folder / str(len(self.started))
        launch = Launch(env={}, cwd="/", scratch=scratch, argv=("/bin/sleep", "600"))
        self.started.append((await self.server.start(launch), launch))
        return self.started[-1]

    async def until_started(self, count: int) -> None:
        deadline, never = monotonic() + 40, asyncio.get_running_loop().create_future()
        while len(self.started) < count:
            assert monotonic() < deadline
            await asyncio.wait({never}, timeout=0.005)

    async def close(self) -> None:
        await self.spares.close()
        await self.server.close()


def test_one_waits_and_two_once_one_was_taken(tmp_path: Path) -> None:
    async def case() -> None:
        kind = Kind(tmp_path)
        await kind.spares.fill()
        await kind.spares.fill()
        assert len(kind.started) == 1
        first = kind.spares.take()
        assert first is not None
        assert first[0] is kind.started[0][0]
        assert kind.spares.take() is None
        kind.spares.replenish()
        await kind.until_started(3)
        second, third = kind.spares.take(), kind.spares.take()
        assert second is not None
        assert third is not None
        assert [second[0], third[0]] == [kind.started[1][0], kind.started[2][0]], "the one that waited longest first"
        for process, _ in (first, second, third):
            os.close(process.output)
        await kind.close()
        assert len(kind.started) == 3

    uvloop.run(case())


def test_one_that_has_ended_is_not_given(tmp_path: Path) -> None:
    async def case() -> None:
        kind = Kind(tmp_path)
        await kind.spares.fill()
        process, _ = kind.started[0]
        ended = asyncio.get_running_loop().create_future()
        process.on_exit = ended.set_result
        process.kill()
        await asyncio.wait_for(ended, 40)
        assert kind.spares.take() is None
        await kind.close()

    uvloop.run(case())


def test_the_second_ends_when_the_burst_is_over(tmp_path: Path) -> None:
    async def case() -> None:
        kind = Kind(tmp_path)
        await kind.spares.fill()
        kind.spares.replenish()
        await kind.until_started(2)
        await kind.spares.fill()
        ended = asyncio.get_running_loop().create_future()
        kind.started[1][0].on_exit = ended.set_result
        kind.spares._calm_down()
        await asyncio.wait_for(ended, 40)
        assert kind.started[0][0].exit_status is None
        assert kind.spares.take() is not None
        os.close(kind.started[0][0].output)
        await kind.close()

    uvloop.run(case())
