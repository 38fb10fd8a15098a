"""The history events of a task: functions and activities have their own, all other services share theirs."""

from typing import Any

from serein.services.stepfunctions.interpreter.frames import Frame
from serein.services.stepfunctions.interpreter.journal import TRUNCATED, failure_details
from serein.services.stepfunctions.interpreter.outcomes import Failed
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.tasks.resources import Resource

_PREFIXES = {"lambda": ("LambdaFunction", "lambdaFunction"), "activity": ("Activity", "activity")}


def append_scheduled(
    run: Run, frame: Frame, resource: Resource, arn: str, parameters: str, limits: dict[str, int], role_arn: str
) -> None:
    """The task is about to be performed; `limits` are `timeoutInSeconds` and `heartbeatInSeconds`."""
    if resource.kind not in _PREFIXES:
        details: dict[str, Any] = {
            **_named(resource),
            "region": resource.region or run.facts.region,
            "parameters": parameters,
            **limits,
        }
        if role_arn:
            details["taskCredentials"] = {"roleArn": role_arn}
        _append(run, frame, "TaskScheduled", "taskScheduledEventDetails", details)
        _append(run, frame, "TaskStarted", "taskStartedEventDetails", _named(resource))
        return
    details = {"resource": arn, "input": parameters, "inputDetails": TRUNCATED, **limits}
    if resource.kind == "activity":
        _append(run, frame, "ActivityScheduled", "activityScheduledEventDetails", details)
        return
    details.pop("heartbeatInSeconds", None)
    if role_arn:
        details["taskCredentials"] = {"roleArn": role_arn}
    _append(run, frame, "LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", details)
    frame.last_event = run.journal.append("LambdaFunctionStarted", frame.last_event)


def append_activity_started(run: Run, frame: Frame, worker_name: str) -> None:
    """A worker has taken the task of an activity."""
    details = {"workerName": worker_name} if worker_name else {}
    _append(run, frame, "ActivityStarted", "activityStartedEventDetails", details)


def append_submitted(run: Run, frame: Frame, resource: Resource, output: str) -> None:
    details = {**_named(resource), "output": output, "outputDetails": TRUNCATED}
    _append(run, frame, "TaskSubmitted", "taskSubmittedEventDetails", details)


def append_succeeded(run: Run, frame: Frame, resource: Resource, output: str) -> None:
    _append_end(run, frame, resource, "Succeeded", {"output": output, "outputDetails": TRUNCATED})


def append_failed(run: Run, frame: Frame, resource: Resource, failed: Failed, *, is_submitted: bool) -> None:
    """It failed or took too long; a job or a message with a token may not even have been submitted."""
    what = failed.how
    if resource.kind not in _PREFIXES and resource.pattern and not is_submitted and what == "Failed":
        what = "SubmitFailed"
    _append_end(run, frame, resource, what, failure_details(failed.error, failed.cause))


def _append_end(run: Run, frame: Frame, resource: Resource, what: str, details: dict[str, Any]) -> None:
    if resource.kind not in _PREFIXES:
        _append(run, frame, f"Task{what}", f"task{what}EventDetails", {**_named(resource), **details})
        return
    prefix, key = _PREFIXES[resource.kind]
    _append(run, frame, f"{prefix}{what}", f"{key}{what}EventDetails", details)


def _named(resource: Resource) -> dict[str, Any]:
    return {"resourceType": resource.history_type, "resource": resource.history_name}


def _append(run: Run, frame: Frame, type: str, key: str, details: dict[str, Any]) -> None:
    frame.last_event = run.journal.append(type, frame.last_event, key, details)
