"""The roles that state machines have unless they name one, and those of what starts them."""

import re
from collections.abc import Mapping
from typing import Any

from serein.deploy.serverless.fragments import REGION, Resource, joined, resource
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.definitions import task_states

_INTEGRATION = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)")
_INVOKE = "lambda:InvokeFunction"
_LOGS = ("logs:CreateLogDelivery", "logs:DescribeLogGroups", "logs:ListLogDeliveries")
_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
_KEYS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]


def machine_role(service: Service, settings: Mapping[str, Any]) -> Resource:
    """A role that allows what the machine's tasks do, or what the configuration says."""
    statements = list(settings.get("iamRoleStatements") or ())
    actions: set[str] = set()
    if not statements:
        actions = {action for state in task_states(settings.get("definition")) for action in _actions(state)}
        actions = actions or {_INVOKE}
    if settings.get("loggingConfig"):
        actions |= set(_LOGS)
    if settings.get("tracingConfig"):
        actions |= set(_TRACES)
    if actions:
        statements.append({"Effect": "Allow", "Action": sorted(actions), "Resource": "*"})
    if settings.get("kmsKeyArns"):
        statements.append({"Effect": "Allow", "Action": _KEYS, "Resource": settings["kmsKeyArns"]})
    return role_for(service, joined("states.", REGION, ".amazonaws.com"), "tasks", statements)


def starting_role(service: Service, principal: str, machine: str) -> Resource:
    """A role with which a service starts a machine."""
    statement = {"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": {"Ref": machine}}
    return role_for(service, principal, "start", [statement])


def role_for(service: Service, principal: Any, policy: str, statements: list[dict[str, Any]]) -> Resource:
    provider = service.provider
    given = (provider.get("iam") or {}).get("role")
    trust = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": statements}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": policy, "PolicyDocument": document}],
        "Path": given.get("path") if isinstance(given, dict) else None,
        "PermissionsBoundary": provider.get("rolePermissionsBoundary"),
    }
    return resource("AWS::IAM::Role", properties)


def _actions(task: Mapping[str, Any]) -> set[str]:
    """What a task's role must be allowed, by the integration that its Resource names."""
    found = _INTEGRATION.match(str(task.get("Resource")))
    if found is None or found[1] == "lambda":
        return {_INVOKE}
    action = f"{found[1]}:{found[2][:1].upper()}{found[2][1:]}"
    return {action, "states:DescribeExecution", "states:StopExecution"} if found[1] == "states" else {action}
