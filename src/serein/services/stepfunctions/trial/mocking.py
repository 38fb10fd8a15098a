"""Whether a mocked result could be the result of what it stands for, by AWS's API models.

AWS: STRICT wants all required fields, PRESENT only looks at those that are there, NONE at nothing (API page of
MockInput).
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.documents import Spelling
from serein.services.stepfunctions.errors import ValidationException
from serein.services.stepfunctions.language import Map, Parallel, State, Task
from serein.services.stepfunctions.tasks.resources import SYNC_JSON, Resource, parse_resource
from serein.services.stepfunctions.trial.asking import Mock

_SDK_MEMBERS = ("SdkHttpMetadata", "SdkResponseMetadata")
"""What replies of optimized integrations have besides the model's members."""
_LATEST_SECOND = 253_402_300_799
_SDK_NAMES = {"states": "sfn", "events": "eventbridge"}


def check_mock(platform: Platform, state: State, mock: Mock) -> None:
    """Raise ValidationException for a result that the state can't have."""
    if mock.mode == "NONE":
        return
    if isinstance(state, Task):
        faults = _task_faults(platform, parse_resource(state.resource), mock)
    elif isinstance(state, Parallel):
        faults = _parallel_faults(state, mock.result)
    else:
        assert isinstance(state, Map), "nothing else has a mock"
        is_exported = state.result_writer is not None and state.result_writer.resource is not None
        faults = (
            []
            if isinstance(mock.result, dict if is_exported else list)
            else [f"Mocked result must be {'an object' if is_exported else 'an array'}."]
        )
    if faults:
        raise ValidationException(f"Mock result schema validation error: {', '.join(faults)}")


def _parallel_faults(state: Parallel, result: Any) -> list[str]:
    if not isinstance(result, list):
        return ["Mocked result must be an array."]
    if len(result) != len(state.branches):
        return [f"Mocked result must have one element for each of the {len(state.branches)} branches."]
    return []


def _task_faults(platform: Platform, resource: Resource, mock: Mock) -> list[str]:
    """What is wrong with the result of a task. Whoever has a token, and an activity's worker, may say anything."""
    documents = platform.documents
    assert documents is not None, "the gateway is there before anything runs"
    if resource.kind not in ("service", "sdk") or resource.waits_for_token:
        return []
    service, action, spelling = resource.service, resource.action, Spelling.SDK
    result = mock.result
    if resource.kind == "service":
        service = _SDK_NAMES.get(service, service)
        spelling = Spelling.SDK if service == "sfn" else Spelling.MODEL
        if resource.waits_for_job:
            if service != "sfn":
                return []
            action = "describeExecution"
        result = _without_open_members(resource, result)
    found = documents.find_operation(service, action)
    if found is None:
        return []
    return documents.reply_faults(*found, result, spelling, is_strict=mock.mode == "STRICT")


def _without_open_members(resource: Resource, result: Any) -> Any:
    """The result without what optimized integrations add to it, or make JSON of."""
    if not isinstance(result, dict):
        return result
    opened = set(_SDK_MEMBERS)
    if (resource.service, resource.action) == ("lambda", "invoke"):
        opened.add("Payload")
    if resource.pattern == SYNC_JSON:
        opened |= {"Input", "Output"}
    return {name: _in_seconds(name, value) for name, value in result.items() if name not in opened}


def _in_seconds(name: str, value: Any) -> Any:
    """AWS: the times of executions are milliseconds in replies of `states:startExecution`."""
    is_time = name in ("StartDate", "StopDate", "RedriveDate") and isinstance(value, int) and value > _LATEST_SECOND
    return value / 1000 if is_time else value
