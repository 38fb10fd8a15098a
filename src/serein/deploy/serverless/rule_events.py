"""`schedule`, `cloudwatchEvent` and `eventBridge` events of functions: rules, schedules and buses.

https://www.serverless.com/framework/docs/providers/aws/events/schedule
https://www.serverless.com/framework/docs/providers/aws/events/event-bridge
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import (
    ACCOUNT,
    PARTITION,
    REGION,
    Made,
    allowed,
    alphanumeric,
    capitalized,
    normalized,
    permission,
    resource,
)
from serein.deploy.serverless.roles import role_of
from serein.deploy.serverless.service import Function, Service

_PRINCIPAL = "events.amazonaws.com"
_LONGEST_NAME = 64
_SCHEDULER_ONLY = ("timezone", "groupName")
_BUS_ONLY = ("inputPath", "inputTransformer")


def schedule_resources(service: Service, function: Function) -> Made:
    """A function's `schedule` events. Raises TemplateInvalid."""
    made, number, is_scheduled = Made(), 0, False
    for given in function.events("schedule"):
        settings: Mapping[str, Any] = given if isinstance(given, dict) else {"rate": given}
        rates = settings.get("rate")
        rates = rates if isinstance(rates, list) else [rates]
        uses_scheduler = settings.get("method") == "scheduler"
        misplaced = [key for key in (_BUS_ONLY if uses_scheduler else _SCHEDULER_ONLY) if settings.get(key)]
        if misplaced:
            method = "scheduler" if uses_scheduler else "eventBus"
            raise TemplateInvalid(f"a schedule of the function {function.key}: {misplaced[0]} is not for {method}.")
        if len(rates) > 1 and settings.get("name"):
            raise TemplateInvalid(f"a schedule of the function {function.key} has one name for several rates.")
        for rate in rates:
            number += 1
            if uses_scheduler:
                is_scheduled = True
                made.resources[f"{function.prefix}SchedulerSchedule{number}"] = _schedule(
                    role_of(service, function), function, rate, settings
                )
            else:
                logical_id = f"{function.prefix}EventsRuleSchedule{number}"
                rule = _rule(function, settings, f"{function.key}Schedule", ScheduleExpression=rate)
                made.resources[logical_id] = rule
                made.resources[f"{function.prefix}LambdaPermissionEventsRuleSchedule{number}"] = permission(
                    function.arn, _PRINCIPAL, {"Fn::GetAtt": [logical_id, "Arn"]}
                )
    if is_scheduled:
        name = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + function.name
        made.statements.append(allowed(["lambda:InvokeFunction"], [{"Fn::Sub": name}, {"Fn::Sub": f"{name}:*"}]))
    return made


def cloudwatch_resources(_service: Service, function: Function) -> Made:
    """A function's `cloudwatchEvent` events."""
    made = Made()
    for number, settings in enumerate(function.events("cloudwatchEvent"), 1):
        _require_one_input(function, settings)
        logical_id = f"{function.prefix}EventsRuleCloudWatchEvent{number}"
        rule = _rule(function, settings, f"{function.key}CloudWatchEvent", EventPattern=settings.get("event"))
        made.resources[logical_id] = rule
        made.resources[f"{function.prefix}LambdaPermissionEventsRuleCloudWatchEvent{number}"] = permission(
            function.arn, _PRINCIPAL, {"Fn::GetAtt": [logical_id, "Arn"]}
        )
    return made


def bridge_resources(_service: Service, function: Function) -> Made:
    """A function's `eventBridge` events, with the buses that they name and that aren't there."""
    made = Made()
    for number, settings in function.numbered_events("eventBridge"):
        _require_one_input(function, settings)
        stub = f"{function.name}-rule-{number}"
        name = settings.get("name") or _shortened(stub, f"rule-{number}")
        bus, is_new = settings.get("eventBus"), False
        if isinstance(bus, str):
            is_new = not bus.startswith("arn") and bus != "default"
            bus = bus.partition("/")[2] if bus.startswith("arn") else bus
        bus = None if bus == "default" else bus
        bus_id = f"{normalized(str(bus))}EventBridgeEventBus" if is_new else None
        if bus_id is not None:
            made.resources[bus_id] = resource("AWS::Events::EventBus", {"Name": bus})
        rule = _rule(
            function,
            {**settings, "name": name},
            _shortened(f"{name}-target", "target"),
            ScheduleExpression=settings.get("schedule"),
            EventPattern=settings.get("pattern"),
            EventBusName=bus,
        )
        made.resources[f"{alphanumeric(stub)}EventBridgeRule"] = {**rule, **({"DependsOn": bus_id} if bus_id else {})}
        path = {"Fn::Join": ["/", ["rule", *([bus] if bus else []), name]]}
        source = {"Fn::Join": [":", ["arn", PARTITION, "events", REGION, ACCOUNT, path]]}
        logical_id = f"{function.prefix}EventBridgeLambdaPermission{number}"
        made.resources[logical_id] = permission(function.arn, _PRINCIPAL, source)
    return made


def _rule(function: Function, settings: Mapping[str, Any], target_id: str, **properties: Any) -> dict[str, Any]:
    transformer = settings.get("inputTransformer")
    retries = settings.get("retryPolicy")
    queue = settings.get("deadLetterQueueArn")
    target = {
        "Arn": function.arn,
        "Id": target_id,
        "Input": _input(settings),
        "InputPath": settings.get("inputPath"),
        "InputTransformer": {capitalized(key): value for key, value in transformer.items()} if transformer else None,
        "RetryPolicy": _retries(retries) if retries else None,
        "DeadLetterConfig": {"Arn": queue} if queue else None,
    }
    return resource(
        "AWS::Events::Rule",
        {
            **properties,
            "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
            "Name": settings.get("name"),
            "Description": settings.get("description"),
            "Targets": [{key: value for key, value in target.items() if value is not None}],
        },
    )


def _schedule(role: Any, function: Function, rate: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    role = settings.get("roleArn") or role
    target = {"Arn": function.arn, "RoleArn": role, "Input": _input(settings)}
    return resource(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": rate,
            "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
            "Target": {key: value for key, value in target.items() if value is not None},
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Name": settings.get("name"),
            "GroupName": settings.get("groupName"),
            "Description": settings.get("description"),
            "ScheduleExpressionTimezone": settings.get("timezone"),
        },
    )


def _input(settings: Mapping[str, Any]) -> str | None:
    given = settings.get("input")
    if not isinstance(given, dict | list):
        return given
    if isinstance(given, dict) and isinstance(given.get("body"), str):
        given = {**given, "body": json.loads(given["body"])}
    return json.dumps(given, separators=(",", ":"))


def _retries(given: Mapping[str, Any]) -> dict[str, Any]:
    members = {"maximumEventAge": "MaximumEventAgeInSeconds", "maximumRetryAttempts": "MaximumRetryAttempts"}
    return {member: given[key] for key, member in members.items() if key in given}


def _require_one_input(function: Function, settings: Any) -> None:
    if not isinstance(settings, dict):
        raise TemplateInvalid(f"an event rule of the function {function.key} is not an object.")
    if sum(bool(settings.get(key)) for key in ("input", *_BUS_ONLY)) > 1:
        raise TemplateInvalid(
            f"an event rule of the function {function.key} has more than one of input, inputPath and inputTransformer."
        )


def _shortened(name: str, suffix: str) -> str:
    """A name of at most 64 characters."""
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: 31 - len(suffix)]}{digest}-{suffix}"
