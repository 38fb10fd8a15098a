"""Something has come that a Standard execution waited for; each function is a step in the caller's transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.execution.carrying import launch_of
from serein.services.stepfunctions.execution.launches import Launches, PollJob
from serein.services.stepfunctions.execution.stepping import close_run, open_run
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.frames import POLL, SUBMITTED, Frame
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, Outcome, Submitted
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.interpreter.tokens import Place
from serein.services.stepfunctions.language import Task
from serein.services.stepfunctions.store.executions import find_execution
from serein.services.stepfunctions.store.timers import Timer, clear_timer, postpone_timer

_LOOK_SECONDS = 5.0
"""How long a look at a job may take before another one is taken."""
__all__ = ["Place", "append_events", "end_wait", "perform_again", "ring", "settle"]


def settle(tx: Transaction, platform: Platform, place: Place, outcome: Outcome | Submitted) -> Launches:
    """A task has an outcome, or its job has been submitted; what comes too late is ignored."""
    return end_wait(tx, platform, place, outcome)


def end_wait(
    tx: Transaction,
    platform: Platform,
    place: Place,
    outcome: Outcome | Submitted,
    events: Iterable[dict[str, Any]] = (),
) -> Launches:
    """The state that waits there is over. Returns what is to be launched; nothing when it doesn't wait any more."""

    def happen(run: Run, frame: Frame) -> None:
        interpreting.append(run, frame, events)
        interpreting.settle(run, frame, outcome)

    return _step(tx, platform, place, happen)


def append_events(tx: Transaction, platform: Platform, place: Place, events: Iterable[dict[str, Any]]) -> None:
    """Events of a state that goes on waiting: their type and their details."""
    _step(tx, platform, place, lambda run, frame: interpreting.append(run, frame, events))


def perform_again(tx: Transaction, platform: Platform, execution_id: int, frame_id: int) -> Launches:
    """The server is gone that performed a frame's task."""
    return _step(tx, platform, Place(execution_id, frame_id, 0), interpreting.resume_performance)


def ring(tx: Transaction, platform: Platform, timer: Timer) -> Launches:
    """A frame's timer is due."""
    if timer.kind == POLL:
        return _poll(tx, platform, timer)
    if not clear_timer(tx, timer):
        return []
    place = Place(timer.execution_id, timer.frame_id, 0)
    return _step(tx, platform, place, lambda run, frame: interpreting.ring(run, frame, timer.kind))


def _poll(tx: Transaction, platform: Platform, timer: Timer) -> Launches:
    """Have somebody look at a job. The timer stays until what they saw is known: they may be killed before."""
    again_at = tx.now + _LOOK_SECONDS
    if not postpone_timer(tx, timer, again_at):
        return []
    execution = find_execution(tx, timer.execution_id)
    if execution is not None and execution.status == RUNNING:
        run = open_run(tx, platform, execution)
        frame = run.frames.find(timer.frame_id)
        state = None if frame is None or frame.phase != SUBMITTED else run.state_of(frame)
        if frame is not None and isinstance(state, Task) and frame.submitted is not None:
            look = PollJob(frame.id, frame.task, state, frame.submitted, frame.role_arn, again_at)
            return [launch_of(execution, run, look)]
    clear_timer(tx, timer)
    return []


def _step(tx: Transaction, platform: Platform, place: Place, happen: Callable[[Run, Frame], None]) -> Launches:
    """One step of an execution, if the place is there; its task 0 stands for whatever the frame does."""
    execution = find_execution(tx, place.execution_id)
    if execution is None or execution.status != RUNNING:
        return []
    run = open_run(tx, platform, execution)
    frame = run.frames.find(place.frame_id)
    if frame is None or frame.is_over or (place.task and frame.task != place.task):
        return []
    happen(run, frame)
    return close_run(tx, platform, execution, run)
