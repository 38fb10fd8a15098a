"""State machines and activities as resources, with their roles and outputs."""

from collections.abc import Mapping
from typing import Any

from serein.deploy.serverless.fragments import Made, normalized, resource
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.alarms import alarm_resources
from serein.deploy.serverless.workflows.definitions import definition_string
from serein.deploy.serverless.workflows.http import http_role
from serein.deploy.serverless.workflows.names import logical_id_of, machines_of, output_id_of
from serein.deploy.serverless.workflows.notifications import notification_resources
from serein.deploy.serverless.workflows.roles import machine_role
from serein.deploy.serverless.workflows.rules import rule_resources


def state_machine_resources(service: Service) -> Made:
    """All that `stepFunctions` comes to but methods of the REST API. Raises TemplateInvalid."""
    made = Made()
    given: Mapping[str, Any] = service.document.get("stepFunctions") or {}
    for key, settings in machines_of(service.document):
        logical_id = logical_id_of(key, settings)
        if settings.get("role") is None:
            made.resources[f"{logical_id}Role"] = machine_role(service, settings)
        made.resources[logical_id] = _machine(service, key, settings, logical_id)
        made.resources |= rule_resources(service, key, settings, logical_id)
        made.resources |= alarm_resources(service, key, settings, logical_id)
        made.resources |= notification_resources(service, key, settings, logical_id)
        if not given.get("noOutput"):
            output = {"Description": "Current StateMachine Arn", "Value": {"Ref": logical_id}}
            made.outputs[output_id_of(key, settings)] = output
    made.resources |= http_role(service)
    for name in given.get("activities") or ():
        prefix = f"{normalized(str(name))}StepFunctionsActivity"
        made.resources[prefix] = resource("AWS::StepFunctions::Activity", {"Name": str(name)})
        made.outputs[f"{prefix}Arn"] = {"Description": "Current StateMachine Arn", "Value": {"Ref": prefix}}
    return made


def _machine(service: Service, key: str, settings: Mapping[str, Any], logical_id: str) -> dict[str, Any]:
    inherited = service.provider.get("tags") if settings.get("inheritGlobalTags", True) else None
    tags = [
        {"Key": name, "Value": str(value)}
        for given in (inherited, settings.get("tags"))
        for name, value in (given or {}).items()
    ]
    role, tracing = settings.get("role"), settings.get("tracingConfig")
    waits = settings.get("dependsOn") or []
    waits = [*([f"{logical_id}Role"] if role is None else []), *([waits] if isinstance(waits, str) else waits)]
    properties = {
        "DefinitionString": definition_string(service, key, settings),
        "RoleArn": role if role is not None else {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]},
        "StateMachineName": settings.get("name"),
        "StateMachineType": settings.get("type"),
        "Tags": tags or None,
        "TracingConfiguration": {"Enabled": bool(tracing.get("enabled"))} if tracing else None,
        "LoggingConfiguration": _logging(settings.get("loggingConfig")),
        "EncryptionConfiguration": _encryption(settings.get("encryptionConfig")),
    }
    kept = "Retain" if settings.get("retain") else None
    return resource("AWS::StepFunctions::StateMachine", properties, DependsOn=waits or None, DeletionPolicy=kept)


def _logging(given: Any) -> dict[str, Any] | None:
    if not given:
        return None
    logging: dict[str, Any] = {
        "Level": given.get("level") or "OFF",
        "IncludeExecutionData": bool(given.get("includeExecutionData")),
    }
    destinations = [{"CloudWatchLogsLogGroup": {"LogGroupArn": arn}} for arn in given.get("destinations") or ()]
    return {**logging, "Destinations": destinations} if destinations else logging


def _encryption(given: Any) -> dict[str, Any] | None:
    if not given:
        return None
    kind = given.get("Type") or "AWS_OWNED_KEY"
    if kind == "AWS_OWNED_KEY":
        return {"Type": kind}
    return {
        "Type": kind,
        "KmsKeyId": given.get("KmsKeyId"),
        "KmsDataKeyReusePeriodSeconds": given.get("KmsDataKeyReusePeriodSeconds", 900),
    }
