"""One step of a Standard execution: its rows become a run of the interpreter, and what that leaves becomes rows."""

import re
from functools import lru_cache

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.activities import parse_activity_arn
from serein.services.stepfunctions.distributed.ending import abort_map_runs, child_ended
from serein.services.stepfunctions.execution.carrying import carry_out
from serein.services.stepfunctions.execution.launches import Launches
from serein.services.stepfunctions.execution.memory import Memory, memory_of
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.frames import POLL
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, SUCCEEDED
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import Machine, Map, parse_machine
from serein.services.stepfunctions.observation import Seen, observe
from serein.services.stepfunctions.store.activities import find_activity
from serein.services.stepfunctions.store.executions import (
    Execution,
    end_execution,
    end_topic,
    find_input,
    update_progress,
)
from serein.services.stepfunctions.store.frames import StoredFrames, remove_frames
from serein.services.stepfunctions.store.history import append_events
from serein.services.stepfunctions.store.large import remove_large_frames
from serein.services.stepfunctions.store.machines import require_revision
from serein.services.stepfunctions.store.timers import TOPIC, Timer, ring_watches, set_timer

_MORE_THAN_DATA = re.compile(r"\$states(?!\.(?:input|result|errorOutput)\b)")
LIFETIME = "lifetime"
"""The timer of an execution itself: its time is up, or nobody has to know of it any more."""
LONGEST_SECONDS = 365 * 86_400
RETENTION_SECONDS = 90 * 86_400
"""AWS: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-state-machine-executions"""


def machine_of(definition: str, state_name: str = "") -> Machine:
    """What an execution runs: a definition, or for a child of a map run what the Map state does with items."""
    machine = parse_machine(definition)
    if not state_name:
        return machine
    state = machine.everywhere[state_name]
    if not isinstance(state, Map):
        raise LookupError(f"{state_name} is no Map state")
    return state.processor


@lru_cache(maxsize=1024)
def needs_context(definition: str) -> bool:
    """Whether any state may look at the context object: most machines don't, and it costs reading the input."""
    return "$$" in definition or _MORE_THAN_DATA.search(definition) is not None


def open_run(tx: Transaction, platform: Platform, execution: Execution) -> Run:
    """The interpreter's view of an execution, ready for something to happen."""
    origin, progress = execution.origin, execution.progress
    revision = require_revision(tx, origin.revision_id)
    facts = Facts(
        execution.id,
        execution.arn,
        execution.name,
        execution.machine_arn,
        origin.machine_name,
        revision.role_arn,
        execution.started_at,
        lambda: find_input(tx, execution.id),
        needs_context(revision.definition),
        execution.is_express,
        origin.version_arn,
        origin.alias_arn,
        progress.redrive_count,
        progress.redriven_at,
    )
    memory = memory_of(platform)
    frames = StoredFrames(tx, execution.id, memory.server, memory.kept, had_large=progress.has_large)
    machine = machine_of(revision.definition, origin.state_name)

    def has_activity(arn: str) -> bool:
        return find_activity(tx, *parse_activity_arn(arn)) is not None

    return Run(facts, machine, frames, tx.now, progress.last_event, progress.next_frame_id, has_activity)


def close_run(tx: Transaction, platform: Platform, execution: Execution, run: Run) -> Launches:
    """Write what a run has left; returns what is to be launched once that has committed."""
    frames = run.frames
    assert isinstance(frames, StoredFrames)
    events, ended = run.journal.events, run.ended
    progress = execution.progress
    progress.last_event, progress.next_frame_id = run.journal.last_id, run.next_frame_id
    if events:
        append_events(tx, execution.id, events)
    if ended is None:
        frames.flush()
        progress.has_large = progress.has_large or frames.has_large
        update_progress(tx, execution)
    else:
        if ended.status == SUCCEEDED:
            remove_frames(tx, execution.id)
            if progress.has_large or frames.has_large:
                remove_large_frames(tx, execution.id)
        else:
            frames.flush()
            progress.has_large = progress.has_large or frames.has_large
        end_execution(tx, execution, ended)
        _part(tx, platform, execution)
    if events:
        observe(tx, platform, _seen(execution, run))
    return carry_out(tx, execution, run)


def _part(tx: Transaction, platform: Platform, execution: Execution) -> None:
    """What the end of an execution means for others, and when it is forgotten."""
    ring_watches(tx, end_topic(execution.arn), POLL)
    if execution.status != SUCCEEDED:
        abort_map_runs(tx, execution.id)
    if execution.map_run_arn:
        child_ended(tx, execution)
    set_lifetime(tx, memory_of(platform), execution.id, tx.now + RETENTION_SECONDS)


def set_lifetime(tx: Transaction, memory: Memory, execution_id: int, due_at: float) -> None:
    """Set the timer of an execution itself. The worker is woken only if that is sooner than it would look anyway."""
    set_timer(tx, Timer(execution_id, 0, LIFETIME), due_at, wakes=False)
    if memory.planned is None or due_at < memory.planned:
        tx.wake(TOPIC)


def _seen(execution: Execution, run: Run) -> Seen:
    origin, progress, ended = execution.origin, execution.progress, run.ended
    has_turned = ended is not None or run.journal.events[0]["type"] in ("ExecutionStarted", "ExecutionRedriven")
    return Seen(
        scope=execution.scope,
        arn=execution.arn,
        name=execution.name,
        machine_name=origin.machine_name,
        machine_arn=execution.machine_arn,
        revision_id=origin.revision_id,
        is_express=execution.is_express,
        events=run.journal.events,
        status=RUNNING if ended is None else ended.status,
        started_at=execution.started_at,
        stopped_at=execution.stopped_at or None,
        input=run.facts.input_text if has_turned else "{}",
        output=None if ended is None else ended.output,
        error=None if ended is None else ended.error,
        cause=None if ended is None else ended.cause,
        version_arn=origin.version_arn,
        alias_arn=origin.alias_arn,
        redrive_count=progress.redrive_count,
        redriven_at=progress.redriven_at or None,
    )
