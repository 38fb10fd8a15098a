"""The Clock port and its two adapters. The only place that reads the wall clock."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Protocol


class Clock(Protocol):
    """The platform's time, in seconds since the epoch."""

    def now(self) -> float:
        """The time."""

    async def sleep_until(self, when: float) -> None:
        """Return at `when` or a little later; at once when it has passed."""

    @property
    def is_virtual(self) -> bool:
        """True when time stands still until it is advanced."""


class SystemClock:
    """The machine's time."""

    is_virtual = False

    def now(self) -> float:
        return time.time()

    async def sleep_until(self, when: float) -> None:
        while (left := when - time.time()) > 0:
            # Why: a machine that sleeps or whose time is set must not oversleep by hours.
            await asyncio.sleep(min(left, 60.0))


class VirtualClock:
    """Time that moves only when advanced, and then stops at every moment at which something is due.

    `advance` needs to know when the platform is idle; the composition root gives it that once it has built it.
    """

    is_virtual = True

    def __init__(self, start: float | None = None) -> None:
        self._now = time.time() if start is None else start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    async def sleep_until(self, when: float) -> None:
        if when <= self._now:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (when, next(self._order), woken))
        await woken

    async def advance(self, seconds: float, settle: Callable[[], Awaitable[None]]) -> None:
        """Move on by `seconds`; `settle` returns once everything due has been done. Never goes back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        target = self._now + seconds
        await settle()
        while (when := self._next_due()) is not None and when <= target:
            self._now = max(self._now, when)
            self._wake_due()
            await settle()
        self._now = target
        self._wake_due()
        await settle()

    def _next_due(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _wake_due(self) -> None:
        while (when := self._next_due()) is not None and when <= self._now:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)


def monotonic() -> float:
    """Real seconds that never go back: time limits of processes and connections, durations of invocations."""
    return time.monotonic()


def processor_seconds() -> float:
    """What this thread has had of the processor: limits that other work on the machine mustn't shorten."""
    return time.thread_time()


def wall_seconds() -> float:
    """The machine's time even where the platform's clock is virtual: signatures and certificates."""
    return time.time()
