"""`schedule`, `cloudwatchEvent` and `eventBridge` events of state machines."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Resource, capitalized, normalized, resource
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.roles import starting_role

_RULES = ("cloudwatchEvent", "eventBridge")
_BUS_ONLY = ("inputPath", "inputTransformer")


def rule_resources(service: Service, key: str, settings: Mapping[str, Any], machine: str) -> dict[str, Resource]:
    """The rules and schedules that start a machine, with the roles for that. Raises TemplateInvalid."""
    made: dict[str, Resource] = {}
    for number, given in enumerate(_events(settings, ("schedule",)), 1):
        made |= _schedule(service, key, number, given, machine)
    for number, given in enumerate(_events(settings, _RULES), 1):
        if not isinstance(given, dict) or not given.get("event"):
            raise TemplateInvalid(f"an event rule of the state machine {key} needs an event.")
        _require_one_input(key, given)
        made |= _rule(service, key, number, given, machine)
    return made


def _events(settings: Mapping[str, Any], kinds: tuple[str, ...]) -> Iterator[Any]:
    for event in settings.get("events") or ():
        for kind in kinds:
            if isinstance(event, dict) and event.get(kind) is not None:
                yield event[kind]


def _schedule(service: Service, key: str, number: int, given: Any, machine: str) -> dict[str, Resource]:
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {"rate": given}
    if not settings.get("rate"):
        raise TemplateInvalid(f"a schedule of the state machine {key} needs a rate.")
    _require_one_input(key, settings)
    uses_scheduler = settings.get("method") == "scheduler"
    misplaced = [name for name in (_BUS_ONLY if uses_scheduler else ("timezone",)) if settings.get(name)]
    if misplaced:
        method = "scheduler" if uses_scheduler else "eventBus"
        raise TemplateInvalid(f"a schedule of the state machine {key}: {misplaced[0]} is not for {method}.")
    prefix = normalized(key)
    role_id = f"{prefix}ScheduleToStepFunctionsRole"
    role = settings.get("role") or {"Fn::GetAtt": [role_id, "Arn"]}
    principal = "scheduler.amazonaws.com" if uses_scheduler else "events.amazonaws.com"
    made = {} if settings.get("role") else {role_id: starting_role(service, principal, machine)}
    if uses_scheduler:
        made[f"{prefix}StepFunctionsSchedulerSchedule{number}"] = _scheduler(settings, role, machine)
        return made
    target = _target(settings, machine, f"{key}StepFunctionsSchedule", role)
    made[f"{prefix}StepFunctionsEventsRuleSchedule{number}"] = _rule_resource(
        settings, target, ScheduleExpression=settings["rate"]
    )
    return made


def _scheduler(settings: Mapping[str, Any], role: Any, machine: str) -> Resource:
    target = {"Arn": {"Ref": machine}, "RoleArn": role}
    if settings.get("input"):
        target["Input"] = _text(settings["input"])
    return resource(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": settings["rate"],
            "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
            "ScheduleExpressionTimezone": settings.get("timezone"),
            "Name": settings.get("name"),
            "Description": settings.get("description"),
            "Target": target,
            "FlexibleTimeWindow": {"Mode": "OFF"},
        },
    )


def _rule(service: Service, key: str, number: int, settings: Mapping[str, Any], machine: str) -> dict[str, Resource]:
    prefix = normalized(key)
    role_id = f"{prefix}EventToStepFunctionsRole"
    role = settings.get("iamRole") or {"Fn::GetAtt": [role_id, "Arn"]}
    made = {} if settings.get("iamRole") else {role_id: starting_role(service, "events.amazonaws.com", machine)}
    target = _target(settings, machine, f"{key}CloudWatchEvent", role)
    made[f"{prefix}EventsRuleCloudWatchEvent{number}"] = _rule_resource(
        settings, target, EventPattern=settings["event"], EventBusName=settings.get("eventBusName")
    )
    return made


def _rule_resource(settings: Mapping[str, Any], target: dict[str, Any], **properties: Any) -> Resource:
    return resource(
        "AWS::Events::Rule",
        {
            **properties,
            "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
            "Name": settings.get("name"),
            "Description": settings.get("description"),
            "Targets": [target],
        },
    )


def _target(settings: Mapping[str, Any], machine: str, target_id: str, role: Any) -> dict[str, Any]:
    target: dict[str, Any] = {"Arn": {"Ref": machine}, "Id": target_id, "RoleArn": role}
    if settings.get("input"):
        target["Input"] = _text(settings["input"])
    if settings.get("inputPath"):
        target["InputPath"] = settings["inputPath"]
    if settings.get("inputTransformer"):
        target["InputTransformer"] = {capitalized(name): value for name, value in settings["inputTransformer"].items()}
    if settings.get("deadLetterConfig"):
        target["DeadLetterConfig"] = {"Arn": settings["deadLetterConfig"]}
    if settings.get("retryPolicy"):
        target["RetryPolicy"] = {capitalized(name): value for name, value in settings["retryPolicy"].items()}
    return target


def _text(given: Any) -> str:
    return given if isinstance(given, str) else json.dumps(given, separators=(",", ":"))


def _require_one_input(key: str, settings: Mapping[str, Any]) -> None:
    if sum(bool(settings.get(name)) for name in ("input", *_BUS_ONLY)) > 1:
        raise TemplateInvalid(
            f"an event of the state machine {key} has more than one of input, inputPath and inputTransformer."
        )
