"""Processes started in advance: one of a kind waits always, and two for a while after one has been taken.

Cold starts come in bursts: a stack's functions are first called one after another. Whoever finds no spare process
waits for as long as the runtime takes to start; the second is there for the next of a burst, and ends after it.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable

from serein.runtime.zygote import Launch, LaunchFailed, Process

log = logging.getLogger("serein.runtime")
Spare = tuple[Process, Launch]
_KEPT, _KEPT_IN_BURST = 1, 2
_BURST_SECONDS = 20.0
_PAUSE_SECONDS = 0.03
"""How long another is put off while there is still a spare: what was started last has the processor."""


class Spares:
    """The spare processes of one kind."""

    def __init__(self, launch: Callable[[], Awaitable[Spare]]) -> None:
        """`launch` starts one; it raises LaunchFailed."""
        self._launch = launch
        self._waiting: deque[Spare] = deque()
        self._kept = _KEPT
        self._filling: asyncio.Task[None] | None = None
        self._calm: asyncio.TimerHandle | None = None
        self._is_closed = False

    def take(self) -> Spare | None:
        """The one that has waited longest; None without any. Another one is on its way then."""
        found: Spare | None = None
        while self._waiting and found is None:
            process, launch = self._waiting.popleft()
            if process.exit_status is None:
                found = process, launch
            else:
                os.close(process.output)
        return found

    def replenish(self) -> None:
        """One was taken, or would have been: have more of them for a while."""
        if self._is_closed:
            return
        loop = asyncio.get_running_loop()
        self._kept = _KEPT_IN_BURST
        if self._calm is not None:
            self._calm.cancel()
        self._calm = loop.call_later(_BURST_SECONDS, self._calm_down)
        if self._filling is None:
            self._filling = loop.create_task(self._fill())

    async def fill(self) -> None:
        """Have the one that always waits."""
        if self._filling is None and not self._waiting and not self._is_closed:
            self._filling = asyncio.get_running_loop().create_task(self._fill())
        if self._filling is not None:
            await asyncio.shield(self._filling)

    async def close(self) -> None:
        """End them all."""
        self._is_closed = True
        if self._calm is not None:
            self._calm.cancel()
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        self._end_down_to(0)

    async def _fill(self) -> None:
        try:
            while len(self._waiting) < self._kept and not self._is_closed:
                if self._waiting:
                    await asyncio.sleep(_PAUSE_SECONDS)
                self._waiting.append(await self._launch())
        except LaunchFailed as error:
            log.warning("no spare process: %s", error)
        finally:
            self._filling = None

    def _calm_down(self) -> None:
        self._kept, self._calm = _KEPT, None
        self._end_down_to(_KEPT)

    def _end_down_to(self, count: int) -> None:
        while len(self._waiting) > count:
            process, _ = self._waiting.pop()
            os.close(process.output)
            if process.exit_status is None:
                process.kill()
