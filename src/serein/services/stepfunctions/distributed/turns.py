"""The turns of a map run: from its dataset to children, from their ends to the end of its state.

Whoever holds a run's lease takes its turns until nothing is left to do but wait for children. Each turn is a
transaction or a few, and each of those says how far it got.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed import children, reading, runs
from serein.services.stepfunctions.distributed.beginning import Progress
from serein.services.stepfunctions.distributed.concluding import conclude, prepare_export
from serein.services.stepfunctions.distributed.plan import Plan
from serein.services.stepfunctions.distributed.runs import MapRun
from serein.services.stepfunctions.distributed.thresholds import EXCEEDED, EXCEEDED_CAUSE, is_exceeded
from serein.services.stepfunctions.execution import resuming
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.store import map_runs

LEASE_SECONDS = 60.0
_AT_ONCE = 50
"""How many children a transaction starts or stops."""

Turn = Callable[[Platform, MapRun], Awaitable[bool]]
"""What a phase does; False when the run waits for children."""


async def take_turns(platform: Platform, run_id: str) -> None:
    """Do what there is to do for a map run that is held, then let go of it."""
    while True:
        run = await platform.database.read(lambda tx: map_runs.find_run(tx, run_id))
        if run is None or run.phase == runs.OVER or not await _TURNS[run.phase](platform, run):
            break
    await platform.database.write(lambda tx: map_runs.release(tx, run_id))


async def _begin(platform: Platform, run: MapRun) -> bool:
    """Tell the history, and see that results can be written before anything is done for them."""
    failure: StateFailed | None = None
    try:
        await prepare_export(platform, run)
    except StateFailed as error:
        failure = error
    plan = Plan.decode(await platform.database.read(lambda tx: map_runs.find_plan(tx, run.id)))

    def begin(tx: Transaction) -> None:
        if not _is_current(tx, run):
            return
        progress = Progress.decode(run.position)
        resuming.append_events(tx, platform, children.place_of(run), _opening_events(run, progress, plan))
        phase = runs.FINISHING if progress.is_complete else runs.READING
        map_runs.change_run(tx, run.id, phase=phase)
        if failure is not None:
            _fail(tx, dataclasses.replace(run, phase=phase), failure)

    await platform.database.write(begin)
    return True


def _opening_events(run: MapRun, progress: Progress, plan: Plan) -> list[dict[str, Any]]:
    if run.redrive_count:
        details = {"mapRunArn": run.arn, "redriveCount": run.redrive_count}
        return [{"type": "MapRunRedriven", "mapRunRedrivenEventDetails": details}]
    events: list[dict[str, Any]] = []
    if progress.is_untold:
        events.append({"type": "MapStateStarted", "mapStateStartedEventDetails": {"length": plan.length}})
    return [*events, {"type": "MapRunStarted", "mapRunStartedEventDetails": {"mapRunArn": run.arn}}]


async def _read(platform: Platform, run: MapRun) -> bool:
    """Make portions of the dataset, with children started in between."""
    try:
        async with aclosing(reading.portions_of(platform, run)) as made:
            before = run.position
            async for portions, progress in made:
                keep = partial(_keep, run=run, before=before, portions=portions, progress=progress)
                if not await platform.database.write(keep):
                    break
                before = progress.encode()
                while await _start_some(platform, run):
                    pass
    except StateFailed as failure:
        await platform.database.write(partial(_fail, run=run, failure=failure))
    return True


def _keep(tx: Transaction, run: MapRun, before: str, portions: list[reading.Portion], progress: Progress) -> bool:
    """Keep portions; False when the run was given up in the meantime, or another server has come further."""
    current = map_runs.find_run(tx, run.id)
    if current is None or current.phase != run.phase or current.position != before:
        return False
    if portions:
        map_runs.append_portions(tx, run.id, progress.portions - len(portions), portions)
    phase = runs.FINISHING if progress.is_complete else runs.READING
    map_runs.change_run(tx, run.id, position=progress.encode(), phase=phase, leased_until=tx.now + LEASE_SECONDS)
    return True


async def _finish(platform: Platform, run: MapRun) -> bool:
    """Start what may be started; see whether all is over."""
    if await _start_some(platform, run):
        return True

    def settle(tx: Transaction) -> bool:
        current = map_runs.find_run(tx, run.id)
        if current is None or current.phase != runs.FINISHING or _fails(tx, current):
            return True
        executions, _ = map_runs.counts_of(tx, run.id)
        if executions.running or executions.is_waiting:
            return False
        map_runs.change_run(tx, run.id, phase=runs.WRITING)
        return True

    return await platform.database.write(settle)


async def _start_some(platform: Platform, run: MapRun) -> bool:
    """Start as many children as may run, up to a number; whether any was started."""

    def start(tx: Transaction) -> tuple[list[Any], bool]:
        current = map_runs.find_run(tx, run.id)
        if current is None or current.phase not in (runs.READING, runs.FINISHING):
            return [], False
        if _fails(tx, current):
            return [], False
        executions, _ = map_runs.counts_of(tx, run.id)
        room = min(current.concurrency - executions.running, _AT_ONCE)
        if room <= 0:
            return [], False
        effects, started = children.start_some(tx, platform, current, room)
        map_runs.renew(tx, run.id, LEASE_SECONDS)
        return effects, started > 0

    effects, is_any = await platform.database.write(start)
    children.launch(platform, effects)
    return is_any


async def _stop(platform: Platform, run: MapRun) -> bool:
    """Stop the children that run; those that were never started stay as they are."""

    def stop(tx: Transaction) -> bool:
        if not _is_current(tx, run):
            return True
        map_runs.renew(tx, run.id, LEASE_SECONDS)
        if children.stop_some(tx, platform, run, _AT_ONCE):
            return True
        map_runs.change_run(tx, run.id, phase=runs.WRITING)
        return True

    return await platform.database.write(stop)


async def _write(platform: Platform, run: MapRun) -> bool:
    """Write the results or put them together, and end the state."""
    await conclude(platform, run, LEASE_SECONDS)
    return False


def _fails(tx: Transaction, run: MapRun) -> bool:
    """Whether too many items have failed; then no more children run."""
    _, items = map_runs.counts_of(tx, run.id)
    total = items.of(runs.TOTAL) if run.phase == runs.FINISHING else None
    if not is_exceeded(items.failed, total, run.tolerated_count, run.tolerated_percentage):
        return False
    _fail(tx, run, StateFailed(EXCEEDED, EXCEEDED_CAUSE))
    return True


def _fail(tx: Transaction, run: MapRun, failure: StateFailed) -> None:
    """The run fails once no child runs any more."""
    if _is_current(tx, run):
        map_runs.change_run(tx, run.id, phase=runs.STOPPING, error=failure.error, cause=failure.cause)


def _is_current(tx: Transaction, run: MapRun) -> bool:
    """Whether the run is in the phase still that it was seen in."""
    current = map_runs.find_run(tx, run.id)
    return current is not None and current.phase == run.phase


_TURNS: Mapping[str, Turn] = {
    runs.BEGINNING: _begin,
    runs.READING: _read,
    runs.FINISHING: _finish,
    runs.STOPPING: _stop,
    runs.WRITING: _write,
}
