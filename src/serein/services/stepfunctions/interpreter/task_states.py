"""Task states: what is performed, how long that may take, and what its outcome means."""

from typing import Any

from serein.kernel.ids import random_hex
from serein.services.stepfunctions import failure
from serein.services.stepfunctions.failure import HEARTBEAT_TIMEOUT, RUNTIME, StateFailed
from serein.services.stepfunctions.interpreter.effects import Abandon, OfferActivity, Perform, Watch
from serein.services.stepfunctions.interpreter.failing import fail, located
from serein.services.stepfunctions.interpreter.fields import (
    arguments_of,
    effective_input,
    evaluated,
    find_number,
    is_jsonata,
    result_output,
)
from serein.services.stepfunctions.interpreter.frames import (
    HEARTBEAT,
    PERFORMING,
    POLL,
    SUBMITTED,
    TIMEOUT,
    Frame,
)
from serein.services.stepfunctions.interpreter.leaving import leave
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed, Outcome
from serein.services.stepfunctions.interpreter.payloads import encode, require_small
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.interpreter.task_events import (
    append_activity_started,
    append_failed,
    append_scheduled,
    append_submitted,
    append_succeeded,
)
from serein.services.stepfunctions.interpreter.tokens import Place, make_token
from serein.services.stepfunctions.language import ABSENT, Task
from serein.services.stepfunctions.query.jsonpath_data import fill_template
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.tasks.resources import Resource, parse_resource

_MOST_SECONDS = 99_999_999


def schedule(run: Run, frame: Frame, state: Task) -> None:
    """Have a task performed, for the first time or again."""
    resource = parse_resource(state.resource)
    if resource.kind == "activity" and not run.has_activity(state.resource):
        raise StateFailed(RUNTIME, f"The activity {state.resource} does not exist.")
    frame.task += 1
    frame.submitted = None
    token = ""
    if resource.kind == "activity" or resource.waits_for_token:
        frame.secret = random_hex(32)
        token = make_token(Place(run.facts.id, frame.id, frame.task), frame.secret)
    scope = run.scope_of(frame, token)
    parameters = arguments_of(run, frame, state, scope)
    text = encode(parameters)
    require_small(text, f"The state/task '{state.name}' was given an input with a size")
    limits = _limits(run, frame, state, scope)
    frame.role_arn = _role_arn(run, frame, state, scope)
    append_scheduled(run, frame, resource, state.resource, text, limits, frame.role_arn)
    _set_timers(run, frame, resource, limits)
    if resource.kind == "activity":
        frame.phase = SUBMITTED
        timeout, heartbeat = limits.get("timeoutInSeconds"), limits.get("heartbeatInSeconds")
        run.effects.append(OfferActivity(frame.id, frame.task, state.resource, token, text, timeout, heartbeat))
    else:
        frame.phase = PERFORMING
        run.effects.append(Perform(frame.id, frame.task, state, parameters, frame.role_arn))
    run.frames.touch(frame)


def perform_again(run: Run, frame: Frame, state: Task) -> None:
    """The server that performed a task is gone: the same task is performed by another, and history says nothing."""
    token = make_token(Place(run.facts.id, frame.id, frame.task), frame.secret) if frame.secret else ""
    parameters = arguments_of(run, frame, state, run.scope_of(frame, token))
    run.effects.append(Perform(frame.id, frame.task, state, parameters, frame.role_arn))


def _limits(run: Run, frame: Frame, state: Task, scope: Scope) -> dict[str, int]:
    limits = {}
    for member, name, value, path in (
        ("timeoutInSeconds", "TimeoutSeconds", state.timeout_seconds, state.timeout_seconds_path),
        ("heartbeatInSeconds", "HeartbeatSeconds", state.heartbeat_seconds, state.heartbeat_seconds_path),
    ):
        seconds = find_number(run, frame, scope, value, path, name)
        if seconds is None:
            continue
        if seconds != int(seconds) or not 0 < seconds <= _MOST_SECONDS:
            raise StateFailed(
                RUNTIME, f"The {name} of the state is not a positive number of seconds: {encode(seconds)}"
            )
        limits[member] = int(seconds)
    return limits


def _role_arn(run: Run, frame: Frame, state: Task, scope: Scope) -> str:
    if state.credentials is ABSENT:
        return ""
    found: Any
    if is_jsonata(state):
        found = evaluated(run, frame, scope, state.credentials, "Credentials")
    else:
        found = fill_template(state.credentials, effective_input(run, frame, state, scope), scope)
    role = found.get("RoleArn") if isinstance(found, dict) else None
    if not isinstance(role, str):
        raise StateFailed(RUNTIME, "The RoleArn of the Credentials field is not a string.")
    return role


def _set_timers(run: Run, frame: Frame, resource: Resource, limits: dict[str, int]) -> None:
    frame.heartbeat_seconds = limits.get("heartbeatInSeconds", 0)
    # AWS: the time of an activity's task begins when a worker takes it (developer guide, "Task state", TimeoutSeconds).
    if resource.kind != "activity":
        _set_timeout(run, frame, limits)
    if frame.heartbeat_seconds and resource.waits_for_token:
        beat(run, frame)


def _set_timeout(run: Run, frame: Frame, limits: dict[str, int]) -> None:
    if "timeoutInSeconds" in limits:
        run.frames.set_timer(frame, TIMEOUT, run.now + limits["timeoutInSeconds"])


def beat(run: Run, frame: Frame) -> None:
    """Whoever performs the task lives."""
    if frame.heartbeat_seconds:
        run.frames.set_timer(frame, HEARTBEAT, run.now + frame.heartbeat_seconds)


def begin_activity(run: Run, frame: Frame, worker_name: str) -> None:
    """A worker has taken the task."""
    append_activity_started(run, frame, worker_name)
    run.frames.touch(frame)
    state = run.state_of(frame)
    if isinstance(state, Task):
        _set_timeout(run, frame, _limits(run, frame, state, run.scope_of(frame)))
    beat(run, frame)


def accept_submission(run: Run, frame: Frame, state: Task, output: Any) -> None:
    """A job was started, or a message with the token sent: the task waits."""
    resource = parse_resource(state.resource)
    text = encode(output)
    require_small(text, f"The state/task '{state.resource}' returned a result with a size")
    append_submitted(run, frame, resource, text)
    frame.phase = SUBMITTED
    if resource.waits_for_job:
        frame.submitted = output
        run.frames.set_timer(frame, POLL, run.now)
        run.effects.append(Watch(frame.id, state, output))
    run.frames.touch(frame)


def take_outcome(run: Run, frame: Frame, state: Task, outcome: Outcome) -> None:
    """The task is over."""
    resource = parse_resource(state.resource)
    is_submitted = frame.phase == SUBMITTED
    frame.task += 1
    frame.secret = ""
    if frame.has_timers:
        run.frames.clear_timers(frame)
    if isinstance(outcome, Done):
        text = encode(outcome.output)
        try:
            require_small(text, f"The state/task '{state.resource}' returned a result with a size")
        except StateFailed as too_large:
            outcome = Failed(too_large.error, too_large.cause)
        else:
            append_succeeded(run, frame, resource, text)
            output, assigned = result_output(run, frame, state, run.scope_of(frame), outcome.output)
            leave(run, frame, state, output, assigned, state.next)
            return
    if outcome.error == RUNTIME:
        outcome = located(run, frame, StateFailed(RUNTIME, outcome.cause))
    append_failed(run, frame, resource, outcome, is_submitted=is_submitted)
    fail(run, frame, outcome)


def time_out(run: Run, frame: Frame, state: Task, kind: str) -> None:
    """The task took too long, or was silent for too long."""
    run.effects.append(Abandon(frame.id, frame.task, state, frame.submitted))
    error = HEARTBEAT_TIMEOUT if kind == HEARTBEAT else failure.TIMEOUT
    take_outcome(run, frame, state, Failed(error, None, "TimedOut"))
