"""The work of a state under test, and what becomes of it when that fails."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from serein.kernel.call import Call
from serein.services.stepfunctions.failure import QUERY_EVALUATION_ERROR, RUNTIME, TIMEOUT, StateFailed
from serein.services.stepfunctions.interpreter.failing import delay_seconds, matches
from serein.services.stepfunctions.interpreter.payloads import encode, require_small
from serein.services.stepfunctions.language import (
    ABSENT,
    Catcher,
    Choice,
    ChoiceRule,
    Fail,
    Map,
    Pass,
    Performing,
    Wait,
)
from serein.services.stepfunctions.query.failures import no_choice_matched
from serein.services.stepfunctions.query.jsonpath_data import (
    find_choice,
    place_result,
    read_integer,
    read_moment,
    read_path,
    read_text,
)
from serein.services.stepfunctions.query.timestamps import find_nanoseconds
from serein.services.stepfunctions.query.variables import assign
from serein.services.stepfunctions.trial.asking import Trial
from serein.services.stepfunctions.trial.mapping import prepare_items
from serein.services.stepfunctions.trial.performing import perform
from serein.services.stepfunctions.trial.reporting import (
    CAUGHT_ERROR,
    FAILED,
    RETRIABLE,
    SUCCEEDED,
    Inspection,
    Verdict,
)
from serein.services.stepfunctions.trial.sight import Sight

PATIENCE_SECONDS = 300.0
"""AWS: "TestState can run for up to five minutes"."""
_MOST_SECONDS = 99_999_999


class Course:
    """One test under way."""

    def __init__(self, call: Call, trial: Trial) -> None:
        self.call = call
        self.trial = trial
        self.sight = Sight(trial, call.scope, call.now)
        self.inspection = Inspection(trial.level)
        self.variables: Mapping[str, Any] = trial.variables

    async def run(self) -> Verdict:
        """Have the state do its work. Raises nothing of the state's own."""
        self.inspection.show("input", self.trial.input)
        state = self.trial.state
        try:
            if isinstance(state, Performing):
                verdict = await self._perform(state)
            else:
                verdict = await _WORK[state.type](self, state)
        except StateFailed as failure:
            verdict = self._fail(failure)
        if self.variables:
            self.inspection.show("variables", self.variables)
        return verdict

    def leave(
        self, output: Any, assigned: Any, next_state: str | None, status: str = SUCCEEDED, **failure: Any
    ) -> Verdict:
        """The state's end with an output. Raises StateFailed for too large ones."""
        state = self.trial.state
        variables = self.variables if assigned is ABSENT else assign(self.variables, assigned)
        text = encode(output)
        require_small(text, f"The state/task '{state.name}' returned a result with a size")
        self.variables = variables
        return Verdict(status, text, next_state, **failure)

    def plain(self, document: Any, next_state: str | None) -> Verdict:
        """The end of a state that has no result of its own."""
        state, sight = self.trial.state, self.sight
        if sight.is_jsonata:
            output = document if state.output is ABSENT else sight.evaluated(state.output, "Output")
            given = ABSENT if state.assign is ABSENT else sight.evaluated(state.assign, "Assign")
            return self.leave(output, given, next_state)
        given = ABSENT if state.assign is ABSENT else sight.filled(state.assign, document)
        return self.leave(self.filtered(document), given, next_state)

    def effective_input(self) -> Any:
        """The input after InputPath, which is shown."""
        document = self.sight.effective_input()
        if not self.sight.is_jsonata:
            self.inspection.show("afterInputPath", document)
        return document

    def filtered(self, document: Any) -> Any:
        """What OutputPath leaves."""
        path = self.trial.state.output_path
        if path == "$":
            return document
        return {} if path is None else read_path(path, document, self.sight.scope)

    def placed(self, path: str | None, result: Any) -> Any:
        """The input with a result in it, which is shown."""
        found = place_result(path, self.trial.input, result)
        self.inspection.show("afterResultPath", found)
        return found

    async def _perform(self, state: Performing) -> Verdict:
        sight = self.sight
        document = self.effective_input()
        if isinstance(state, Map):
            await prepare_items(self.trial, sight, self.inspection, state, document)
            parameters = document
        elif sight.is_jsonata:
            parameters = self.trial.input
            if state.arguments is not ABSENT:
                parameters = sight.evaluated(state.arguments, "Arguments")
            self.inspection.show("afterArguments", parameters)
        else:
            parameters = sight.filled(state.parameters, document)
            self.inspection.show("afterParameters", parameters)
        require_small(encode(parameters), f"The state/task '{state.name}' was given an input with a size")
        result = await perform(self.call, self.trial, sight, self.inspection, parameters, PATIENCE_SECONDS)
        self.inspection.show("result", result)
        return self._take(state, result)

    def _take(self, state: Performing, result: Any) -> Verdict:
        sight = self.sight
        if sight.is_jsonata:
            output = result if state.output is ABSENT else sight.evaluated(state.output, "Output", result=result)
            given = ABSENT if state.assign is ABSENT else sight.evaluated(state.assign, "Assign", result=result)
            return self.leave(output, given, state.next)
        selected = sight.filled(state.result_selector, result)
        self.inspection.show("afterResultSelector", selected)
        given = ABSENT if state.assign is ABSENT else sight.filled(state.assign, selected)
        return self.leave(self.filtered(self.placed(state.result_path, selected)), given, state.next)

    def _fail(self, failure: StateFailed) -> Verdict:
        state = self.trial.state
        if isinstance(state, Performing):
            for index, retrier in enumerate(state.retriers):
                if not matches(retrier.error_equals, failure.error):
                    continue
                if self.trial.retry_count >= retrier.max_attempts:
                    break
                delay = delay_seconds(retrier, self.trial.retry_count)
                self.inspection.note("errorDetails", {"retryIndex": index, "retryBackoffIntervalSeconds": int(delay)})
                return Verdict(RETRIABLE, error=failure.error, cause=failure.cause)
            for index, catcher in enumerate(state.catchers):
                if matches(catcher.error_equals, failure.error):
                    return self._catch(catcher, index, failure)
        return Verdict(FAILED, error=failure.error, cause=failure.cause)

    def _catch(self, catcher: Catcher, index: int, failure: StateFailed) -> Verdict:
        sight = self.sight
        found = {"Error": failure.error, "Cause": failure.cause}
        found = {name: value for name, value in found.items() if value is not None}
        self.inspection.note("errorDetails", {"catchIndex": index})
        told = {"error": failure.error, "cause": failure.cause}
        try:
            if sight.is_jsonata:
                output, given = found, catcher.assign
                if catcher.output is not ABSENT:
                    output = sight.evaluated(catcher.output, f"Catch[{index}]/Output", errorOutput=found)
                if given is not ABSENT:
                    given = sight.evaluated(given, f"Catch[{index}]/Assign", errorOutput=found)
                return self.leave(output, given, catcher.next, CAUGHT_ERROR, **told)
            given = ABSENT if catcher.assign is ABSENT else sight.filled(catcher.assign, found)
            return self.leave(self.placed(catcher.result_path, found), given, catcher.next, CAUGHT_ERROR, **told)
        except StateFailed as worse:
            return Verdict(FAILED, error=worse.error, cause=worse.cause)


async def _pass(course: Course, state: Pass) -> Verdict:
    sight = course.sight
    document = course.effective_input()
    if sight.is_jsonata:
        return course.plain(document, state.next)
    document = sight.filled(state.parameters, document)
    course.inspection.show("afterParameters", document)
    result = document if state.result is ABSENT else state.result
    course.inspection.show("result", result)
    course.inspection.show("afterResultSelector", result)
    given = ABSENT if state.assign is ABSENT else sight.filled(state.assign, result)
    return course.leave(course.filtered(course.placed(state.result_path, result)), given, state.next)


async def _succeed(course: Course, state: Any) -> Verdict:
    return course.plain(course.effective_input(), None)


async def _fail(course: Course, state: Fail) -> Verdict:
    texts: dict[str, str | None] = {}
    for name, value, path in (("Error", state.error, state.error_path), ("Cause", state.cause, state.cause_path)):
        if path is not None:
            texts[name] = read_text(f"{name}Path", path, course.trial.input, course.sight.scope)
        elif value is not None and course.sight.is_jsonata:
            texts[name] = course.sight.typed(value, name, "string")
        else:
            texts[name] = value
    raise StateFailed(texts["Error"], texts["Cause"])


async def _choose(course: Course, state: Choice) -> Verdict:
    sight = course.sight
    document = course.effective_input()
    rule = _find_condition(sight, state) if sight.is_jsonata else find_choice(state.choices, document, sight.scope)
    next_state = state.default if rule is None else rule.next
    if next_state is None:
        raise no_choice_matched()
    if rule is None:
        return course.plain(document, next_state)
    if not sight.is_jsonata:
        given = ABSENT if rule.assign is ABSENT else sight.filled(rule.assign, document)
        return course.leave(course.filtered(document), given, next_state)
    where = f"Choices[{state.choices.index(rule)}]"
    output = document if rule.output is ABSENT else sight.evaluated(rule.output, f"{where}/Output")
    given = ABSENT if rule.assign is ABSENT else sight.evaluated(rule.assign, f"{where}/Assign")
    return course.leave(output, given, next_state)


def _find_condition(sight: Sight, state: Choice) -> ChoiceRule | None:
    for index, rule in enumerate(state.choices):
        if sight.typed(rule.condition, f"Choices[{index}]/Condition", "boolean"):
            return rule
    return None


async def _wait(course: Course, state: Wait) -> Verdict:
    """Why nobody waits here: a test wants to know that the time was understood, and when it is too long for one."""
    document = course.effective_input()
    if _seconds_of(course, state, document) > PATIENCE_SECONDS:
        raise StateFailed(TIMEOUT)
    return course.plain(document, state.next)


def _seconds_of(course: Course, state: Wait, document: Any) -> float:
    sight = course.sight
    if state.timestamp_path is not None:
        return read_moment("TimestampPath", state.timestamp_path, document, sight.scope) - sight.now
    if state.seconds_path is not None:
        return read_integer("SecondsPath", state.seconds_path, document, sight.scope)
    if state.timestamp is not None:
        text = sight.typed(state.timestamp, "Timestamp", "string") if sight.is_jsonata else state.timestamp
        found = find_nanoseconds(text)
        if found is None:
            what = "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string"
            raise StateFailed(_error_of(sight), f"{what}: {text}")
        return found / 10**9 - sight.now
    seconds = sight.typed(state.seconds, "Seconds", "number")
    if seconds != int(seconds) or not 0 <= seconds <= _MOST_SECONDS:
        what = f"Seconds must be a whole number of seconds between 0 and {_MOST_SECONDS}"
        raise StateFailed(_error_of(sight), f"{what}: {encode(seconds)}")
    return float(seconds)


def _error_of(sight: Sight) -> str:
    return QUERY_EVALUATION_ERROR if sight.is_jsonata else RUNTIME


_WORK: Mapping[str, Callable[[Course, Any], Awaitable[Verdict]]] = {
    "Pass": _pass,
    "Succeed": _succeed,
    "Fail": _fail,
    "Choice": _choose,
    "Wait": _wait,
}
