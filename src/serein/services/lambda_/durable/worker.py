"""The worker of durable executions: ends timers, makes the invocations that are due, and forgets what is over.

A row's `due_at` is all there is to a suspended execution. An invocation in flight holds a lease, so that several nodes
on one database share the work, and one that a crash ended is made again.
"""

import asyncio

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_hex
from serein.kernel.runner import Invocation, Outcome
from serein.services.lambda_.concurrency import is_host_full
from serein.services.lambda_.durable.advancing import end_due_timers, give_up_on_time
from serein.services.lambda_.durable.executions import PAUSED, Execution
from serein.services.lambda_.durable.invocations import Begun, begin_invocation, give_back, settle
from serein.services.lambda_.errors import TooManyRequestsException
from serein.services.lambda_.invocation import require_executable, run_once
from serein.services.lambda_.store import durable

_LEASE_SECONDS = 60.0
_AT_ONCE = 256
_CHUNK = 16
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 1.0


class DurableWorker:
    """Advances durable executions."""

    name = "durable executions"
    topics: tuple[str, ...] = (durable.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._owner = random_hex(16)
        self._held: dict[str, str] = {}
        self._renew_at = 0.0
        self._is_first = not platform.database.is_shared

    async def step(self) -> float | None:
        database, now = self._platform.database, self._platform.clock.now()
        if self._is_first:
            await database.write(self._take_back)
            self._is_first = False
        if self._held and now >= self._renew_at:
            await database.write(self._renew)
        if not self._held or now >= self._renew_at:
            self._renew_at = now + _LEASE_SECONDS / 3
        while len(self._held) < _AT_ONCE:
            due = await database.read(durable.next_due)
            if due is None or due > now:
                return self._next(due)
            for begun in await database.write(self._advance):
                self._start(begun)
        return self._renew_at

    def _next(self, due: float | None) -> float | None:
        if not self._held:
            return due
        return self._renew_at if due is None else min(due, self._renew_at)

    def _take_back(self, tx: Transaction) -> None:
        """At the start of the only server there is, nobody runs anything."""
        for execution in durable.list_owned(tx):
            give_back(tx, execution)

    def _renew(self, tx: Transaction) -> None:
        for arn, request_id in self._held.items():
            execution = durable.find_execution(tx, arn)
            if execution is not None and execution.progress.invocation_id == request_id:
                execution.progress.lease_until = tx.now + _LEASE_SECONDS
                durable.update_execution(tx, execution)

    def _advance(self, tx: Transaction) -> list[Begun]:
        """Do what is due of some executions; return the invocations to make."""
        invocations: list[Begun] = []
        for execution in durable.list_due(tx, _CHUNK):
            begun = self._advance_one(tx, execution)
            if begun is not None:
                invocations.append(begun)
        return invocations

    def _advance_one(self, tx: Transaction, execution: Execution) -> Begun | None:
        if execution.is_ended:
            durable.remove_execution(tx, execution.arn)
            return None
        if execution.times_out_at <= tx.now:
            give_up_on_time(tx, self._platform, execution)
            return None
        if not execution.is_plain:
            end_due_timers(tx, execution)
        progress = execution.progress
        if execution.is_in_flight and progress.lease_until <= tx.now:
            give_back(tx, execution)
        if not execution.is_in_flight and execution.status != PAUSED and progress.invoke_at <= tx.now:
            return begin_invocation(tx, execution, self._owner, _LEASE_SECONDS)
        durable.update_execution(tx, execution)
        return None

    def _start(self, begun: Begun) -> None:
        arn = begun.execution.arn
        self._held[arn] = begun.request_id
        name = f"durable execution of {begun.execution.function_name}"
        self._platform.workers.activities.start(name, self._run(begun), wakes=durable.TOPIC)

    async def _run(self, begun: Begun) -> None:
        arn = begun.execution.arn
        try:
            outcome = await self._invoke(begun)
            await self._platform.database.write(lambda tx: settle(tx, self._platform, begun, outcome))
        finally:
            if self._held.get(arn) == begun.request_id:
                del self._held[arn]

    async def _invoke(self, begun: Begun) -> Outcome | AwsError:
        """Run the function once; a machine without room is waited for, in real seconds."""
        execution = begun.execution
        origin = execution.origin
        invocation = Invocation(begun.request_id, begun.event, trace_id=origin.trace_id)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                executable = await require_executable(self._platform, execution.reference, origin.tenant_id)
                return await run_once(self._platform, executable, invocation)
            except TooManyRequestsException as busy:
                if not is_host_full(busy):
                    return busy
            except AwsError as error:
                return error
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
