"""The Runner port on local processes: environments are kept, shared out, and bounded by the host's memory.

An invocation takes an idle environment of its function, else waits briefly for a busy one, else gets a new one; the
longest idle environments of other functions make room. Waiting is always bounded, so functions that invoke one
another, or themselves, get on; when there is no room and nothing to evict, the caller is told to throttle.
"""

import asyncio
import contextlib
import logging
import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serein.kernel.clock import Clock, monotonic
from serein.kernel.errors import AwsError, InternalFailure
from serein.kernel.runner import (
    FunctionSpec,
    Invocation,
    LogSink,
    Outcome,
    Provisioned,
    RunnerBusy,
    StreamedOutcome,
)
from serein.runtime.aws_hosts import HostNames, Opening
from serein.runtime.environment import ON_DEMAND, PROVISIONED, Environment
from serein.runtime.machine import Machine
from serein.runtime.memory import IS_MEASURED
from serein.runtime.packaged_layers import PortOpening
from serein.runtime.pool import Pool, Waiter
from serein.runtime.provisioning import Provisioning
from serein.runtime.responses import ResponseStream
from serein.runtime.runtimes import Runtimes, require_family
from serein.runtime.sandbox import ProcessSandbox, Sandbox
from serein.runtime.surroundings import State, Surroundings
from serein.runtime.upkeep import Bounds, Upkeep, room_for_environments
from serein.runtime.zygote import LaunchFailed

log = logging.getLogger("serein.runtime")
IDLE_SECONDS = 900.0
_FIRST_LOOK_SECONDS = 0.01
_REMEMBERED_SPECS = 256
"""Of those retired lately: for invocations that were on their way when the code changed."""


class LocalRunner:
    """Runs functions as processes of this machine."""

    def __init__(
        self,
        data: Path,
        memory_mb: int,
        log_sink: LogSink,
        clock: Clock,
        *,
        sandbox: Sandbox | None = None,
        machine: Machine | None = None,
        idle_seconds: float = IDLE_SECONDS,
        maximum_environments: int | None = None,
    ) -> None:
        """`data` is a folder for files that can be rebuilt; `memory_mb` is what all environments together may use.

        `machine` is what runtimes may use of it; without, they know PATH's usual folders, and download into `data`.
        """
        self._memory_mb = memory_mb
        self._sandbox = sandbox or ProcessSandbox()
        self._host_names = HostNames()
        folder = data.resolve() / "runtime"
        scratch = folder / "scratch"
        # Why: what a killed server's environments left behind.
        shutil.rmtree(scratch, ignore_errors=True)
        self._runtimes = Runtimes(folder, self._sandbox, machine or Machine(folder / "cache"), self._host_names)
        self._surroundings = Surroundings(self._runtimes, clock, log_sink, scratch, str(folder))
        self._pools: dict[FunctionSpec, Pool] = {}
        self._retired: deque[FunctionSpec] = deque(maxlen=_REMEMBERED_SPECS)
        self._environments: dict[Environment, Pool] = {}
        self._starts: set[asyncio.Task[None]] = set()
        self._in_flight = 0
        self._endings: set[asyncio.Task[None]] = set()
        self._provisioning = Provisioning(self)
        maximum = maximum_environments or room_for_environments()
        self._upkeep = Upkeep(
            self._environments, self._pools, Bounds(memory_mb, maximum, idle_seconds), self._is_working
        )
        self._is_closed = False
        if not IS_MEASURED:
            log.warning("functions are not held to their memory size: that needs Linux")

    def lead_aws_hosts(self, opening: Opening) -> None:
        """Have AWS's host names lead to what `opening` gives; it is awaited for the first function."""
        self._host_names.opening = opening

    def lead_parameters(self, opening: PortOpening) -> None:
        """Have the port of the Parameters and Secrets extension opened by `opening` for functions that have it."""
        self._runtimes.packaged.opening = opening

    @property
    def in_flight(self) -> int:
        return self._in_flight

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run the function once.

        Raises RunnerBusy, RuntimeUnavailable (an AwsError) for a runtime that cannot run here, and InternalFailure
        when no process can be started at all.
        """
        self._in_flight += 1
        try:
            environment = await self._acquire(spec)
        except BaseException:
            self._in_flight -= 1
            raise
        return await environment.begin(invocation)

    async def invoke_streaming(self, spec: FunctionSpec, invocation: Invocation) -> StreamedOutcome:
        """Run the function once and pass its response on as it is written; raises what `invoke` raises."""
        self._in_flight += 1
        try:
            environment = await self._acquire(spec)
        except BaseException:
            self._in_flight -= 1
            raise
        stream = ResponseStream()
        environment.begin(invocation, stream)
        await stream.started
        errors: list[Outcome] = [] if stream.failed is None else [stream.failed]
        outcomes: list[Outcome] = []
        return StreamedOutcome(stream.content_type, stream.chunks(errors, outcomes), errors, outcomes)

    async def invoke_alone(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run the function once in an environment that nobody else uses, and that ends with the call.

        No other call may have an equal spec. Cancelling it ends the function. Raises what `invoke` raises.
        """
        try:
            return await self.invoke(spec, invocation)
        finally:
            if (pool := self._pools.get(spec)) is not None:
                pool.is_retired = True
                for environment in list(pool.environments):
                    environment.close()

    async def warm(self, runtime: str) -> None:
        """Prepare for functions of a runtime, so that their first cold start is like the others."""
        await self._runtimes.warm(runtime)

    async def find_image(self, uri: str) -> str:
        """The identity of a container image that this machine has; empty when it hasn't, or has no engine."""
        return await self._runtimes.images.find(uri)

    def retire(self, arn: str, keep_revision: str = "") -> None:
        """End a function's environments: idle ones at once, busy ones when done.

        With `keep_revision`, those of the very `arn` (or its `$LATEST`) but that revision: its code has changed.
        Without, those of the function and all its versions: it is gone.
        """
        if not keep_revision:
            self._provisioning.forget(lambda kept: kept == arn or kept.startswith(f"{arn}:"))
        for pool in list(self._pools.values()):
            spec = pool.spec
            if keep_revision:
                is_meant = spec.arn in (arn, f"{arn}:$LATEST") and spec.revision != keep_revision
            else:
                is_meant = spec.arn == arn or spec.arn.startswith(f"{arn}:")
            if is_meant:
                self._provisioning.forget(spec.arn.__eq__)
                pool.is_retired = True
                self._retired.append(spec)
                for environment in list(pool.idle):
                    environment.close()

    def provision(self, spec: FunctionSpec, count: int, changed: Callable[[], None] | None = None) -> None:
        """Keep `count` environments of this spec initialised, ahead of invocations; 0 keeps none any more.

        It replaces what was asked for the same ARN, and returns at once; `changed` is called whenever what
        `provisioned` tells has changed. Raises RuntimeUnavailable for a runtime that cannot run here.
        """
        if count and not self._is_closed:
            require_family(spec.runtime)
        self._provisioning.want(spec, 0 if self._is_closed else count, changed)
        if count and not self._is_closed:
            self._upkeep.begin()

    def provisioned(self, arn: str) -> Provisioned:
        """What `provision` keeps for this ARN."""
        return self._provisioning.tell(arn)

    async def describe_isolation(self) -> dict[str, Any]:
        """How functions are confined here, and what of it is missing."""
        with contextlib.suppress(LaunchFailed):
            await self._sandbox.prepare()
        return {"isolation": self._sandbox.mode, "notices": self._sandbox.notices + self._host_names.notices}

    def describe(self) -> dict[str, Any]:
        """What runs, for people."""
        return {
            "mode": self._sandbox.mode,
            "memory_limit_mb": self._memory_mb,
            "memory_mb": self._upkeep.used_mb(),
            "in_flight": self._in_flight,
            "environments": [
                {
                    "function": environment.spec.arn,
                    "revision": environment.spec.revision,
                    "runtime": environment.spec.runtime,
                    "state": "frozen" if environment.is_frozen else environment.state.value,
                    "is_provisioned": environment.is_provisioned,
                    "memory_mb": environment.memory_mb,
                    "invocations": environment.invocations,
                    "log_stream": environment.log_stream,
                }
                for environment in self._environments
            ],
        }

    async def close(self) -> None:
        """End every environment. No process is left behind."""
        self._is_closed = True
        self._upkeep.end()
        self._provisioning.close()
        for start in list(self._starts):
            start.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        for environment in list(self._environments):
            environment.close()
        for pool in list(self._pools.values()):
            for waiter in pool.waiters:
                waiter.environment.cancel()
        # Why: extensions are given a moment to end, two seconds at most.
        await asyncio.gather(*self._endings, return_exceptions=True)
        await self._runtimes.close()

    async def reset(self) -> None:
        """End every environment, and be ready for new ones."""
        await self.close()
        self._pools.clear()
        self._is_closed = False

    # --- what environments tell

    def freed(self, environment: Environment) -> None:
        pool = self._environments[environment]
        if pool.is_retired or environment.is_unwanted:
            environment.close()
        else:
            pool.offer(environment)

    def answered(self, environment: Environment, duration_ms: float) -> None:
        self._in_flight -= 1
        if (pool := self._environments.get(environment)) is not None:
            pool.note(duration_ms)

    def died(self, environment: Environment) -> None:
        pool = self._environments.pop(environment, None)
        if pool is None:
            return
        pool.environments.discard(environment)
        if environment in pool.idle:
            pool.idle.remove(environment)
        self._drop_when_empty(pool)
        if environment.is_provisioned and not self._is_closed:
            self._provisioning.died(pool)

    def ending(self, task: asyncio.Task[None]) -> None:
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    def _drop_when_empty(self, pool: Pool) -> None:
        # Why compare: a retired pool may have been succeeded by another of the same spec.
        if pool.is_empty and self._pools.get(pool.spec) is pool:
            del self._pools[pool.spec]

    # --- sharing out

    async def _acquire(self, spec: FunctionSpec) -> Environment:
        if self._is_closed:
            raise RunnerBusy("the runner is closing")
        self._upkeep.begin()
        pool = self._pools.get(spec)
        if pool is None or pool.is_retired:
            pool = self.pool_of(spec)
            # Why: who looked the function up before its code changed still gets the old one, and nobody after.
            pool.is_retired = spec in self._retired
        elif pool.idle:
            return pool.idle.pop()
        return await self._wait(pool)

    def pool_of(self, spec: FunctionSpec) -> Pool:
        """The pool of this spec, a new one if need be. Raises RuntimeUnavailable."""
        pool = self._pools.get(spec)
        if pool is None or pool.is_retired:
            require_family(spec.runtime)
            pool = self._pools[spec] = Pool(spec)
        return pool

    async def _wait(self, pool: Pool) -> Environment:
        waiter = Waiter(asyncio.get_running_loop())
        pool.waiters.append(waiter)
        self._grow_for(pool, waiter)
        try:
            return await waiter.environment
        except asyncio.CancelledError:
            if waiter.environment.done() and not waiter.environment.cancelled():
                pool.offer(waiter.environment.result())
            raise
        finally:
            if waiter.timer is not None:
                waiter.timer.cancel()

    def _grow_for(self, pool: Pool, waiter: Waiter) -> None:
        """Start an environment if the pool wants more of them, and look again after a while."""
        if waiter.environment.done():
            return
        waiting = sum(not other.environment.done() for other in pool.waiters)
        waited = monotonic() - waiter.since
        if pool.starting < pool.wanted(waiting, waited):
            if self._upkeep.make_room(self._needed_mb(pool.spec)):
                self._begin_start(pool, ON_DEMAND)
            elif not pool.environments or pool.is_stuck(waited):
                waiter.environment.set_exception(RunnerBusy(f"no room for another environment of {pool.spec.name}"))
                return
        seconds = max(pool.patience_seconds(), _FIRST_LOOK_SECONDS)
        waiter.timer = asyncio.get_running_loop().call_later(seconds, self._grow_for, pool, waiter)

    def start_provisioned(self, pool: Pool) -> bool:
        """Start an environment ahead of invocations; false when there is no room for it."""
        if self._is_closed or not self._upkeep.make_room(self._needed_mb(pool.spec)):
            return False
        # Why: the pool may have been dropped as empty.
        self._pools[pool.spec] = pool
        self._begin_start(pool, PROVISIONED)
        return True

    def _begin_start(self, pool: Pool, initialization_type: str) -> None:
        environment = Environment(pool.spec, self._surroundings, self, initialization_type)
        self._environments[environment] = pool
        pool.environments.add(environment)
        pool.starting += 1
        start = asyncio.get_running_loop().create_task(self._start(pool, environment))
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)

    async def _start(self, pool: Pool, environment: Environment) -> None:
        is_provisioned = environment.is_provisioned
        refusal: AwsError | None = None
        began = monotonic()
        try:
            await environment.start()
            pool.note_start(monotonic() - began)
        except AwsError as error:
            refusal = error
        except (LaunchFailed, OSError) as error:
            log.error("%s: %s", pool.spec.name, error)
            refusal = InternalFailure(f"The function's process could not be started: {error}")
        finally:
            pool.starting -= 1
            self._drop_when_empty(pool)
        if is_provisioned:
            self._provisioned_started(pool, environment, refusal)
        elif refusal is not None:
            pool.refuse(refusal)
        elif environment.state is not State.DEAD:
            if environment.is_unwanted or (pool.is_retired and not pool.waiters):
                environment.close()
            else:
                pool.offer(environment)

    def _provisioned_started(self, pool: Pool, environment: Environment, refusal: AwsError | None) -> None:
        error = environment.init_error or (refusal.code if refusal is not None else "")
        if error:
            self._provisioning.started(pool, error)
            environment.close()
        elif environment.is_unwanted or pool.is_retired:
            environment.close()
        elif environment.state is not State.DEAD:
            pool.offer(environment)
            self._provisioning.started(pool, "")

    def _needed_mb(self, spec: FunctionSpec) -> int:
        return min(self._runtimes.presumed_mb(spec.runtime), spec.memory_mb)

    def _is_working(self) -> bool:
        return self._in_flight > 0 or bool(self._starts)
