"""The worker of executions: rings timers, and performs what servers that are gone have left.

Each timer and each task that is taken over is an activity with a transaction of its own: one that fails is logged and
comes again, and holds nobody up.
"""

import asyncio

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.execution.ending import end_lifetime
from serein.services.stepfunctions.execution.launches import Launch, Launches, RunExpress
from serein.services.stepfunctions.execution.memory import memory_of
from serein.services.stepfunctions.execution.performing import launch
from serein.services.stepfunctions.execution.resuming import perform_again, ring
from serein.services.stepfunctions.store import frames, servers, timers
from serein.services.stepfunctions.store.executions import find_execution
from serein.services.stepfunctions.store.machines import require_revision
from serein.services.stepfunctions.store.timers import Timer

LEASE_SECONDS = 60.0
_AT_ONCE = 256
_AGAIN_SECONDS = 60.0


async def ring_timers(platform: Platform) -> float | None:
    """Ring what is due; returns when the next timer is. Whoever has rung one wakes the worker."""
    memory, activities, now = memory_of(platform), platform.workers.activities, platform.clock.now()
    limit = _AT_ONCE + len(memory.ringing)
    for timer in await platform.database.read(lambda tx: timers.list_due(tx, now, limit)):
        if timer not in memory.ringing and len(memory.ringing) < _AT_ONCE:
            memory.ringing.add(timer)
            activities.start(f"timer of execution {timer.execution_id}", _ring(platform, timer), wakes=timers.TOPIC)
    memory.planned = await platform.database.read(lambda tx: timers.next_after(tx, now))
    return memory.planned


async def _ring(platform: Platform, timer: Timer) -> None:
    has_rung = False
    try:
        launches = await platform.database.write(lambda tx: _ring_one(tx, platform, timer))
        has_rung = True
        launch(platform, launches)
    finally:
        memory_of(platform).ringing.discard(timer)
        if not has_rung:
            await platform.database.write(lambda tx: timers.postpone_timer(tx, timer, tx.now + _AGAIN_SECONDS))


def _ring_one(tx: Transaction, platform: Platform, timer: Timer) -> Launches:
    if timer.frame_id:
        return ring(tx, platform, timer)
    if timers.clear_timer(tx, timer):
        end_lifetime(tx, platform, timer.execution_id)
    return []


async def keep_alive(platform: Platform) -> float | None:
    """Say that this server lives, take over from those that don't; returns when to look again."""
    is_shared = platform.database.is_shared
    server = memory_of(platform).server
    if is_shared:
        await platform.database.write(lambda tx: servers.keep_alive(tx, server, LEASE_SECONDS))
    activities, seen = platform.workers.activities, set[tuple[int, int]]()
    while orphans := await platform.database.read(lambda tx: _orphans(tx, platform, server, seen)):
        seen.update(orphans)
        name = "taking over of executions"
        tasks = [activities.start(name, _take_over(platform, server, *orphan)) for orphan in orphans]
        await asyncio.wait(tasks)
    return platform.clock.now() + LEASE_SECONDS / 3 if is_shared else None


def _orphans(tx: Transaction, platform: Platform, server: str, seen: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Frames whose tasks nobody performs any more, besides those that were seen."""
    alive = servers.list_alive(tx) if platform.database.is_shared else []
    found = frames.list_orphans(tx, [server, *alive], _AT_ONCE + len(seen))
    return [orphan for orphan in found if orphan not in seen]


async def _take_over(platform: Platform, server: str, execution_id: int, frame_id: int) -> None:
    def take(tx: Transaction) -> Launches:
        frames.adopt(tx, execution_id, frame_id, server)
        execution = find_execution(tx, execution_id)
        if execution is None:
            return []
        if not execution.is_express:
            return perform_again(tx, platform, execution_id, frame_id)
        origin = execution.origin
        role_arn = require_revision(tx, origin.revision_id).role_arn
        return [Launch(execution_id, execution.arn, execution.scope, role_arn, origin.trace_id, RunExpress())]

    launch(platform, await platform.database.write(take))
