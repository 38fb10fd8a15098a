"""`stepFunctions` of a service: its state machines, each with the role that its tasks need.

https://www.serverless.com/plugins/serverless-step-functions
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.serverless.fragments import REGION, Made, capitalized, joined, normalized, resource
from serein.deploy.serverless.service import Service

_KEYS = frozenset(
    (
        "id",
        "name",
        "type",
        "definition",
        "role",
        "dependsOn",
        "tags",
        "inheritGlobalTags",
        "loggingConfig",
        "tracingConfig",
        "retain",
        "events",
    )
)
_INTEGRATION = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)")
_INVOKE = "lambda:InvokeFunction"
_RULES = {"schedule": "Schedule", "cloudwatchEvent": "CloudWatchEvent", "eventBridge": "EventBridge"}


def state_machine_resources(service: Service) -> Made:
    """The machines with their roles and the rules that start them."""
    made = Made()
    given: Mapping[str, Any] = service.document.get("stepFunctions") or {}
    for key, settings in (given.get("stateMachines") or {}).items():
        custom = settings.get("id") or settings.get("name")
        logical_id = normalized(str(custom)) if custom else f"{normalized(str(key))}StepFunctionsStateMachine"
        role = settings.get("role")
        if role is None:
            made.resources[f"{logical_id}Role"] = _role(settings)
        made.resources[logical_id] = _machine(service, settings, role, logical_id)
        for number, event in enumerate(settings.get("events") or (), 1):
            made.resources |= _rule(str(key), number, event, logical_id)
        if not given.get("noOutput"):
            output_id = f"{normalized(str(custom))}Arn" if custom else f"{logical_id}Arn"
            made.outputs[output_id] = {"Description": "Current StateMachine Arn", "Value": {"Ref": logical_id}}
    return made


def _machine(service: Service, settings: Mapping[str, Any], role: Any, logical_id: str) -> dict[str, Any]:
    inherited = service.provider.get("tags") if settings.get("inheritGlobalTags", True) else None
    tags = [
        {"Key": key, "Value": str(value)}
        for given in (inherited, settings.get("tags"))
        for key, value in (given or {}).items()
    ]
    logging = settings.get("loggingConfig")
    destinations = [
        {"CloudWatchLogsLogGroup": {"LogGroupArn": arn}} for arn in (logging or {}).get("destinations") or ()
    ]
    waits = settings.get("dependsOn") or []
    waits = [*([f"{logical_id}Role"] if role is None else []), *([waits] if isinstance(waits, str) else waits)]
    tracing = settings.get("tracingConfig")
    properties = {
        "DefinitionString": _definition(service, settings.get("definition")),
        "RoleArn": role if role is not None else {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]},
        "StateMachineName": settings.get("name"),
        "StateMachineType": settings.get("type"),
        "Tags": tags or None,
        "TracingConfiguration": {"Enabled": bool(tracing.get("enabled"))} if tracing else None,
        "LoggingConfiguration": {
            "Level": logging.get("level"),
            "IncludeExecutionData": bool(logging.get("includeExecutionData")),
            "Destinations": destinations,
        }
        if logging
        else None,
    }
    kept = "Retain" if settings.get("retain") else None
    return resource("AWS::StepFunctions::StateMachine", properties, DependsOn=waits or None, DeletionPolicy=kept)


def _definition(service: Service, given: Any) -> Any:
    """The definition as text, with what CloudFormation puts into it; functions are named as in the configuration."""
    if isinstance(given, str):
        return given
    values: dict[str, Any] = {}

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            return [replaced(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (function := next(iter(value))).startswith(("Fn::", "Ref")):
            name = "V" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
            values[name] = _translated(service, function, value[function])
            return f"${{{name}}}"
        return {key: replaced(item) for key, item in value.items()}

    text = json.dumps(replaced(given), indent=2)
    if "#{" in text:
        text = text.replace("#{", "${")
        return {"Fn::Sub": [text, values] if values else text}
    return {"Fn::Sub": [text, values]} if values else text


def _translated(service: Service, function: str, argument: Any) -> dict[str, Any]:
    """A reference to a function by its name in the configuration, as one to its resource."""
    name = argument[0] if isinstance(argument, list) and argument else argument
    found = service.find_function(name) if isinstance(name, str) else None
    if found is None or function not in ("Ref", "Fn::GetAtt"):
        return {function: argument}
    return {"Fn::GetAtt": [found.logical_id, "Arn"]}


def _role(settings: Mapping[str, Any]) -> dict[str, Any]:
    actions = {action for state in _tasks(settings.get("definition")) for action in _actions(state)}
    if settings.get("loggingConfig"):
        actions |= {"logs:CreateLogDelivery", "logs:ListLogDeliveries", "logs:DescribeLogGroups"}
    if settings.get("tracingConfig"):
        actions |= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    principal = {"Service": joined("states.", REGION, ".amazonaws.com")}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": sorted(actions or {_INVOKE}), "Resource": "*"}
    policy = {"PolicyName": "tasks", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": document, "Policies": [policy]})


def _tasks(definition: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(definition, list):
        for item in definition:
            yield from _tasks(item)
    elif isinstance(definition, dict):
        if definition.get("Type") == "Task":
            yield definition
        for item in definition.values():
            yield from _tasks(item)


def _actions(task: Mapping[str, Any]) -> set[str]:
    """What a task's role must be allowed, by the integration that its Resource names."""
    found = _INTEGRATION.match(str(task.get("Resource")))
    if found is None or found[1] == "lambda":
        return {_INVOKE}
    action = f"{found[1]}:{found[2][:1].upper()}{found[2][1:]}"
    return {action, "states:DescribeExecution", "states:StopExecution"} if found[1] == "states" else {action}


def state_machine_notices(service: Service) -> Iterator[str]:
    """What of the machines is not made."""
    given: Mapping[str, Any] = service.document.get("stepFunctions") or {}
    unknown = sorted(set(given) - {"stateMachines", "noOutput", "validate"})
    if unknown:
        yield f"stepFunctions has what is not made here: {', '.join(unknown)}."
    for key, settings in (given.get("stateMachines") or {}).items():
        place = f"stepFunctions.stateMachines.{key}"
        if unknown := sorted(set(settings) - _KEYS):
            yield f"{place} has what is not made here: {', '.join(unknown)}."
        for event in settings.get("events") or ():
            kind = next(iter(event), "") if isinstance(event, dict) else event
            if kind not in _RULES:
                yield f"{place}: the event {kind} is left out, nothing starts the machine by it."


def _rule(key: str, number: int, event: Any, machine: str) -> dict[str, Any]:
    """A rule that starts a state machine, and the role that it has for that; nothing for events of other kinds."""
    kind = next(iter(event), "") if isinstance(event, dict) else ""
    if kind not in _RULES:
        return {}
    given = event[kind]
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {"rate": given}
    prefix, name = normalized(key), _RULES[kind]
    role_id = f"{prefix}{name}ToStepFunctionsRole"
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allows = {"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": {"Ref": machine}}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "start", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allows]}}],
    }
    target = {"Arn": {"Ref": machine}, "Id": f"{key}StepFunctions{name}", "RoleArn": {"Fn::GetAtt": [role_id, "Arn"]}}
    if settings.get("input") is not None:
        text = settings["input"]
        target["Input"] = text if isinstance(text, str) else json.dumps(text)
    for member in ("inputPath", "inputTransformer", "deadLetterConfig"):
        if settings.get(member):
            value = settings[member]
            shown = {capitalized(each): item for each, item in value.items()} if isinstance(value, dict) else value
            target[capitalized(member)] = {"Arn": value} if member == "deadLetterConfig" else shown
    rule = {
        "ScheduleExpression": settings.get("rate"),
        "EventPattern": settings.get("event"),
        "EventBusName": settings.get("eventBusName"),
        "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
        "Name": settings.get("name"),
        "Description": settings.get("description"),
        "Targets": [target],
    }
    return {
        role_id: resource("AWS::IAM::Role", role),
        f"{prefix}StepFunctionsEventsRule{name}{number}": resource("AWS::Events::Rule", rule),
    }
