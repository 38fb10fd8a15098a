"""Events of functions that need little: log groups, Alexa, IoT rules, triggers of user pools.

https://www.serverless.com/framework/docs/providers/aws/guide/events
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import REGION, Made, alphanumeric, arn, joined, permission, resource
from serein.deploy.serverless.service import Function, Service


def log_resources(_service: Service, function: Function) -> Made:
    """A function's `cloudwatchLog` events: one permission serves all of its log groups."""
    made, groups = Made(), []
    permission_id = f"{function.prefix}LambdaPermissionLogsSubscriptionFilterCloudWatchLog"
    for number, given in enumerate(function.events("cloudwatchLog"), 1):
        settings: Mapping[str, Any] = given if isinstance(given, dict) else {"logGroup": given}
        if not isinstance(settings.get("logGroup"), str):
            raise TemplateInvalid(f"a cloudwatchLog event of the function {function.key} has no logGroup's name.")
        groups.append(settings["logGroup"])
        properties = {
            "LogGroupName": settings["logGroup"],
            "FilterPattern": settings.get("filter") or "",
            "DestinationArn": function.arn,
        }
        made.resources[f"{function.prefix}LogsSubscriptionFilterCloudWatchLog{number}"] = resource(
            "AWS::Logs::SubscriptionFilter", properties, DependsOn=[permission_id]
        )
    if groups:
        prefix = _shared_start(groups)
        shared = prefix if len(groups) == 1 or prefix.endswith("*") else f"{prefix}*"
        principal = joined("logs.", REGION, ".amazonaws.com")
        source = arn("logs", "log-group:", shared, ":*")
        made.resources[permission_id] = permission(function.arn, principal, source)
    return made


def _shared_start(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    differs = (at for at, character in enumerate(first) if last[at : at + 1] != character)
    return first[: next(differs, len(first))]


def alexa_resources(_service: Service, function: Function) -> Made:
    """A function's `alexaSkill` and `alexaSmartHome` events: permissions."""
    made = Made()
    bare = sum(event == "alexaSkill" for event in function.settings.get("events") or ())
    skills = [*function.events("alexaSkill"), *[{}] * bare]
    for kind, principal, given in (
        ("AlexaSkill", "alexa-appkit.amazon.com", skills),
        ("AlexaSmartHome", "alexa-connectedhome.amazon.com", list(function.events("alexaSmartHome"))),
    ):
        for number, event in enumerate(given, 1):
            settings: Mapping[str, Any] = event if isinstance(event, dict) else {"appId": event}
            token = settings.get("appId")
            allows = permission(function.arn, principal, EventSourceToken=token)
            if settings.get("enabled") is False:
                allows["Properties"]["Action"] = "lambda:DisableInvokeFunction"
            made.resources[f"{function.prefix}LambdaPermission{kind}{number}"] = allows
    return made


def iot_resources(_service: Service, function: Function) -> Made:
    """A function's `iot` events."""
    made = Made()
    for number, settings in enumerate(function.events("iot"), 1):
        logical_id = f"{function.prefix}IotTopicRule{number}"
        payload = {
            "RuleDisabled": settings.get("enabled") is False,
            "Sql": settings.get("sql"),
            "Actions": [{"Lambda": {"FunctionArn": function.arn}}],
            "Description": settings.get("description"),
            "AwsIotSqlVersion": settings.get("sqlVersion"),
        }
        rule = {key: value for key, value in payload.items() if value is not None}
        properties = {"RuleName": settings.get("name"), "TopicRulePayload": rule}
        made.resources[logical_id] = resource("AWS::IoT::TopicRule", properties)
        made.resources[f"{function.prefix}LambdaPermissionIotTopicRule{number}"] = permission(
            function.arn, "iot.amazonaws.com", arn("iot", "rule/", {"Ref": logical_id})
        )
    return made


def pool_resources(service: Service) -> Made:
    """The `cognitoUserPool` events of all functions, by pool. Raises TemplateInvalid for pools of other stacks."""
    made = Made()
    for function in service.functions:
        for settings in function.events("cognitoUserPool"):
            if settings.get("existing"):
                raise TemplateInvalid(
                    f"the function {function.key} has a cognitoUserPool event of a pool of another stack "
                    "(`existing: true`), which is not supported here."
                )
            pool, trigger = str(settings.get("pool")), str(settings.get("trigger"))
            logical_id = f"CognitoUserPool{alphanumeric(pool)}"
            properties: dict[str, Any] = {"UserPoolName": pool, "LambdaConfig": {}}
            made.resources.setdefault(logical_id, resource("AWS::Cognito::UserPool", properties, DependsOn=[]))
            found = made.resources[logical_id]
            if function.logical_id not in found["DependsOn"]:
                found["DependsOn"].append(function.logical_id)
            triggers = found["Properties"]["LambdaConfig"]
            if trigger in ("CustomSMSSender", "CustomEmailSender"):
                version = settings.get("lambdaVersion") or "V1_0"
                triggers[trigger] = {"LambdaArn": function.arn, "LambdaVersion": version}
                if settings.get("kmsKeyId"):
                    triggers["KMSKeyID"] = settings["kmsKeyId"]
            elif trigger == "PreTokenGeneration" and settings.get("lambdaVersion"):
                triggers["PreTokenGenerationConfig"] = {
                    "LambdaArn": function.arn,
                    "LambdaVersion": settings["lambdaVersion"],
                }
            else:
                triggers[trigger] = function.arn
            permission_id = (
                f"{function.prefix}LambdaPermissionCognitoUserPool{alphanumeric(pool)}"
                f"TriggerSource{alphanumeric(trigger)}"
            )
            source = {"Fn::GetAtt": [logical_id, "Arn"]}
            made.resources[permission_id] = permission(function.arn, "cognito-idp.amazonaws.com", source)
    return made
