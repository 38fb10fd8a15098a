"""Environments that are kept initialised ahead of invocations: provisioned concurrency."""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from serein.kernel.runner import FunctionSpec, Provisioned
from serein.runtime.environment import Environment
from serein.runtime.pool import Pool
from serein.runtime.surroundings import State

_AT_ONCE = 2 * (os.cpu_count() or 1)
"""How many are initialised at the same time."""
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 60.0
NO_ROOM = "no room for another environment"


class Keeper(Protocol):
    """Whoever has the environments (`local.py`)."""

    def pool_of(self, spec: FunctionSpec) -> Pool:
        """The pool of this spec, a new one if need be."""

    def start_provisioned(self, pool: Pool) -> bool:
        """Start one; `Provisioning.started` is told how it went. False: there is no room for it."""


class _Wish:
    """What is to be kept for one ARN, and how that goes."""

    def __init__(self, spec: FunctionSpec, pool: Pool, count: int, changed: Callable[[], None] | None) -> None:
        self.spec = spec
        self.pool = pool
        self.count = count
        self.changed = changed
        self.failed = 0
        self.reason = ""
        self.retries = 0
        self.timer: asyncio.TimerHandle | None = None

    def environments(self) -> list[Environment]:
        return [environment for environment in self.pool.environments if environment.is_provisioned]

    def tell(self) -> None:
        if self.changed is not None:
            self.changed()

    def end(self) -> None:
        """Nothing is kept any more: what works now is an environment like others until it is free."""
        if self.timer is not None:
            self.timer.cancel()
        self.count = 0
        self.changed = None
        _let_go(self.environments())


class Provisioning:
    """All wishes of a runner."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._wishes: dict[str, _Wish] = {}

    def want(self, spec: FunctionSpec, count: int, changed: Callable[[], None] | None) -> None:
        """Keep this many of this spec, instead of what was wanted for its ARN."""
        before = self._wishes.get(spec.arn)
        if before is not None and (before.spec != spec or count == 0):
            del self._wishes[spec.arn]
            before.end()
            before = None
        if count == 0:
            return
        if before is None:
            before = self._wishes[spec.arn] = _Wish(spec, self._keeper.pool_of(spec), count, changed)
        before.count, before.changed = count, changed
        before.failed = before.retries = 0
        self._fill(before)

    def tell(self, arn: str) -> Provisioned:
        wish = self._wishes.get(arn)
        if wish is None:
            return Provisioned()
        ready = sum(one.state is not State.STARTING and one.has_process for one in wish.environments())
        missing = max(wish.count - ready, 0)
        return Provisioned(wish.count, min(ready, wish.count), min(wish.failed, missing), wish.reason)

    def forget(self, is_meant: Callable[[str], bool]) -> None:
        """Functions are gone."""
        for arn in [arn for arn in self._wishes if is_meant(arn)]:
            self._wishes.pop(arn).end()

    def close(self) -> None:
        for wish in self._wishes.values():
            if wish.timer is not None:
                wish.timer.cancel()
        self._wishes.clear()

    def started(self, pool: Pool, error: str) -> None:
        """One has been initialised, or `error` says why not."""
        wish = self._wish_of(pool)
        if wish is None:
            return
        if error:
            wish.failed, wish.reason = wish.failed + 1, error
            self._try_later(wish)
        else:
            wish.failed, wish.reason, wish.retries = 0, "", 0
            self._fill(wish)
        wish.tell()

    def died(self, pool: Pool) -> None:
        """One has ended."""
        wish = self._wish_of(pool)
        if wish is not None and wish.timer is None:
            asyncio.get_running_loop().call_soon(self._fill, wish)
            wish.tell()

    def _wish_of(self, pool: Pool) -> _Wish | None:
        wish = self._wishes.get(pool.spec.arn)
        return wish if wish is not None and wish.pool is pool else None

    def _fill(self, wish: _Wish) -> None:
        wish.timer = None
        if self._wishes.get(wish.spec.arn) is not wish:
            return
        if wish.pool.is_retired:
            wish.pool = self._keeper.pool_of(wish.spec)
        have = wish.environments()
        if len(have) > wish.count:
            spare = sorted(have, key=lambda one: (one.state is not State.IDLE, one.idle_since))
            _let_go(spare[: len(have) - wish.count])
            return
        starting = sum(one.state is State.STARTING for one in have)
        for _ in range(min(wish.count - len(have), _AT_ONCE - starting)):
            if not self._keeper.start_provisioned(wish.pool):
                wish.failed, wish.reason = wish.count - len(wish.environments()), NO_ROOM
                self._try_later(wish)
                wish.tell()
                return

    def _try_later(self, wish: _Wish) -> None:
        if wish.timer is None:
            seconds = min(_FIRST_RETRY_SECONDS * 2**wish.retries, _LONGEST_RETRY_SECONDS)
            wish.retries += 1
            wish.timer = asyncio.get_running_loop().call_later(seconds, self._fill, wish)


def _let_go(environments: list[Environment]) -> None:
    """They are not provisioned any more: those at work end when they are done."""
    for environment in environments:
        environment.is_provisioned = False
        environment.is_unwanted = True
        if environment.state is State.IDLE:
            environment.close()
