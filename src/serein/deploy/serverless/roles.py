"""The roles of a service's functions: the one that they share, and those of functions with statements of their own."""

from collections.abc import Iterable, Mapping
from typing import Any

from serein.deploy.serverless.fragments import PARTITION, REGION, Made, Resource, allowed, joined, resource
from serein.deploy.serverless.service import ROLE, Function, Service

_LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
_VPC_POLICY = joined("arn:", PARTITION, ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")


def shared_role(service: Service, statements: list[dict[str, Any]]) -> Made:
    """The role of the functions that have none of their own; `statements` are what their settings and events need."""
    if not service.has_shared_role:
        return Made()
    provider = service.provider
    given: Mapping[str, Any] = (provider.get("iam") or {}).get("role") or {}
    managed = list(given.get("managedPolicies") or provider.get("iamManagedPolicies") or ())
    if provider.get("vpc") or any("vpc" in each.settings for each in service.functions):
        managed.append(_VPC_POLICY)
    role = _role(
        service,
        given.get("name") or _joined_name(service.name, service.stage, REGION, "lambdaRole"),
        [*_log_statements(service), *_own_statements(provider), *statements],
        managed,
        _principals(service.functions),
    )
    return Made({ROLE: role})


def function_roles(service: Service, needs: Mapping[str, list[dict[str, Any]]]) -> Made:
    """A role for each function that has statements of its own; `needs` are those of its settings and events.

    https://www.serverless.com/plugins/serverless-iam-roles-per-function
    """
    made = Made()
    custom = service.custom.get("serverless-iam-roles-per-function") or {}
    for function in service.functions:
        own = own_statements(function)
        if own is None:
            continue
        settings = function.settings
        given = settings.get("iam")
        iam: Mapping[str, Any] = given if isinstance(given, dict) else {}
        inherits = settings.get("iamRoleStatementsInherit", iam.get("inheritStatements", custom.get("defaultInherit")))
        logs = allowed(
            ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"],
            [{"Fn::Sub": f"{_LOGS}{function.name}:*:*"}],
        )
        inherited = _own_statements(service.provider) if inherits else []
        name = settings.get("iamRoleStatementsName") or (iam.get("role") or {}).get("name")
        in_vpc = settings.get("vpc") or service.provider.get("vpc")
        made.resources[role_id(function)] = _role(
            service,
            name or _joined_name(service.name, service.stage, function.key, REGION, "lambdaRole"),
            [logs, *needs.get(function.key, ()), *inherited, *own],
            [*((iam.get("role") or {}).get("managedPolicies") or ()), *([_VPC_POLICY] if in_vpc else [])],
            _principals([function]),
            settings.get("iamPermissionsBoundary"),
        )
    return made


def own_statements(function: Function) -> list[dict[str, Any]] | None:
    """The statements that a function alone has; None for a function without a role of its own making."""
    settings = function.settings
    if "iamRoleStatements" in settings:
        return list(settings["iamRoleStatements"] or ())
    iam = settings.get("iam")
    role = iam.get("role") if isinstance(iam, dict) else None
    return list(role.get("statements") or ()) if isinstance(role, dict) and "role" not in settings else None


def role_of(service: Service, function: Function) -> Any:
    """The ARN of the role that a function has: its own, the provider's, or the shared one."""
    role = function.settings.get("role")
    if role is None and own_statements(function) is not None:
        return {"Fn::GetAtt": [role_id(function), "Arn"]}
    if role is None:
        role = ROLE if service.external_role is None else service.external_role
    is_id = isinstance(role, str) and not role.startswith("arn:")
    return {"Fn::GetAtt": [role, "Arn"]} if is_id else role


def role_id(function: Function) -> str:
    """The logical id of a function's own role."""
    return f"{function.prefix}{ROLE}"


def _role(
    service: Service,
    name: Any,
    statements: list[dict[str, Any]],
    managed: list[Any],
    principals: list[str],
    boundary: Any = None,
) -> Resource:
    given: Mapping[str, Any] = (service.provider.get("iam") or {}).get("role") or {}
    boundary = boundary or given.get("permissionsBoundary") or given.get("permissionBoundary")
    tags = [{"Key": key, "Value": value} for key, value in (given.get("tags") or {}).items()]
    trust = {"Effect": "Allow", "Principal": {"Service": principals}, "Action": ["sts:AssumeRole"]}
    policy = {
        "PolicyName": _joined_name(service.name, service.stage, "lambda"),
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
        "Path": given.get("path") or "/",
        "RoleName": name,
        "ManagedPolicyArns": managed or None,
        "PermissionsBoundary": boundary or service.provider.get("rolePermissionsBoundary"),
        "Tags": tags or None,
    }
    return resource("AWS::IAM::Role", properties)


def _joined_name(*parts: Any) -> Any:
    return {"Fn::Join": ["-", list(parts)]}


def _own_statements(provider: Mapping[str, Any]) -> list[dict[str, Any]]:
    role = (provider.get("iam") or {}).get("role")
    given = role.get("statements") if isinstance(role, dict) else None
    found = given or provider.get("iamRoleStatements") or ()
    return [{**each, "Action": [each["Action"]]} if isinstance(each.get("Action"), str) else each for each in found]


def _principals(functions: Iterable[Function]) -> list[str]:
    """Who assumes the role: Lambda, and the scheduler where functions have its events."""
    schedules = [given for each in functions for given in each.events("schedule") if isinstance(given, dict)]
    uses_scheduler = any(given.get("method") == "scheduler" for given in schedules)
    return ["lambda.amazonaws.com", *(["scheduler.amazonaws.com"] if uses_scheduler else [])]


def _log_statements(service: Service) -> list[dict[str, Any]]:
    """To write logs: functions named as the framework names them share a prefix."""
    prefix = f"{service.name}-{service.stage}"
    logging = [each for each in service.functions if not each.settings.get("disableLogs")]
    names = [each.name for each in logging if not each.name.startswith(prefix)]
    silent = [each.name for each in service.functions if each not in logging and each.name.startswith(prefix)]
    if len(names) < len(logging):
        names.append(f"{prefix}*")
    made = [
        allowed(
            ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"],
            [{"Fn::Sub": f"{_LOGS}{name}:*"} for name in names],
        ),
        allowed(["logs:PutLogEvents"], [{"Fn::Sub": f"{_LOGS}{name}:*:*"} for name in names]),
    ]
    if silent and f"{prefix}*" in names:
        denied = [{"Fn::Sub": f"{_LOGS}{name}:*"} for name in silent]
        made.append({"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": denied})
    return made if names else []
