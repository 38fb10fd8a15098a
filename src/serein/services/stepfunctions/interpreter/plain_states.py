"""States that do their work at once, and Wait: Pass, Choice, Succeed, Fail."""

from typing import Any

from serein.services.stepfunctions.failure import QUERY_EVALUATION_ERROR, RUNTIME, StateFailed
from serein.services.stepfunctions.interpreter.failing import fail
from serein.services.stepfunctions.interpreter.fields import (
    assigned_of,
    choice_output,
    effective_input,
    evaluated,
    filtered,
    find_number,
    is_jsonata,
    placed,
    plain_output,
    unexpected,
)
from serein.services.stepfunctions.interpreter.frames import WAIT, WAITING, Frame
from serein.services.stepfunctions.interpreter.leaving import leave
from serein.services.stepfunctions.interpreter.outcomes import Failed
from serein.services.stepfunctions.interpreter.payloads import encode
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import ABSENT, Choice, ChoiceRule, Fail, Pass, Succeed, Wait
from serein.services.stepfunctions.query.failures import no_choice_matched
from serein.services.stepfunctions.query.jsonpath_data import fill_template, find_choice, read_moment, read_text
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.timestamps import find_nanoseconds

_MOST_SECONDS = 99_999_999
_LONGEST_SECONDS = 2**31 - 1


def enter_pass(run: Run, frame: Frame, state: Pass) -> None:
    scope = run.scope_of(frame)
    document = effective_input(run, frame, state, scope)
    if is_jsonata(state):
        output, assigned = plain_output(run, frame, state, scope, document)
    else:
        if state.parameters is not ABSENT:
            document = fill_template(state.parameters, document, scope)
        result = document if state.result is ABSENT else state.result
        assigned = assigned_of(state, result, scope)
        output = filtered(state, placed(run, frame, state.result_path, result), scope)
    leave(run, frame, state, output, assigned, state.next)


def enter_succeed(run: Run, frame: Frame, state: Succeed) -> None:
    scope = run.scope_of(frame)
    output, assigned = plain_output(run, frame, state, scope, effective_input(run, frame, state, scope))
    leave(run, frame, state, output, assigned, None)


def enter_fail(run: Run, frame: Frame, state: Fail) -> None:
    scope = run.scope_of(frame)
    error = _failure_text(run, frame, state, scope, state.error, state.error_path, "Error")
    cause = _failure_text(run, frame, state, scope, state.cause, state.cause_path, "Cause")
    fail(run, frame, Failed(error, cause))


def _failure_text(
    run: Run, frame: Frame, state: Fail, scope: Scope, value: str | None, path: str | None, name: str
) -> str | None:
    if path is not None:
        return read_text(f"{name}Path", path, run.frames.data_of(frame).input, scope)
    if value is None or not is_jsonata(state):
        return value
    found = evaluated(run, frame, scope, value, name)
    if not isinstance(found, str):
        raise unexpected(value, name, "string", found)
    return found


def enter_choice(run: Run, frame: Frame, state: Choice) -> None:
    scope = run.scope_of(frame)
    document = effective_input(run, frame, state, scope)
    rule = (
        _find_condition(run, frame, state, scope) if is_jsonata(state) else find_choice(state.choices, document, scope)
    )
    next_state = state.default if rule is None else rule.next
    if next_state is None:
        raise no_choice_matched()
    position = 0 if rule is None else state.choices.index(rule)
    output, assigned = choice_output(run, frame, state, rule, position, scope, document)
    leave(run, frame, state, output, assigned, next_state)


def _find_condition(run: Run, frame: Frame, state: Choice, scope: Scope) -> ChoiceRule | None:
    for position, rule in enumerate(state.choices):
        where = f"Choices[{position}]/Condition"
        found: Any = rule.condition
        if isinstance(found, str):
            found = evaluated(run, frame, scope, rule.condition, where)
        if not isinstance(found, bool):
            raise unexpected(rule.condition, where, "boolean", found)
        if found:
            return rule
    return None


def enter_wait(run: Run, frame: Frame, state: Wait) -> None:
    until = _wait_until(run, frame, state)
    if until - run.now > _LONGEST_SECONDS:
        raise StateFailed(RUNTIME, "Wait state delay is too long.")
    frame.phase = WAITING
    run.frames.touch(frame)
    run.frames.set_timer(frame, WAIT, until)


def end_wait(run: Run, frame: Frame, state: Wait) -> None:
    """The time of a Wait state has come."""
    scope = run.scope_of(frame)
    output, assigned = plain_output(run, frame, state, scope, effective_input(run, frame, state, scope))
    leave(run, frame, state, output, assigned, state.next)


def _wait_until(run: Run, frame: Frame, state: Wait) -> float:
    scope = run.scope_of(frame)
    if state.timestamp_path is not None:
        document = effective_input(run, frame, state, scope)
        return read_moment("TimestampPath", state.timestamp_path, document, scope)
    if state.timestamp is not None:
        return _moment(run, frame, state, scope)
    seconds = find_number(run, frame, scope, state.seconds, state.seconds_path, "Seconds")
    where = "SecondsPath" if state.seconds_path is not None else "Seconds"
    if seconds is None or seconds != int(seconds) or not 0 <= seconds <= _MOST_SECONDS:
        shown = f"{where} must be a whole number of seconds between 0 and {_MOST_SECONDS}"
        raise StateFailed(
            QUERY_EVALUATION_ERROR if is_jsonata(state) else RUNTIME, f"{shown}: {encode(seconds)}", where
        )
    return run.now + seconds


def _moment(run: Run, frame: Frame, state: Wait, scope: Scope) -> float:
    text: Any = state.timestamp
    if is_jsonata(state):
        text = evaluated(run, frame, scope, state.timestamp, "Timestamp")
        if not isinstance(text, str):
            raise unexpected(state.timestamp, "Timestamp", "string", text)
    found = find_nanoseconds(text)
    if found is None:
        what = "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string"
        raise StateFailed(QUERY_EVALUATION_ERROR if is_jsonata(state) else RUNTIME, f"{what}: {text}", "Timestamp")
    return found / 10**9
