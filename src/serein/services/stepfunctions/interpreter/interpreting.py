"""What can happen to an execution, and the loop that makes everything of it that follows without waiting."""

from collections.abc import Callable, Iterable
from typing import Any

from serein.services.stepfunctions.failure import RUNTIME, StateFailed
from serein.services.stepfunctions.interpreter import outcomes
from serein.services.stepfunctions.interpreter.branching import (
    begin_map,
    begin_more,
    begin_parallel,
    join,
    take_map_run,
)
from serein.services.stepfunctions.interpreter.failing import abort, fail, located
from serein.services.stepfunctions.interpreter.frames import (
    BRANCHING,
    CONTINUE,
    HEARTBEAT,
    PERFORMING,
    READY,
    RETRY,
    RETRYING,
    ROOT,
    SUBMITTED,
    TIMEOUT,
    WAIT,
    WAITING,
    Frame,
    FrameData,
)
from serein.services.stepfunctions.interpreter.journal import MOST_EVENTS, TRUNCATED, failure_details
from serein.services.stepfunctions.interpreter.outcomes import Ended, Outcome, Submitted
from serein.services.stepfunctions.interpreter.payloads import decode, encode
from serein.services.stepfunctions.interpreter.plain_states import (
    end_wait,
    enter_choice,
    enter_fail,
    enter_pass,
    enter_succeed,
    enter_wait,
)
from serein.services.stepfunctions.interpreter.run import STATES_AT_ONCE, Run
from serein.services.stepfunctions.interpreter.task_states import (
    accept_submission,
    perform_again,
    schedule,
    take_outcome,
    time_out,
)
from serein.services.stepfunctions.language import Map, Parallel, State, Task, Wait

_ENTER: dict[str, Callable[[Run, Frame, Any], None]] = {
    "Pass": enter_pass,
    "Choice": enter_choice,
    "Wait": enter_wait,
    "Succeed": enter_succeed,
    "Fail": enter_fail,
    "Task": schedule,
    "Parallel": begin_parallel,
    "Map": begin_map,
}
_ENDS = {
    outcomes.ABORTED: ("ExecutionAborted", "executionAbortedEventDetails"),
    outcomes.TIMED_OUT: ("ExecutionTimedOut", "executionTimedOutEventDetails"),
}
TOO_MANY_EVENTS = f"The execution reached the maximum number of history events ({MOST_EVENTS})."


def begin(run: Run) -> None:
    """The execution starts."""
    facts = run.facts
    details: dict[str, Any] = {"input": facts.input_text, "inputDetails": TRUNCATED, "roleArn": facts.role_arn}
    if facts.alias_arn:
        details["stateMachineAliasArn"] = facts.alias_arn
    if facts.version_arn:
        details["stateMachineVersionArn"] = facts.version_arn
    run.journal.append("ExecutionStarted", 0, "executionStartedEventDetails", details)
    root = Frame(ROOT, state=run.machine.start_at)
    value = decode(facts.input_text)
    run.frames.add(root, FrameData(value, "" if encode(value) == facts.input_text else facts.input_text))
    run.make_ready(root, facts.input_text)
    go_on(run)


def settle(run: Run, frame: Frame, outcome: Outcome | Submitted) -> None:
    """What a frame waited for has come: the outcome of its task or of its map run."""
    state = run.state_of(frame)
    try:
        if isinstance(outcome, Submitted):
            if isinstance(state, Task) and frame.phase == PERFORMING:
                accept_submission(run, frame, state, outcome.output)
        elif isinstance(state, Map):
            take_map_run(run, frame, state, outcome)
        elif isinstance(state, Task):
            take_outcome(run, frame, state, outcome)
    except StateFailed as failure:
        fail(run, frame, located(run, frame, failure))
    go_on(run)


def ring(run: Run, frame: Frame, kind: str) -> None:
    """A frame's timer is due."""
    state = run.state_of(frame)
    try:
        _ring(run, frame, state, kind)
    except StateFailed as failure:
        fail(run, frame, located(run, frame, failure))
    go_on(run)


def _ring(run: Run, frame: Frame, state: State, kind: str) -> None:
    if kind == CONTINUE and frame.phase == READY:
        run.frames.clear_timers(frame)
        run.make_ready(frame)
    elif kind == WAIT and frame.phase == WAITING and isinstance(state, Wait):
        run.frames.clear_timers(frame)
        end_wait(run, frame, state)
    elif kind == RETRY and frame.phase == RETRYING:
        run.frames.clear_timers(frame)
        _ENTER[state.type](run, frame, state)
    elif kind in (TIMEOUT, HEARTBEAT) and frame.phase in (PERFORMING, SUBMITTED) and isinstance(state, Task):
        time_out(run, frame, state, kind)


def resume_performance(run: Run, frame: Frame) -> None:
    """Whoever performed the frame's task is gone."""
    state = run.state_of(frame)
    if frame.phase != PERFORMING or not isinstance(state, Task):
        return
    try:
        perform_again(run, frame, state)
    except StateFailed as failure:
        fail(run, frame, located(run, frame, failure))
    go_on(run)


def append(run: Run, frame: Frame, events: Iterable[dict[str, Any]]) -> None:
    """Events of what a frame waits for; they lack what the history gives every event."""
    for event in events:
        frame.last_event = run.journal.take_over(event, frame.last_event)
    run.frames.touch(frame)


def stop(run: Run, status: str, error: str | None, cause: str | None) -> None:
    """End the execution from outside: ABORTED or TIMED_OUT.

    AWS: history has no events for the states that this ends, and the execution's comes after none.
    """
    root = run.frames.require(ROOT)
    if not root.is_over:
        abort(run, root, is_told=False)
    event, key = _ENDS[status]
    run.journal.append(event, 0, key, failure_details(error, cause))
    run.end(Ended(status, error=error, cause=cause))


def redrive(run: Run) -> None:
    """Go on with an execution that ended badly, from the states at which it did.

    AWS: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """
    root = run.frames.require(ROOT)
    details = {"redriveCount": run.facts.redrive_count}
    root.last_event = run.journal.append("ExecutionRedriven", root.last_event, "executionRedrivenEventDetails", details)
    _resume(run, root)
    go_on(run)


def _resume(run: Run, frame: Frame) -> None:
    state = run.state_of(frame)
    frame.retries, frame.retry_count, frame.error, frame.cause = [], 0, None, None
    run.frames.touch(frame)
    within = run.frames.unfinished_within(frame) if isinstance(state, Parallel | Map) else []
    if within:
        frame.phase = BRANCHING
        frame.pending = len(within)
        run.frames.touch(frame)
        for child in within:
            child.last_event = frame.last_event
            _resume(run, child)
        if isinstance(state, Map):
            begin_more(run, frame, state, frame.last_event)
        return
    if isinstance(state, Task | Parallel | Map) and frame.entered_event:
        try:
            if isinstance(state, Map):
                begin_map(run, frame, state, is_redriven=True)
            else:
                _ENTER[state.type](run, frame, state)
        except StateFailed as failure:
            fail(run, frame, located(run, frame, failure))
        return
    run.make_ready(frame)


def go_on(run: Run) -> None:
    """Do all that follows; every thread of control waits then, or the execution has ended."""
    while run.ended is None:
        if run.journal.last_id >= MOST_EVENTS - 1 and not run.facts.is_express:
            _give_up_on_events(run)
        elif run.joins:
            _join(run)
        elif not run.ready:
            return
        elif run.entered >= STATES_AT_ONCE:
            run.postpone()
        else:
            _enter(run, run.ready.popleft())


def _join(run: Run) -> None:
    child, failed = run.joins.popleft()
    try:
        join(run, child, failed)
    except StateFailed as failure:
        frame = run.frames.require(child.parent_id)
        fail(run, frame, located(run, frame, failure))


def _enter(run: Run, frame: Frame) -> None:
    """Enter a frame's state."""
    if frame.phase != READY:
        return
    run.entered += 1
    state = run.state_of(frame)
    details = {"name": state.name, "input": run.input_text(frame), "inputDetails": TRUNCATED}
    entered = run.journal.append(f"{state.type}StateEntered", frame.last_event, "stateEnteredEventDetails", details)
    frame.entered_event = frame.last_event = entered
    frame.entered_at = run.now
    frame.retries, frame.retry_count = [], 0
    run.frames.touch(frame)
    try:
        _ENTER[state.type](run, frame, state)
    except StateFailed as failure:
        fail(run, frame, located(run, frame, failure))


def _give_up_on_events(run: Run) -> None:
    root = run.frames.require(ROOT)
    details = failure_details(RUNTIME, TOO_MANY_EVENTS)
    del run.journal.events[len(run.journal.events) - (run.journal.last_id - MOST_EVENTS + 1) :]
    run.journal.last_id = MOST_EVENTS - 1
    run.journal.append("ExecutionFailed", root.last_event, "executionFailedEventDetails", details)
    run.end(Ended(outcomes.FAILED, error=RUNTIME, cause=TOO_MANY_EVENTS))


__all__ = ["append", "begin", "go_on", "redrive", "resume_performance", "ring", "settle", "stop"]
