"""How a state fails: it is tried again, its failure is caught, or what is around it fails.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from serein.kernel.ids import random_fraction
from serein.services.stepfunctions.failure import (
    DATA_LIMIT_EXCEEDED,
    HEARTBEAT_TIMEOUT,
    QUERY_EVALUATION_ERROR,
    RUNTIME,
    TASK_FAILED,
    TIMEOUT,
    StateFailed,
)
from serein.services.stepfunctions.interpreter import outcomes
from serein.services.stepfunctions.interpreter.effects import Abandon
from serein.services.stepfunctions.interpreter.fields import caught_output
from serein.services.stepfunctions.interpreter.frames import (
    ABORTED,
    FAILED,
    READY,
    RETRY,
    RETRYING,
    ROOT,
    SUBMITTED,
    Frame,
)
from serein.services.stepfunctions.interpreter.journal import failure_details
from serein.services.stepfunctions.interpreter.leaving import leave
from serein.services.stepfunctions.interpreter.outcomes import Ended, Failed
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import Catcher, Map, Parallel, Performing, Retrier, State, Task

_ABORTED_EVENTS = {
    "Task": "TaskStateAborted",
    "Wait": "WaitStateAborted",
    "Parallel": "ParallelStateAborted",
    "Map": "MapStateAborted",
}
_ALL = "States.ALL"


def located(run: Run, frame: Frame, failure: StateFailed) -> Failed:
    """What went wrong in a state's own fields, as history tells it; JSONata's failures have an event of their own."""
    where = (
        f"An error occurred while executing the state '{frame.state}' (entered at the event id #{frame.entered_event})."
    )
    cause = f"{where} {failure.cause}" if failure.cause else where
    if failure.error == QUERY_EVALUATION_ERROR:
        details = {**failure_details(failure.error, cause), "state": frame.state}
        if failure.location:
            details["location"] = failure.location
        key = "evaluationFailedEventDetails"
        # AWS: what fails as the state is entered follows what came before that, as recorded executions show.
        previous = frame.last_event
        if previous == frame.entered_event:
            previous = run.journal.previous_of(previous)
        frame.last_event = run.journal.append("EvaluationFailed", previous, key, details)
    return Failed(failure.error, cause)


def fail(run: Run, frame: Frame, failed: Failed) -> None:
    """A frame's state has failed; its own event of that is in the journal."""
    state = run.state_of(frame)
    if frame.has_timers:
        run.frames.clear_timers(frame)
    if isinstance(state, Performing):
        if _try_again(run, frame, state, failed):
            return
        for position, catcher in enumerate(state.catchers):
            if matches(catcher.error_equals, failed.error):
                _catch(run, frame, state, catcher, position, failed)
                return
    give_up(run, frame, failed)


def give_up(run: Run, frame: Frame, failed: Failed) -> None:
    """The failure of a frame is that of what is around it."""
    frame.phase, frame.error, frame.cause = FAILED, failed.error, failed.cause
    run.frames.touch(frame)
    if frame.id != ROOT:
        run.joins.append((frame, failed))
        return
    details = failure_details(failed.error, failed.cause)
    run.journal.append("ExecutionFailed", frame.last_event, "executionFailedEventDetails", details)
    run.end(Ended(outcomes.FAILED, error=failed.error, cause=failed.cause))


def matches(names: tuple[str, ...], error: str | None) -> bool:
    """Whether a retrier or a catcher that names errors is for this one.

    AWS: States.ALL is for all but States.DataLimitExceeded, States.TaskFailed for all but timeouts, and nothing is for
    States.Runtime.
    """
    if error == RUNTIME:
        return False
    if error is not None and error in names:
        return True
    is_timeout = error in (TIMEOUT, HEARTBEAT_TIMEOUT)
    if is_timeout and TIMEOUT in names:
        return True
    if error == DATA_LIMIT_EXCEEDED:
        return False
    return _ALL in names or (TASK_FAILED in names and not is_timeout)


def delay_seconds(retrier: Retrier, used: int) -> float:
    """How long to wait before the retry that comes after `used` ones."""
    most = float(retrier.max_delay_seconds) if retrier.max_delay_seconds is not None else float("inf")
    try:
        delay = min(retrier.interval_seconds * retrier.backoff_rate**used, most)
    except OverflowError:
        delay = most
    if retrier.jitter_strategy == "FULL":
        delay *= random_fraction()
    return delay


def _try_again(run: Run, frame: Frame, state: Performing, failed: Failed) -> bool:
    for position, retrier in enumerate(state.retriers):
        if not matches(retrier.error_equals, failed.error):
            continue
        if not frame.retries:
            frame.retries = [0] * len(state.retriers)
        used = frame.retries[position]
        if used >= retrier.max_attempts:
            return False
        frame.retries[position] = used + 1
        frame.retry_count += 1
        frame.phase = RETRYING
        frame.task += 1
        run.frames.remove_within(frame)
        frame.total = 0
        run.frames.touch(frame)
        run.frames.set_timer(frame, RETRY, run.now + delay_seconds(retrier, used))
        return True
    return False


def _catch(run: Run, frame: Frame, state: State, catcher: Catcher, position: int, failed: Failed) -> None:
    run.frames.remove_within(frame)
    frame.total = 0
    error_output = {"Error": failed.error, "Cause": failed.cause}
    error_output = {name: value for name, value in error_output.items() if value is not None}
    scope = run.scope_of(frame)
    try:
        output, assigned = caught_output(run, frame, state, catcher, position, scope, error_output)
        leave(run, frame, state, output, assigned, catcher.next)
    except StateFailed as failure:
        give_up(run, frame, located(run, frame, failure))


def abort_within(run: Run, frame: Frame, *, is_told: bool = True) -> None:
    """Stop what a Parallel or Map state has under way; history tells of each."""
    is_map = isinstance(run.state_of(frame), Map)
    for child in run.frames.open_within(frame):
        abort(run, child, is_told=is_told)
        if is_map and is_told:
            details = iteration_details(frame, child)
            key = "mapIterationAbortedEventDetails"
            child.last_event = run.journal.append("MapIterationAborted", child.last_event, key, details)


def abort(run: Run, frame: Frame, *, is_told: bool = True) -> None:
    """Stop a frame and all within it."""
    state = run.state_of(frame)
    if isinstance(state, Parallel | Map):
        abort_within(run, frame, is_told=is_told)
    if isinstance(state, Map) and frame.phase == SUBMITTED:
        frame.last_event = run.journal.append("MapRunAborted", frame.last_event)
    event = _ABORTED_EVENTS.get(state.type)
    if event is not None and is_told and frame.phase != READY:
        frame.last_event = run.journal.append(event, frame.last_event)
    if frame.has_timers:
        run.frames.clear_timers(frame)
    if frame.phase == SUBMITTED and isinstance(state, Task | Map):
        run.effects.append(Abandon(frame.id, frame.task, state, frame.submitted))
    frame.phase = ABORTED
    frame.task += 1
    run.frames.touch(frame)


def iteration_details(parent: Frame, child: Frame) -> dict[str, str | int]:
    return {"name": parent.state, "index": child.position}
