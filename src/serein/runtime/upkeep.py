"""What is done to environments over time: held to their memory, frozen, ended when idle for long or in others' way."""

import asyncio
import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serein.kernel.clock import monotonic
from serein.kernel.runner import FunctionSpec
from serein.runtime.environment import Environment
from serein.runtime.pool import Pool
from serein.runtime.surroundings import State

_TICK_SECONDS = 0.02
_TRIM_SECONDS = 0.5
_SWEEP_SECONDS = 30.0
_DESCRIPTORS_PER_ENVIRONMENT = 5
_ENVIRONMENTS_PER_CORE = 64


@dataclass(frozen=True, slots=True)
class Bounds:
    """What all environments together may take."""

    memory_mb: int
    environments: int
    idle_seconds: float


class Upkeep:
    """Looks after a runner's environments while there are any."""

    def __init__(
        self,
        environments: Mapping[Environment, Pool],
        pools: Mapping[FunctionSpec, Pool],
        bounds: Bounds,
        is_working: Callable[[], bool],
    ) -> None:
        """`is_working`: whether anything runs or starts."""
        self._environments = environments
        self._pools = pools
        self._bounds = bounds
        self._is_working = is_working
        self._next_trim = 0.0
        self._ticker: asyncio.TimerHandle | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Something is about to run."""
        if self._ticker is not None:
            return
        loop = asyncio.get_running_loop()
        self._ticker = loop.call_later(_TICK_SECONDS, self._tick)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._sweep_seconds, self._sweep)

    def end(self) -> None:
        for timer in (self._ticker, self._sweeper):
            if timer is not None:
                timer.cancel()
        self._ticker = self._sweeper = None

    def used_mb(self) -> int:
        """The environments' own memory: pages that they share with their fork server are not counted."""
        return sum(environment.memory_mb for environment in self._environments)

    def make_room(self, needed_mb: int) -> bool:
        """Whether another environment fits, after ending idle ones, the longest idle first."""
        bounds = self._bounds
        while len(self._environments) >= bounds.environments or self.used_mb() + needed_mb > bounds.memory_mb:
            if not self._evict_one():
                return False
        return True

    def _evict_one(self) -> bool:
        idle = [one for pool in self._pools.values() for one in pool.idle if not one.is_provisioned]
        if not idle:
            return False
        min(idle, key=lambda environment: environment.idle_since).close()
        return True

    @property
    def _sweep_seconds(self) -> float:
        return min(_SWEEP_SECONDS, self._bounds.idle_seconds)

    def _tick(self) -> None:
        """While anything runs: hold environments to their memory; measure new ones, one a time; freeze idle ones."""
        self._ticker = None
        now = monotonic()
        is_needed = self._is_working()
        unmeasured = None
        for environment in list(self._environments):
            environment.check(now)
            is_needed = environment.rest(now) or is_needed
            if not environment.is_measured and environment.state is State.IDLE:
                unmeasured = environment
        if unmeasured is not None:
            unmeasured.measure()
        if now >= self._next_trim:
            self._next_trim = now + _TRIM_SECONDS
            self._trim()
        if is_needed or unmeasured is not None:
            self.begin()

    def _trim(self) -> None:
        """End idle environments until all together are within their bound: those at work may have grown."""
        while self.used_mb() > self._bounds.memory_mb and self._evict_one():
            pass

    def _sweep(self) -> None:
        """End environments that have been idle for long, and those whose runtime does not come back."""
        now = monotonic()
        oldest = now - self._bounds.idle_seconds
        # Why those of the pools: one that was given to an invocation a moment ago looks idle too.
        for pool in list(self._pools.values()):
            for environment in list(pool.idle):
                if environment.idle_since <= oldest and not environment.is_provisioned:
                    environment.close()
        for environment in list(self._environments):
            if environment.is_stuck(now):
                environment.close()
        self._sweeper = None
        if self._environments:
            self._sweeper = asyncio.get_running_loop().call_later(self._sweep_seconds, self._sweep)


def room_for_environments() -> int:
    """How many environments the processors and the limit on open files allow."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = max((descriptors - 128) // _DESCRIPTORS_PER_ENVIRONMENT, 4)
    return min(allowed, _ENVIRONMENTS_PER_CORE * (os.cpu_count() or 1))
