"""Targets: which there can be, and the operation that invoking one is.

AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.kernel.targets import execution_name, find_call
from serein.services.scheduler.errors import ValidationException

_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)\Z", re.ASCII)
_READING = re.compile(
    r"get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|"
    r"batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized|"
    r"invokeModel",
    re.IGNORECASE,
)
"""AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html#unsupported-api-actions"""
_LONGEST_INPUT_BYTES = 262_144
_NEED_JSON = frozenset({"lambda", "states", "events"})
_PARAMETERS = {
    "EcsParameters": "ecs",
    "EventBridgeParameters": "events",
    "EventBridgePutEventsV2Parameters": "",
    "EventBridgePutRawEventsParameters": "",
    "KinesisParameters": "kinesis",
    "SageMakerPipelineParameters": "sagemaker",
    "SqsParameters": "sqs",
}


class Occasion(NamedTuple):
    """One invocation: what the words in angle brackets of an input stand for."""

    schedule_arn: str
    scheduled_at: float
    execution_id: str
    attempt: int

    @property
    def scheduled_time(self) -> str:
        return datetime.fromtimestamp(self.scheduled_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def fill_in(self, text: str) -> str:
        """An input with the context attributes replaced.

        AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
        """
        if "<aws.scheduler." not in text:
            return text
        values = {
            "schedule-arn": self.schedule_arn,
            "scheduled-time": self.scheduled_time,
            "execution-id": self.execution_id,
            "attempt-number": str(self.attempt),
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text


class Action(NamedTuple):
    """An operation to call."""

    service: str
    operation: str
    request: Request
    scope: Scope


_TEMPLATED = {
    "lambda": ("lambda", "Invoke"),
    "sqs": ("sqs", "SendMessage"),
    "sns": ("sns", "Publish"),
    "states": ("stepfunctions", "StartExecution"),
    "events": ("events", "PutEvents"),
    "kinesis": ("kinesis", "PutRecord"),
    "firehose": ("firehose", "PutRecord"),
}
"""The operations that invocations are, by the service of the target's ARN."""
_REFUSED = frozenset({"ecs", "sagemaker", "codebuild", "codepipeline", "inspector"})


def check_target(platform: Platform, target: dict[str, Any]) -> None:
    """Raise ValidationException, or NotImplementedHere, unless this can be invoked."""
    if len(target.get("Input", "").encode()) > _LONGEST_INPUT_BYTES:
        raise ValidationException("Input must not be longer than 256 KB.")
    letter = target.get("DeadLetterConfig", {}).get("Arn", "")
    if letter.endswith(".fifo"):
        raise ValidationException("A dead-letter queue must be a standard queue.")
    universal = _UNIVERSAL.match(target["Arn"])
    if universal is not None:
        _check_universal(platform, target, *universal.groups())
        return
    arn = find_arn(target["Arn"])
    if arn is None or (arn.service not in _TEMPLATED and arn.service not in _REFUSED):
        raise ValidationException("Provided Arn is not in correct format.")
    if arn.service in _REFUSED:
        raise NotImplementedHere(f"Serein has no {arn.service}, which schedules could invoke ({arn})")
    platform.require_operation(*_TEMPLATED[arn.service])
    _check_parameters(target, arn)
    if arn.service in _NEED_JSON and "Input" in target:
        _require_json(target["Input"])


def _check_universal(platform: Platform, target: dict[str, Any], service: str, action: str) -> None:
    if _READING.match(action):
        raise ValidationException(f"The API action {action} is not supported: it only reads.")
    found = _found(platform, service, action)
    if found is None:
        raise ValidationException(f"{target['Arn']} is not a supported target: there is no such service or API action.")
    platform.require_operation(*found)
    if "Input" in target:
        _require_json(target["Input"])
    if given := [name for name in _PARAMETERS if name in target]:
        raise ValidationException(f"{given[0]} is not allowed for a universal target.")


def _check_parameters(target: dict[str, Any], arn: Arn) -> None:
    for name, service in _PARAMETERS.items():
        if name in target and service != arn.service:
            raise ValidationException(f"{name} is not allowed for the target {arn}.")
    if arn.service == "events" and "EventBridgeParameters" not in target:
        raise ValidationException("EventBridgeParameters is required for an event bus.")
    if arn.service == "kinesis" and "KinesisParameters" not in target:
        raise ValidationException("KinesisParameters is required for a stream.")
    is_fifo = arn.service == "sqs" and arn.resource.endswith(".fifo")
    if is_fifo != ("MessageGroupId" in target.get("SqsParameters", {})):
        word = "required" if is_fifo else "not allowed"
        raise ValidationException(f"MessageGroupId is {word} for the queue {arn}.")


def _require_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationException("Input must be well-formed JSON for this target.") from None


def _found(platform: Platform, service: str, action: str) -> tuple[str, str] | None:
    return None if platform.actions is None else platform.actions.find(service, action)


def action_of(platform: Platform, target: dict[str, Any], scope: Scope, occasion: Occasion) -> Action:
    """The operation that an invocation is. Raises AwsError when there is none any more, or its input is wrong."""
    given = target.get("Input")
    text = default_input(scope, occasion) if given is None else occasion.fill_in(given)
    universal = _UNIVERSAL.match(target["Arn"])
    if universal is not None:
        found = _found(platform, *universal.groups())
        if found is None or platform.actions is None:
            raise ValidationException(f"{target['Arn']} is not a supported target.")
        document = _require_json(text) if given is not None else {}
        return Action(*found, platform.actions.request(*found, document), scope)
    arn = find_arn(target["Arn"])
    assert arn is not None, "targets are checked when a schedule is made"
    # Why: the ARNs of some targets name no region or account of their own.
    place = Scope(arn.account or scope.account, arn.region or scope.region)
    if arn.service == "events":
        entry = {"EventBusName": str(arn), "Detail": text, **target["EventBridgeParameters"]}
        return Action("events", "PutEvents", {"Entries": [entry]}, place)
    # A stream's parameters are the partition key of the request, a queue's its message group.
    members = {**target.get("KinesisParameters", {}), **target.get("SqsParameters", {})}
    if arn.service == "states":
        members["name"] = execution_name(occasion.execution_id, occasion.schedule_arn, str(occasion.scheduled_at))
    made = find_call(platform.limits.endpoint, arn, text, members)
    assert made is not None, "targets are checked when a schedule is made"
    return Action(*made, place)


def default_input(scope: Scope, occasion: Occasion) -> str:
    """What a target gets whose schedule names no input."""
    return json.dumps(
        {
            "version": "0",
            "id": occasion.execution_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": scope.account,
            "time": occasion.scheduled_time,
            "region": scope.region,
            "resources": [occasion.schedule_arn],
            "detail": "{}",
        }
    )


def require_accepted(action: Action, reply: dict[str, Any]) -> None:
    """Raise the error that a reply tells of: PutEvents succeeds as a whole whatever becomes of its entries."""
    if action.operation != "PutEvents":
        return
    for entry in reply.get("Entries", ()):
        if "ErrorCode" in entry:
            error = AwsError(entry.get("ErrorMessage", ""))
            error.code = entry["ErrorCode"]  # type: ignore[misc]
            raise error
