"""serverless-plugin-canary-deployments: an alias per function, to whose new versions CodeDeploy shifts the traffic.

https://github.com/davidgf/serverless-plugin-canary-deployments
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import PARTITION, Made, allowed, alphanumeric, joined, resource
from serein.deploy.serverless.service import Function, Service

PLUGIN = "serverless-plugin-canary-deployments"
SECTION = FUNCTION_KEY = "deploymentSettings"
_OF_FUNCTIONS = frozenset({"type", "alias", "preTrafficHook", "postTrafficHook", "alarms", "triggerConfigurations"})
SECTION_READ = frozenset({*_OF_FUNCTIONS, "codeDeployRole", "codeDeployRolePermissionsBoundary", "stages"})
_ROLE = "CodeDeployServiceRole"
_ROLLBACKS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]


def settings_of(service: Service, function: Function) -> dict[str, Any] | None:
    """How a function's traffic is shifted; None when it isn't. Raises TemplateInvalid."""
    own = function.settings.get(FUNCTION_KEY)
    if PLUGIN not in service.plugins or not isinstance(own, dict):
        return None
    shared = _shared(service)
    if service.stage not in shared.get("stages", [service.stage]):
        return None
    settings = {**{key: value for key, value in shared.items() if key in _OF_FUNCTIONS}, **own}
    unknown = sorted(set(settings) - _OF_FUNCTIONS)
    if unknown or not settings.get("type") or not settings.get("alias"):
        what = f"has unknown {', '.join(unknown)}" if unknown else "needs a type and an alias"
        raise TemplateInvalid(f"functions.{function.key}.{FUNCTION_KEY} {what}.")
    return settings


def alias_id(function: Function, settings: Mapping[str, Any]) -> str:
    """The logical id of a function's alias."""
    return f"{function.logical_id}Alias{settings['alias']}"


def deployment_resources(service: Service) -> Made:
    """CodeDeploy's application, its role, and a group for each function whose traffic is shifted."""
    made = Made()
    for function in service.functions:
        settings = settings_of(service, function)
        if settings is not None:
            made.resources[f"{function.logical_id}DeploymentGroup"] = _group(service, function, settings)
            groups = "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:"
            name = f"${{{_application(service)}}}/{_group_name(service, function)}"
            made.statements.append(
                allowed(["codedeploy:PutLifecycleEventHookExecutionStatus"], [{"Fn::Sub": groups + name}])
            )
    if not made.resources:
        return made
    made.resources[_application(service)] = resource("AWS::CodeDeploy::Application", {"ComputePlatform": "Lambda"})
    if not _shared(service).get("codeDeployRole"):
        made.resources[_ROLE] = _role(service)
    return made


def update_policy(service: Service, function: Function, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What has CodeDeploy update a function's alias. Raises TemplateInvalid for a hook that isn't there."""
    policy: dict[str, Any] = {
        "ApplicationName": {"Ref": _application(service)},
        "DeploymentGroupName": {"Ref": f"{function.logical_id}DeploymentGroup"},
    }
    for key, member in (("preTrafficHook", "BeforeAllowTrafficHook"), ("postTrafficHook", "AfterAllowTrafficHook")):
        if settings.get(key):
            hook = service.require_function(str(settings[key]), f"functions.{function.key}.{FUNCTION_KEY}.{key}")
            policy[member] = {"Ref": hook.logical_id}
    return {"CodeDeployLambdaAliasUpdate": policy}


def _shared(service: Service) -> Mapping[str, Any]:
    given = service.custom.get(SECTION)
    return given if isinstance(given, dict) else {}


def _application(service: Service) -> str:
    return f"{alphanumeric(service.stack_name)}DeploymentApplication"


def _group_name(service: Service, function: Function) -> str:
    return f"{service.stack_name}-{function.logical_id}DeploymentGroup"


def _group(service: Service, function: Function, settings: Mapping[str, Any]) -> dict[str, Any]:
    alarms = [
        {"Name": {"Ref": each} if isinstance(each, str) else each["name"]} for each in settings.get("alarms") or ()
    ]
    properties = {
        "ApplicationName": {"Ref": _application(service)},
        "DeploymentGroupName": _group_name(service, function),
        "AutoRollbackConfiguration": {"Enabled": True, "Events": _ROLLBACKS},
        "ServiceRoleArn": _shared(service).get("codeDeployRole") or {"Fn::GetAtt": [_ROLE, "Arn"]},
        "DeploymentConfigName": {
            "Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": settings["type"]}]
        },
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "AlarmConfiguration": {"Alarms": alarms, "Enabled": True} if alarms else None,
        "TriggerConfigurations": settings.get("triggerConfigurations"),
    }
    return resource("AWS::CodeDeploy::DeploymentGroup", properties)


def _role(service: Service) -> dict[str, Any]:
    policies = ("service-role/AWSCodeDeployRoleForLambdaLimited", "AWSLambda_FullAccess")
    trust = {"Effect": "Allow", "Principal": {"Service": ["codedeploy.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "ManagedPolicyArns": [joined("arn:", PARTITION, f":iam::aws:policy/{each}") for each in policies],
        "PermissionsBoundary": _shared(service).get("codeDeployRolePermissionsBoundary"),
    }
    return resource("AWS::IAM::Role", properties)
