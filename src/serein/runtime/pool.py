"""The environments of one function version, and the invocations that wait for one."""

import asyncio
import os
from collections import deque

from serein.kernel.clock import monotonic
from serein.kernel.runner import FunctionSpec
from serein.runtime.environment import Environment

_CORES = os.cpu_count() or 1
_FIRST_PATIENCE_SECONDS = 0.01
_LONGEST_PATIENCE_SECONDS = 0.05
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
        self.idle.append(environment)

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

    def patience_seconds(self) -> float:
        """How long a new invocation waits for a busy environment before it gets one of its own.

        A cold start costs more than a short wait, and more environments than processors make nothing faster, so the
        patience grows with their number; but an invocation that could not be served in that time starts at once.
        Invariant: it is bounded, so a function that invokes itself goes on.
        """
        count = len(self.environments)
        if count == 0:
            return 0.0
        patience = min(_FIRST_PATIENCE_SECONDS * (1 + count / _CORES), _LONGEST_PATIENCE_SECONDS)
        if self._typical_ms is None:
            return patience
        expected = self._typical_ms / 1000 * (len(self.waiters) + 1) / count
        return 0.0 if expected > patience else patience
