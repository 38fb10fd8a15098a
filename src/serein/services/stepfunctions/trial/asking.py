"""What a test of a state asks for, and what is wrong with that."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.operation import Request
from serein.services.stepfunctions.errors import InvalidArn, ValidationException
from serein.services.stepfunctions.interpreter.payloads import decode
from serein.services.stepfunctions.json_texts import describe_problem
from serein.services.stepfunctions.language import (
    Diagnostic,
    InvalidDefinition,
    Map,
    Parallel,
    State,
    Task,
    diagnose_state,
    parse_machine,
    parse_state,
)
from serein.services.stepfunctions.payload_checks import require_input
from serein.services.stepfunctions.tasks.resources import parse_resource
from serein.services.stepfunctions.tasks.sdk_definitions import diagnose_sdk_tasks

ANONYMOUS = "TestState"
"""What a state is called that belongs to no machine."""
_CONTEXT = ("Execution", "State", "StateMachine", "Task", "Map")


@dataclass(frozen=True, slots=True)
class Mock:
    """What is to happen instead of what the state performs: a result, or an error."""

    result: Any = None
    error: str | None = None
    cause: str | None = None
    is_failure: bool = False
    mode: str = "STRICT"


@dataclass(frozen=True, slots=True)
class Trial:
    """A state, and the circumstances of its test."""

    state: State
    input: Any
    variables: dict[str, Any]
    role_arn: str
    mock: Mock | None
    context: dict[str, Any] = field(default_factory=dict)
    """What the request says of the context object."""
    is_in_map: bool = False
    level: str = "INFO"
    reveals_secrets: bool = False
    retry_count: int = 0
    failed_iterations: int = 0
    reader_data: str | None = None


def parse_trial(platform: Platform, request: Request) -> Trial:
    """Raises InvalidDefinition, InvalidExecutionInput, InvalidArn and ValidationException."""
    state, is_in_map = _parse_state(platform, request)
    mock = _parse_mock(state, request.get("mock"))
    role_arn = request.get("roleArn", "")
    if role_arn:
        arn = find_arn(role_arn)
        if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
            raise InvalidArn(f"Invalid Role Arn: '{role_arn}'")
    elif mock is None:
        raise ValidationException("RoleArn must be specified when a mock is not specified")
    if "context" in request and mock is None:
        raise ValidationException("Context can only be specified when a mock is specified")
    settings = _parse_configuration(state, mock, request.get("stateConfiguration") or {})
    return Trial(
        state=state,
        input=decode(require_input(request.get("input", "{}"))),
        variables=_parse_object("variables", request.get("variables", "{}")),
        role_arn=role_arn,
        mock=mock,
        context=_parse_context(request.get("context", "{}")),
        is_in_map=is_in_map,
        level=request.get("inspectionLevel", "INFO"),
        reveals_secrets=bool(request.get("revealSecrets", False)),
        **settings,
    )


def _parse_state(platform: Platform, request: Request) -> tuple[State, bool]:
    """The state, and whether it is one that a Map state runs for its items."""
    definition, name = request["definition"], request.get("stateName")
    if name is None:
        _require_none(diagnose_state(ANONYMOUS, definition))
        _require_none(diagnose_sdk_tasks(platform, f'{{"States":{{"{ANONYMOUS}":{definition}}}}}'))
        return parse_state(ANONYMOUS, definition), False
    machine = parse_machine(definition)
    _require_none(diagnose_sdk_tasks(platform, definition))
    found = machine.everywhere.get(name)
    if found is None:
        raise ValidationException(f"State not found in definition: {name}")
    maps = [state for state in machine.everywhere.values() if isinstance(state, Map)]
    return found, any(name in around.processor.everywhere for around in maps)


def _require_none(found: list[Diagnostic]) -> None:
    errors = [item for item in found if item.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)


def _parse_mock(state: State, given: dict[str, Any] | None) -> Mock | None:
    if given is None:
        _require_real(state)
        return None
    if not isinstance(state, Task | Map | Parallel):
        raise ValidationException(f"State type '{state.type}' is not supported when a mock is specified")
    if ("result" in given) == ("errorOutput" in given):
        raise ValidationException("A test mock should have only one of the following fields: [result, errorOutput].")
    mode = given.get("fieldValidationMode", "STRICT")
    if "errorOutput" in given:
        output = given["errorOutput"]
        if "error" not in output:
            raise ValidationException("The field 'error' is required when 'mock.errorOutput' is specified")
        return Mock(error=output["error"], cause=output.get("cause"), is_failure=True, mode=mode)
    return Mock(result=_parse_json("mock.result", given["result"]), mode=mode)


def _require_real(state: State) -> None:
    """Refuse what can't be performed within one request."""
    if isinstance(state, Map | Parallel):
        raise ValidationException(f"State type '{state.type}' is only supported when a mock is specified")
    if not isinstance(state, Task):
        return
    resource = parse_resource(state.resource)
    if resource.kind == "activity":
        raise ValidationException("Activity tasks are only supported when a mock is specified")
    if resource.pattern:
        raise ValidationException(
            f"The '.{resource.pattern}' service integration pattern is only supported when a mock is specified"
        )


def _parse_configuration(state: State, mock: Mock | None, given: dict[str, Any]) -> dict[str, Any]:
    """Raises ValidationException for what has no meaning in this test."""
    if given and mock is None:
        raise ValidationException("StateConfiguration can only be specified when a mock is specified")
    is_failure = mock is not None and mock.is_failure
    if "retrierRetryCount" in given and not is_failure:
        raise ValidationException("RetrierRetryCount can only be specified when 'mock.errorOutput' is specified")
    cause = given.get("errorCausedByState")
    if cause is not None:
        if not isinstance(state, Map | Parallel) or not is_failure:
            raise ValidationException(
                "ErrorCausedByState can only be specified when an error is mocked for a Map or Parallel state"
            )
        machines = (state.processor,) if isinstance(state, Map) else state.branches
        if not any(cause in machine.everywhere for machine in machines):
            raise ValidationException(f"State not found in definition: {cause}")
    if "mapIterationFailureCount" in given and not isinstance(state, Map):
        raise ValidationException("MapIterationFailureCount can only be specified for a Map state")
    if "mapItemReaderData" in given and (not isinstance(state, Map) or state.item_reader is None):
        raise ValidationException("MapItemReaderData can only be specified for a Map state with an ItemReader")
    return {
        "retry_count": given.get("retrierRetryCount", 0),
        "failed_iterations": given.get("mapIterationFailureCount", 0),
        "reader_data": given.get("mapItemReaderData"),
    }


def _parse_context(text: str) -> dict[str, Any]:
    context = _parse_object("context", text)
    for name in _CONTEXT:
        if not isinstance(context.get(name, {}), dict):
            raise ValidationException(f"The value of 'context' must have an object as its '{name}'")
    return context


def _parse_object(name: str, text: str) -> dict[str, Any]:
    found = _parse_json(name, text)
    if not isinstance(found, dict):
        raise ValidationException(f"The value of '{name}' must be a JSON object")
    return found


def _parse_json(name: str, text: str) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ValidationException(f"The value of '{name}' must be valid JSON: {describe_problem(text)}") from error
