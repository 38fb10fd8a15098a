"""The environments of one function version, and the invocations that wait for one."""

import asyncio
import math
import os
from collections import deque

from serein.kernel.clock import monotonic
from serein.kernel.runner import FunctionSpec
from serein.runtime.environment import Environment

_CORES = os.cpu_count() or 1
_FIRST_PATIENCE_SECONDS = 0.01
_LONGEST_PATIENCE_SECONDS = 0.05
_LONGEST_START_SECONDS = 0.25
"""Of what a cold start takes, as far as patience goes: functions with a slow initialisation are not waited for."""
_LONGEST_QUIET_SECONDS = 1.0
_WEIGHT = 0.2
"""Of the latest invocation in the running average of durations."""


class Waiter:
    """An invocation waiting for an environment."""

    __slots__ = ("environment", "since", "timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.environment: asyncio.Future[Environment] = loop.create_future()
        self.since = monotonic()
        self.timer: asyncio.TimerHandle | None = None


class Pool:
    """Environments of equal specs: the idle ones last used first, and who waits, first come first served."""

    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        self.environments: set[Environment] = set()
        self.idle: list[Environment] = []
        self.waiters: deque[Waiter] = deque()
        self.starting = 0
        self.is_retired = False
        self._typical_ms: float | None = None
        self._last_answer = 0.0
        self._start_seconds = 0.0

    @property
    def is_empty(self) -> bool:
        return not self.environments and not self.waiters and not self.starting

    def offer(self, environment: Environment) -> None:
        """Give an environment to whoever has waited longest, or keep it."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.environment.done():
                waiter.environment.set_result(environment)
                return
        environment.idle_since = monotonic()
        if environment.has_process and (environment.is_provisioned or not self._has_provisioned()):
            self.idle.append(environment)
        else:
            self.idle.insert(0, environment)

    def _has_provisioned(self) -> bool:
        """Whether the last of the idle ones, the next to be used, is provisioned: those come first."""
        return bool(self.idle) and self.idle[-1].is_provisioned

    def refuse(self, error: BaseException) -> None:
        """Tell whoever has waited longest that there will be no environment."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.environment.done():
                waiter.environment.set_exception(error)
                return

    def note(self, duration_ms: float) -> None:
        """Learn how long invocations take."""
        before = duration_ms if self._typical_ms is None else self._typical_ms
        self._typical_ms = before + (duration_ms - before) * _WEIGHT
        self._last_answer = monotonic()

    def note_start(self, seconds: float) -> None:
        """Learn how long a cold start takes."""
        self._start_seconds = min(seconds, _LONGEST_START_SECONDS)

    def patience_seconds(self) -> float:
        """How long an invocation waits for a busy environment before another one is considered.

        At least as long as a cold start takes here and now, because that is what waiting may save; and more
        environments than processors make nothing faster, so the patience grows with their number.
        """
        if not self.environments:
            return 0.0
        crowd = min(_FIRST_PATIENCE_SECONDS * (1 + len(self.environments) / _CORES), _LONGEST_PATIENCE_SECONDS)
        return max(crowd, self._start_seconds)

    def is_stuck(self, waited_seconds: float) -> bool:
        """Whether who has waited that long has waited in vain: nothing has been answered for a while.

        Functions that wait for one another look like that; a long queue that moves on does not.
        """
        quiet_seconds = min(waited_seconds, monotonic() - self._last_answer)
        return quiet_seconds > max(_LONGEST_QUIET_SECONDS, 2 * (self._typical_ms or 0.0) / 1000)

    def wanted(self, waiting: int, waited_seconds: float) -> int:
        """How many environments should be starting, so that those who wait are served within their patience.

        Invariant: while somebody waits that long without any answer their number doubles, so a function that waits
        for itself goes on. Never more than doubles, because a machine that stalls for a moment looks the same.
        """
        count = len(self.environments) - self.starting
        patience = self.patience_seconds()
        if count <= 0 and not self.starting:
            return 1
        at_once = min(waiting, max(count, 2 * _CORES))
        if min(waited_seconds, monotonic() - self._last_answer) >= patience:
            return at_once
        if self._typical_ms is None:
            return self.starting
        needed = math.ceil(self._typical_ms / 1000 * (waiting + count) / max(patience, _FIRST_PATIENCE_SECONDS))
        return min(max(needed - count, 0), at_once)
