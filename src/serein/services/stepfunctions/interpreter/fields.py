"""A state's fields in its query language: what it is given, and what it makes of a result."""

from typing import Any

from serein.services.stepfunctions.failure import QUERY_EVALUATION_ERROR, StateFailed
from serein.services.stepfunctions.interpreter.frames import Frame
from serein.services.stepfunctions.interpreter.payloads import encode
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import ABSENT, Catcher, ChoiceRule, Performing, State
from serein.services.stepfunctions.query.jsonata_data import evaluate
from serein.services.stepfunctions.query.jsonpath_data import (
    fill_template,
    place_result,
    read_integer,
    read_path,
)
from serein.services.stepfunctions.query.scope import Scope

Assigned = Any
"""What Assign made: an object of variables; it is checked when the state is left."""


def is_jsonata(state: State) -> bool:
    return state.query_language == "JSONata"


def evaluated(run: Run, frame: Frame, scope: Scope, value: Any, where: str, **more: Any) -> Any:
    """A field with JSONata in it; `more` are further members of `$states`."""
    states = {"input": run.frames.data_of(frame).input, "context": scope.context, **more}
    return evaluate(value, states, scope, where)


def effective_input(run: Run, frame: Frame, state: State, scope: Scope) -> Any:
    """The state's input after `InputPath`."""
    raw = run.frames.data_of(frame).input
    path = state.input_path
    if path == "$" or is_jsonata(state):
        return raw
    return {} if path is None else read_path(path, raw, scope)


def arguments_of(run: Run, frame: Frame, state: Performing, scope: Scope) -> Any:
    """What a Task performs with, and what the branches of a Parallel begin with."""
    if is_jsonata(state):
        if state.arguments is ABSENT:
            return run.frames.data_of(frame).input
        return evaluated(run, frame, scope, state.arguments, "Arguments")
    document = effective_input(run, frame, state, scope)
    return document if state.parameters is ABSENT else fill_template(state.parameters, document, scope)


def plain_output(run: Run, frame: Frame, state: State, scope: Scope, document: Any) -> tuple[Any, Assigned]:
    """Output and variables of a state that has no result; `document` is its effective input."""
    if is_jsonata(state):
        output, assign = state.output, state.assign
        made = document if output is ABSENT else evaluated(run, frame, scope, output, "Output")
        return made, {} if assign is ABSENT else evaluated(run, frame, scope, assign, "Assign")
    return filtered(state, document, scope), assigned_of(state, document, scope)


def result_output(run: Run, frame: Frame, state: Performing, scope: Scope, result: Any) -> tuple[Any, Assigned]:
    """Output and variables of a state that has performed something."""
    if is_jsonata(state):
        made, given = result, {}
        if state.output is not ABSENT:
            made = evaluated(run, frame, scope, state.output, "Output", result=result)
        if state.assign is not ABSENT:
            given = evaluated(run, frame, scope, state.assign, "Assign", result=result)
        return made, given
    if state.result_selector is not ABSENT:
        result = fill_template(state.result_selector, result, scope)
    given = assigned_of(state, result, scope)
    return filtered(state, placed(run, frame, state.result_path, result), scope), given


def placed(run: Run, frame: Frame, path: str | None, result: Any) -> Any:
    """The state's input with a result in it."""
    if path == "$":
        return result
    raw = run.frames.data_of(frame).input
    return raw if path is None else place_result(path, raw, result)


def filtered(state: State, document: Any, scope: Scope) -> Any:
    """What `OutputPath` leaves."""
    path = state.output_path
    if path == "$":
        return document
    return {} if path is None else read_path(path, document, scope)


def assigned_of(state: State | Catcher, document: Any, scope: Scope) -> Assigned:
    """JSONPath: the variables that a state or a catcher assigns."""
    return {} if state.assign is ABSENT else fill_template(state.assign, document, scope)


def choice_output(
    run: Run, frame: Frame, state: State, rule: ChoiceRule | None, position: int, scope: Scope, document: Any
) -> tuple[Any, Assigned]:
    """Output and variables of a Choice state, by the rule that was taken or, without one, by the state's own."""
    if rule is None:
        return plain_output(run, frame, state, scope, document)
    if not is_jsonata(state):
        assign = rule.assign
        given = {} if assign is ABSENT else fill_template(assign, document, scope)
        return filtered(state, document, scope), given
    where = f"Choices[{position}]"
    made = document if rule.output is ABSENT else evaluated(run, frame, scope, rule.output, f"{where}/Output")
    if rule.assign is ABSENT:
        return made, {}
    return made, evaluated(run, frame, scope, rule.assign, f"{where}/Assign")


def caught_output(
    run: Run, frame: Frame, state: State, catcher: Catcher, position: int, scope: Scope, error_output: dict[str, Any]
) -> tuple[Any, Assigned]:
    """Output and variables of a state whose failure is caught."""
    if not is_jsonata(state):
        given = assigned_of(catcher, error_output, scope)
        return placed(run, frame, catcher.result_path, error_output), given
    where = f"Catch[{position}]"
    made, given = error_output, {}
    if catcher.output is not ABSENT:
        made = evaluated(run, frame, scope, catcher.output, f"{where}/Output", errorOutput=error_output)
    if catcher.assign is not ABSENT:
        given = evaluated(run, frame, scope, catcher.assign, f"{where}/Assign", errorOutput=error_output)
    return made, given


def find_number(
    run: Run, frame: Frame, scope: Scope, value: float | str | None, path: str | None, name: str
) -> int | float | None:
    """A number that a state gives as such, as JSONata or by a path; None when it doesn't. Raises StateFailed."""
    if path is not None:
        document = effective_input(run, frame, run.state_of(frame), scope)
        return read_integer(f"{name}Path", path, document, scope)
    if not isinstance(value, str):
        return value
    found = evaluated(run, frame, scope, value, name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise unexpected(value, name, "number", found)
    return found


def unexpected(expression: Any, where: str, wanted: str, found: Any) -> StateFailed:
    """An expression whose value is of another type than the field."""
    kind = _JSON_TYPES.get(type(found), "object")
    cause = (
        f"The JSONata expression '{inner(expression)}' specified for the field '{where}' returned an unexpected result"
        f" type. Expected '{wanted}', but was '{kind}' for value: {encode(found)}"
    )
    return StateFailed(QUERY_EVALUATION_ERROR, cause, where)


def inner(expression: Any) -> str:
    """The text between `{%` and `%}`."""
    text = str(expression).strip()
    return text.removeprefix("{%").removesuffix("%}").strip()


_JSON_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
