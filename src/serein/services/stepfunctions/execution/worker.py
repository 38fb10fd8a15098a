"""The worker of executions: rings timers, and performs what servers that are gone have left."""

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

LEASE_SECONDS = 60.0
_CHUNK = 64


async def ring_timers(platform: Platform) -> float | None:
    """Do what is due; returns when the next timer is."""
    memory = memory_of(platform)
    while True:
        due = await platform.database.read(timers.next_due)
        if due is None or due > platform.clock.now():
            memory.planned = due
            return due
        launch(platform, await platform.database.write(lambda tx: _ring_some(tx, platform)))


def _ring_some(tx: Transaction, platform: Platform) -> Launches:
    launches: Launches = []
    for timer in timers.list_due(tx, _CHUNK):
        if timer.frame_id:
            launches += ring(tx, platform, timer)
        elif timers.clear_timer(tx, timer):
            end_lifetime(tx, platform, timer.execution_id)
    return launches


async def keep_alive(platform: Platform) -> float | None:
    """Say that this server lives, take over from those that don't; returns when to look again."""
    is_shared = platform.database.is_shared
    server = memory_of(platform).server
    if is_shared:
        await platform.database.write(lambda tx: servers.keep_alive(tx, server, LEASE_SECONDS))
    while launches := await platform.database.write(lambda tx: _take_over(tx, platform, server)):
        launch(platform, launches)
    return platform.clock.now() + LEASE_SECONDS / 3 if is_shared else None


def _take_over(tx: Transaction, platform: Platform, server: str) -> Launches:
    """Perform some of what nobody performs any more."""
    launches: Launches = []
    alive = servers.list_alive(tx) if platform.database.is_shared else []
    for execution_id, frame_id in frames.list_orphans(tx, [server, *alive], _CHUNK):
        frames.adopt(tx, execution_id, frame_id, server)
        execution = find_execution(tx, execution_id)
        if execution is None:
            continue
        if not execution.is_express:
            launches += perform_again(tx, platform, execution_id, frame_id)
            continue
        revision = require_revision(tx, execution.origin.revision_id)
        trace_id, scope = execution.origin.trace_id, execution.scope
        launches.append(Launch(execution_id, execution.arn, scope, revision.role_arn, trace_id, RunExpress()))
    return launches
