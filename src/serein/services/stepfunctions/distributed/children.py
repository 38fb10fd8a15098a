"""The children of map runs as executions: started, stopped, and driven on again."""

from collections.abc import Iterable

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.stepfunctions.distributed.ending import child_ended
from serein.services.stepfunctions.distributed.runs import (
    PENDING,
    REDRIVE,
    RUNNING,
    STARTED,
    MapRun,
    child_arn,
    machine_name_of,
)
from serein.services.stepfunctions.execution import ending, performing, redriving
from serein.services.stepfunctions.execution.launches import Launches
from serein.services.stepfunctions.execution.resuming import Place
from serein.services.stepfunctions.execution.starting import Start, start
from serein.services.stepfunctions.language import Map, parse_machine
from serein.services.stepfunctions.machines import EXPRESS, Revision
from serein.services.stepfunctions.store import map_runs
from serein.services.stepfunctions.store.executions import find_execution, find_input
from serein.services.stepfunctions.store.machines import require_revision
from serein.services.stepfunctions.store.map_runs import Portion


def place_of(run: MapRun) -> Place:
    """Where the state of a map run waits for its end."""
    return Place(run.execution_id, run.frame_id, run.task)


def launch(platform: Platform, effects: Launches) -> None:
    """Do what a transaction that has committed wants done."""
    if effects:
        performing.launch(platform, effects)


def state_of(run: MapRun, revision: Revision) -> Map:
    """The Map state of a map run."""
    state = parse_machine(revision.definition).everywhere[run.state_name]
    if not isinstance(state, Map):
        raise LookupError(f"{run.state_name} is no Map state")
    return state


def start_some(tx: Transaction, platform: Platform, run: MapRun, limit: int) -> tuple[Launches, int]:
    """Start up to `limit` children: those that are to go on first. Returns what to launch, and how many there were."""
    revision = require_revision(tx, run.revision)
    is_express = state_of(run, revision).execution_type == EXPRESS
    launches: Launches = []
    again = map_runs.portions_with(tx, run.id, REDRIVE, -1, limit) if run.redrive_count else []
    for portion in again:
        launches += _go_on(tx, platform, run, revision, portion, is_express=is_express)
    _counted(tx, run, again, REDRIVE)
    fresh = map_runs.portions_with(tx, run.id, PENDING, -1, limit - len(again))
    for portion in fresh:
        launches += _begin(tx, platform, run, revision, portion, portion.input.decode(), is_express=is_express)
    _counted(tx, run, fresh, PENDING)
    return launches, len(again) + len(fresh)


def stop_some(tx: Transaction, platform: Platform, run: MapRun, limit: int) -> bool:
    """Stop up to `limit` children; False when none runs."""
    running = map_runs.portions_with(tx, run.id, RUNNING, -1, limit)
    for portion in running:
        execution = find_execution(tx, portion.execution_id)
        if execution is not None:
            ending.stop(tx, platform, execution)
    return bool(running)


def _counted(tx: Transaction, run: MapRun, portions: Iterable[Portion], status: str) -> None:
    counts = [portion.item_count for portion in portions]
    if counts:
        map_runs.count(tx, run.id, STARTED, len(counts), sum(counts))
        if status == REDRIVE:
            map_runs.count(tx, run.id, REDRIVE, -len(counts), -sum(counts))


def _begin(
    tx: Transaction,
    platform: Platform,
    run: MapRun,
    revision: Revision,
    portion: Portion,
    text: str,
    *,
    is_express: bool,
) -> Launches:
    name = new_uuid()
    wanted = Start(
        arn=child_arn(run.machine_arn, run.label, name, new_uuid() if is_express else ""),
        machine_arn=run.labelled_machine_arn,
        machine_name=machine_name_of(run.machine_arn),
        name=name,
        revision=revision,
        input=text,
        is_express=is_express,
        map_run_arn=run.arn,
        state_name=run.state_name,
        item_count=portion.item_count,
    )
    started = start(tx, platform, wanted)
    map_runs.portion_started(tx, run.id, portion.number, started.execution_id)
    execution = find_execution(tx, started.execution_id)
    if execution is not None and execution.status != RUNNING:
        # Why here: it ended as it began, when the portion wasn't known to be its own.
        child_ended(tx, execution)
    return started.effects


def _go_on(
    tx: Transaction, platform: Platform, run: MapRun, revision: Revision, portion: Portion, *, is_express: bool
) -> Launches:
    """A child that failed goes on where it failed.

    AWS: an Express child begins anew, as another execution.
    """
    execution = find_execution(tx, portion.execution_id)
    if execution is None or is_express:
        text = find_input(tx, portion.execution_id)
        return _begin(tx, platform, run, revision, portion, text, is_express=is_express)
    map_runs.portion_started(tx, run.id, portion.number, execution.id)
    if redriving.find_hindrance(execution, tx.now):
        child_ended(tx, execution)
        return []
    return redriving.redrive(tx, platform, execution)
