"""Workers: what runs without a request, and the fact of being idle.

A worker is a `step` that does what is due and says when it wants to run next. It sleeps on the platform's clock until
then, or until one of its topics is woken, so no worker polls and a virtual clock drives them all.

Idle is a fact, not a guess: no worker has anything due or pending, no activity runs, no write is queued. An activity
that does nothing but wait for a later time (`sleep_until`) is not running. A commit marks the workers it wakes before
the client hears of it, so there is no moment at which work exists and is not seen.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Iterator
from contextvars import ContextVar, copy_context
from typing import Any, NamedTuple, Protocol

from serein.kernel.bus import Bus, Subscription
from serein.kernel.clock import Clock, monotonic

log = logging.getLogger("serein.worker")
_FAILURE_PAUSE_SECONDS = 1.0
PROGRESS = "workers:progress"
"""Woken when an activity has ended or a worker has made a step: for who waits for a state that another one brings."""


class Worker(Protocol):
    """Something that the platform does on its own."""

    name: str
    """For people: shown by `serein status` and when waiting for idle times out."""
    topics: tuple[str, ...]
    """What wakes it."""

    async def step(self) -> float | None:
        """Do what is due. Return the platform time of the next due thing, or None to sleep until woken."""


class _Sleep(NamedTuple):
    """A wait for a later time, or for a wake that may come before it."""

    until: float
    subscription: Subscription | None

    def lasts(self, now: float) -> bool:
        return self.until > now and (self.subscription is None or not self.subscription.is_pending)


class _Activity:
    """Something in flight: how many steps of it run side by side, and the sleeps of those that do nothing else."""

    __slots__ = ("asleep", "name", "steps")

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps = 1
        self.asleep: list[_Sleep] = []

    def is_asleep(self, now: float) -> bool:
        return 0 < self.steps <= len(self.asleep) and all(sleep.lasts(now) for sleep in self.asleep)


_current: ContextVar[_Activity | None] = ContextVar("activity", default=None)


async def sleep_until(clock: Clock, when: float) -> None:
    """Sleep on the platform's clock. Once all steps of an activity do so, the platform is idle as far as it goes."""
    with _asleep(_Sleep(when, None)):
        await clock.sleep_until(when)


async def wait_until(clock: Clock, subscription: Subscription, when: float) -> bool:
    """Wait to be woken; False when that didn't happen by `when`. Unwoken, it is for idleness what `sleep_until` is."""
    with _asleep(_Sleep(when, subscription)):
        return clock.now() < when and await subscription.wait(when)


@contextlib.contextmanager
def _asleep(sleep: _Sleep) -> Iterator[None]:
    activity = _current.get()
    if activity is not None:
        activity.asleep.append(sleep)
    try:
        yield
    finally:
        if activity is not None:
            activity.asleep.remove(sleep)


@contextlib.contextmanager
def further_steps(count: int) -> Iterator[None]:
    """While this lasts the current activity has so many more steps that run side by side; -1 while one just waits."""
    activity = _current.get()
    if activity is not None:
        activity.steps += count
    try:
        yield
    finally:
        if activity is not None:
            activity.steps -= count


class Activities:
    """Things in flight that make the platform busy: deliveries being made, invocations, deployments."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._running: dict[asyncio.Task[Any], _Activity] = {}

    def start(self, name: str, work: Coroutine[Any, Any, Any], wakes: str = "") -> "asyncio.Task[Any]":
        """Run `work` in the background; `wakes` is a topic woken when it ends. Its failure is logged."""
        activity = _Activity(name)
        context = copy_context()
        context.run(_current.set, activity)
        task = asyncio.get_running_loop().create_task(work, name=name, context=context)
        self._running[task] = activity

        def ended(task: "asyncio.Task[Any]") -> None:
            if wakes:
                self._bus.wake(wakes)
            self._bus.wake(PROGRESS)
            del self._running[task]
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("%s failed", name, exc_info=error)

        task.add_done_callback(ended)
        return task

    def busy(self, now: float) -> list[str]:
        """The names of those that have something to do now."""
        return [activity.name for activity in self._running.values() if not activity.is_asleep(now)]

    async def cancel(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Running:
    """A worker's task and what it is doing."""

    def __init__(self, worker: Worker, subscription: Subscription) -> None:
        self.worker = worker
        self.subscription = subscription
        self.task: asyncio.Task[None] | None = None
        self.is_stepping = True
        self.due: float | None = None

    def is_idle(self, now: float) -> bool:
        return not self.is_stepping and not self.subscription.is_pending and (self.due is None or self.due > now)


class Workers:
    """Runs the workers, and knows whether there is anything left to do."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._workers: dict[str, _Running] = {}
        self.activities = Activities(bus)

    def add(self, worker: Worker) -> None:
        """Start a worker. A worker of the same name must have been removed."""
        if worker.name in self._workers:
            raise ValueError(f"a worker called {worker.name} runs already")
        running = _Running(worker, self._bus.subscribe(*worker.topics))
        self._workers[worker.name] = running
        running.task = asyncio.get_running_loop().create_task(self._run(running), name=worker.name)

    async def remove(self, name: str) -> None:
        """Stop a worker; not an error when there is none."""
        running = self._workers.pop(name, None)
        if running is None or running.task is None:
            return
        running.subscription.close()
        running.task.cancel()
        if running.task is not asyncio.current_task():
            await asyncio.gather(running.task, return_exceptions=True)

    def has(self, name: str) -> bool:
        return name in self._workers

    def busy(self) -> list[str]:
        """What is still to be done now, by name; empty when idle."""
        now = self._clock.now()
        waiting = [name for name, running in self._workers.items() if not running.is_idle(now)]
        return waiting + self.activities.busy(now)

    async def close(self) -> None:
        for name in list(self._workers):
            await self.remove(name)
        await self.activities.cancel()

    async def _run(self, running: _Running) -> None:
        worker = running.worker
        while True:
            running.is_stepping = True
            try:
                running.due = await worker.step()
            except Exception:  # a listed boundary: a worker that fails is retried, never lost
                log.exception("worker %s failed; trying again in %s s", worker.name, _FAILURE_PAUSE_SECONDS)
                running.due = self._clock.now() + _FAILURE_PAUSE_SECONDS
            running.is_stepping = False
            self._bus.wake(PROGRESS)
            await running.subscription.wait(running.due)


async def wait_until_idle(busy: "BusyCheck", timeout_seconds: float) -> list[str]:
    """Return an empty list once nothing is left to do now, or what still is when the time (real) is up."""
    deadline = monotonic() + timeout_seconds
    pause = 0.0
    while True:
        # Why twice: work that ends may start other work in the same turn of the event loop.
        if not busy():
            await asyncio.sleep(0)
            if not (left := busy()):
                return []
        else:
            left = busy()
        if monotonic() > deadline:
            return left
        await asyncio.sleep(pause)
        pause = min(pause + 0.0005, 0.01)


class BusyCheck(Protocol):
    def __call__(self) -> list[str]: ...
