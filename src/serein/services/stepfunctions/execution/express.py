"""Express executions: the same interpreter over frames in memory.

A synchronous one lives in its request and is nowhere else. An asynchronous one is a row until it has ended, which says
which server runs it; when that is gone, another begins it anew.
AWS: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.worker import sleep_until
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.effects import Perform
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.frames import ROOT
from serein.services.stepfunctions.interpreter.memory import MemoryFrames
from serein.services.stepfunctions.interpreter.outcomes import TIMED_OUT, Ended, Outcome, Submitted
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import Machine

LONGEST_SECONDS = 300
"""AWS: an Express execution runs for five minutes at most."""
MOST_EVENTS = 500_000
"""A machine that goes round and round would do so for five minutes; it is told the same earlier, and takes less memory
until then."""
Performer = Callable[[Perform], Awaitable[Outcome | Submitted]]
_Performance = asyncio.Task[Outcome | Submitted]


@dataclass(frozen=True, slots=True)
class Flown:
    """How an Express execution went; times are seconds since the epoch."""

    ended: Ended
    events: list[dict[str, Any]]
    started_at: float
    stopped_at: float


async def fly(platform: Platform, facts: Facts, machine: Machine, perform: Performer) -> Flown:
    """Run an Express execution from its beginning to its end. What it has under way then ends unheard."""
    return await _Flight(platform, facts, machine, perform).run()


@dataclass(slots=True)
class _Flight:
    """An Express execution under way."""

    _platform: Platform
    _facts: Facts
    _machine: Machine
    _perform: Performer
    _frames: MemoryFrames = field(default_factory=MemoryFrames)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _next_frame_id: int = ROOT + 1
    _ended: Ended | None = None
    _performances: dict[_Performance, Perform] = field(default_factory=dict)

    async def run(self) -> Flown:
        clock = self._platform.clock
        started_at = self._facts.started_at
        deadline = started_at + min(self._machine.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS)
        self._step(interpreting.begin)
        while self._ended is None:
            await self._wait(deadline)
            for performance in [each for each in self._performances if each.done()]:
                effect = self._performances.pop(performance)
                self._settle(effect, performance.result())
            self._ring()
            is_late = clock.now() >= deadline or len(self._events) > MOST_EVENTS
            if is_late and self._ended is None:
                self._step(lambda run: interpreting.stop(run, TIMED_OUT, None, None))
        assert self._ended is not None
        return Flown(self._ended, self._events, started_at, clock.now())

    async def _wait(self, deadline: float) -> None:
        """Until a task has an outcome, or something is due."""
        due = min(self._frames.timers.values(), default=deadline)
        sleeping = asyncio.ensure_future(sleep_until(self._platform.clock, min(due, deadline)))
        try:
            await asyncio.wait({*self._performances, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()

    def _ring(self) -> None:
        now = self._platform.clock.now()
        while self._ended is None:
            due = [(at, key) for key, at in self._frames.timers.items() if at <= now]
            if not due:
                return
            frame_id, kind = min(due)[1]
            del self._frames.timers[frame_id, kind]
            frame = self._frames.require(frame_id)
            self._step(lambda run: interpreting.ring(run, frame, kind))  # noqa: B023

    def _settle(self, effect: Perform, outcome: Outcome | Submitted) -> None:
        frame = self._frames.find(effect.frame_id)
        if self._ended is None and frame is not None and frame.task == effect.task and not frame.is_over:
            self._step(lambda run: interpreting.settle(run, frame, outcome))

    def _step(self, happen: Callable[[Run], None]) -> None:
        last_event, now = len(self._events), self._platform.clock.now()
        run = Run(self._facts, self._machine, self._frames, now, last_event, self._next_frame_id)
        happen(run)
        self._events += run.journal.events
        self._next_frame_id = run.next_frame_id
        self._ended = run.ended
        for effect in run.effects:
            if isinstance(effect, Perform) and run.wants(effect):
                name = f"{effect.state.name} of {self._facts.arn}"
                performance = self._platform.workers.activities.start(name, self._made(effect))
                self._performances[performance] = effect

    async def _made(self, effect: Perform) -> Outcome | Submitted:
        return await self._perform(effect)
