"""Functions of a service as the framework makes them: the function, its log group, URL and asynchronous settings.

https://www.serverless.com/framework/docs/providers/aws/guide/functions
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.contents import add_contents, image_of, runtime_of
from serein.deploy.serverless.fragments import Made, allowed, permission, resource
from serein.deploy.serverless.roles import role_of
from serein.deploy.serverless.service import Function, Service

_URL_HEADERS = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
]
_URL_CORS = {
    "allowedHeaders": ("AllowHeaders", _URL_HEADERS),
    "allowedMethods": ("AllowMethods", ["*"]),
    "allowedOrigins": ("AllowOrigins", ["*"]),
    "allowCredentials": ("AllowCredentials", None),
    "exposedResponseHeaders": ("ExposeHeaders", None),
    "maxAge": ("MaxAge", None),
}
_LOGGING = {
    "applicationLogLevel": "ApplicationLogLevel",
    "logFormat": "LogFormat",
    "logGroup": "LogGroup",
    "systemLogLevel": "SystemLogLevel",
}
_UPDATES = {"auto": "Auto", "onFunctionUpdate": "FunctionUpdate", "manual": "Manual"}
_DESTINATIONS = {
    ":function:": "lambda:InvokeFunction",
    ":sqs:": "sqs:SendMessage",
    ":sns:": "sns:Publish",
    ":event-bus/": "events:PutEvents",
}
_DESTINATION_TYPES = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}


def function_resources(service: Service, function: Function) -> Made:
    """A function with what belongs to it, its events aside. Raises TemplateInvalid."""
    settings = function.settings
    if bool(settings.get("handler")) == bool(settings.get("image")):
        raise TemplateInvalid(f"the function {function.key} needs either a handler or an image.")
    made = Made()
    built = _function(service, function, made)
    made.resources[function.logical_id] = built
    if not settings.get("disableLogs"):
        group = f"{function.prefix}LogGroup"
        properties = {
            "LogGroupName": f"/aws/lambda/{function.name}",
            "RetentionInDays": settings.get("logRetentionInDays") or service.provider.get("logRetentionInDays"),
            "DataProtectionPolicy": settings.get("logDataProtectionPolicy")
            or service.provider.get("logDataProtectionPolicy"),
        }
        made.resources[group] = resource("AWS::Logs::LogGroup", properties)
        built["DependsOn"] = [group, *built.get("DependsOn", ())]
    _add_url(function, made)
    _add_asynchronous(service, function, made)
    return made


def _function(service: Service, function: Function, made: Made) -> dict[str, Any]:
    settings, provider = function.settings, service.provider
    tags = {**(provider.get("tags") or {}), **(settings.get("tags") or {})}
    environment = {
        **service.variables,
        **(provider.get("environment") or {}),
        **(settings.get("environment") or {}),
    }
    environment = {name: value for name, value in environment.items() if value is not None}
    architecture = settings.get("architecture") or provider.get("architecture")
    storage = settings.get("ephemeralStorageSize")
    properties = {
        "FunctionName": function.name,
        "MemorySize": settings.get("memorySize") or provider.get("memorySize") or 1024,
        "Timeout": settings.get("timeout") or provider.get("timeout") or 6,
        "Architectures": [architecture] if architecture else None,
        "Description": settings.get("description") or None,
        "SnapStart": {"ApplyOn": "PublishedVersions"} if settings.get("snapStart") else None,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()] or None,
        "EphemeralStorage": {"Size": storage} if storage else None,
        "RecursiveLoop": settings.get("recursiveLoop"),
        "Environment": {"Variables": environment} if environment else None,
        "Role": role_of(service, function),
        "VpcConfig": _vpc(service, function),
        "ReservedConcurrentExecutions": settings.get("reservedConcurrency"),
        "Layers": settings.get("layers") or provider.get("layers"),
        "LoggingConfig": _logging(service, function),
        **_with_statements(service, function, made),
    }
    role = settings.get("role")
    waits = list(settings["dependsOn"]) if isinstance(settings.get("dependsOn"), list) else []
    waits += [settings["dependsOn"]] if isinstance(settings.get("dependsOn"), str) else []
    waits += [role] if isinstance(role, str) and not role.startswith("arn:") else []
    attributes = {"Condition": settings.get("condition"), "DependsOn": waits or None}
    built = resource("AWS::Lambda::Function", properties, **attributes)
    if settings.get("image"):
        more, metadata = image_of(service, function)
        built["Properties"] |= more
        return {**built, **({"Metadata": metadata} if metadata else {})}
    built["Properties"] |= {"Handler": settings["handler"], "Runtime": runtime_of(service, function)}
    add_contents(service, function, built)
    return built


def _with_statements(service: Service, function: Function, made: Made) -> dict[str, Any]:
    """The properties that need something of the function's role."""
    settings, provider = function.settings, service.provider
    found: dict[str, Any] = {"RuntimeManagementConfig": _runtime_management(service, function)}
    queue = settings.get("onError")
    if queue:
        found["DeadLetterConfig"] = {"TargetArn": queue}
        if isinstance(queue, str):
            made.statements.append(allowed(["sns:Publish"], [queue]))
    key = settings.get("kmsKeyArn") or provider.get("kmsKeyArn")
    if key:
        found["KmsKeyArn"] = key
        if isinstance(key, str):
            made.statements.append(allowed(["kms:Decrypt"], [key]))
    tracing = settings.get("tracing") or (provider.get("tracing") or {}).get("lambda")
    if tracing:
        found["TracingConfig"] = {"Mode": "Active" if tracing is True else tracing}
        made.statements.append(allowed(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]))
    files = settings.get("fileSystemConfig")
    if files:
        found["FileSystemConfigs"] = [{"Arn": files.get("arn"), "LocalMountPath": files.get("localMountPath")}]
        actions = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        made.statements.append(allowed(actions, [files.get("arn")]))
    return found


def _vpc(service: Service, function: Function) -> Any:
    own = function.settings.get("vpc", {})
    if own is None or own is False:
        return None
    given: Mapping[str, Any] = {**(service.provider.get("vpc") or {}), **own}
    if not given.get("securityGroupIds") or not given.get("subnetIds"):
        return None
    dual = {"Ipv6AllowedForDualStack": True} if given.get("ipv6AllowedForDualStack") else {}
    return {"SecurityGroupIds": given["securityGroupIds"], "SubnetIds": given["subnetIds"], **dual}


def _logging(service: Service, function: Function) -> Any:
    logs = function.settings.get("logs") or (service.provider.get("logs") or {}).get("lambda")
    if not isinstance(logs, dict):
        return None
    return {member: logs[key] for key, member in _LOGGING.items() if logs.get(key)} or None


def _runtime_management(service: Service, function: Function) -> Any:
    given = function.settings.get("runtimeManagement") or service.provider.get("runtimeManagement") or "auto"
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {"mode": given}
    mode = settings.get("mode") or "auto"
    if mode not in _UPDATES:
        raise TemplateInvalid(f"the function {function.key} has the unknown runtimeManagement {mode}.")
    if mode == "auto":
        return None
    arn = {"RuntimeVersionArn": settings["arn"]} if mode == "manual" and "arn" in settings else {}
    return {"UpdateRuntimeOn": _UPDATES[mode], **arn}


def _add_url(function: Function, made: Made) -> None:
    url = function.settings.get("url")
    if not url:
        return
    settings: Mapping[str, Any] = url if isinstance(url, dict) else {}
    is_open = settings.get("authorizer") != "aws_iam"
    streams = settings.get("invokeMode") == "RESPONSE_STREAM"
    properties = {
        "AuthType": "NONE" if is_open else "AWS_IAM",
        "TargetFunctionArn": function.arn,
        "Cors": _url_cors(settings.get("cors")),
        "InvokeMode": "RESPONSE_STREAM" if streams else None,
    }
    logical_id = f"{function.logical_id}Url"
    made.resources[logical_id] = resource("AWS::Lambda::Url", properties)
    made.outputs[logical_id] = {
        "Description": "Lambda Function URL",
        "Value": {"Fn::GetAtt": [logical_id, "FunctionUrl"]},
    }
    if is_open:
        by_url = permission(function.arn, "*", FunctionUrlAuthType="NONE")
        by_url["Properties"]["Action"] = "lambda:InvokeFunctionUrl"
        made.resources[f"{function.prefix}LambdaPermissionFnUrl"] = by_url
        made.resources[f"{function.prefix}LambdaPermissionFn"] = permission(
            function.arn, "*", InvokedViaFunctionUrl=True
        )


def _url_cors(given: Any) -> Any:
    if not given:
        return None
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {}
    cors = {member: settings.get(key, default) for key, (member, default) in _URL_CORS.items()}
    return {
        member: list(dict.fromkeys(value)) if isinstance(value, list) else value
        for member, value in cors.items()
        if value is not None
    }


def _add_asynchronous(service: Service, function: Function, made: Made) -> None:
    settings = function.settings
    destinations, age = settings.get("destinations") or {}, settings.get("maximumEventAge")
    if not destinations and not age and settings.get("maximumRetryAttempts") is None:
        return
    configured = {}
    for key, member in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        if destinations.get(key):
            target, statement = _destination(service, function, destinations[key])
            configured[member] = {"Destination": target}
            made.statements.append(statement)
    properties = {
        "FunctionName": {"Ref": function.logical_id},
        "DestinationConfig": configured,
        "Qualifier": "$LATEST",
        "MaximumEventAgeInSeconds": age or None,
        "MaximumRetryAttempts": settings.get("maximumRetryAttempts"),
    }
    made.resources[f"{function.prefix}LambdaEvConf"] = resource("AWS::Lambda::EventInvokeConfig", properties)


def _destination(service: Service, function: Function, given: Any) -> tuple[Any, dict[str, Any]]:
    """A destination's ARN, and the statement that lets the function's role reach it."""
    what = f"a destination of the function {function.key}"
    if isinstance(given, dict):
        action = _DESTINATION_TYPES.get(str(given.get("type")))
        if action is None:
            raise TemplateInvalid(f"{what} has an unknown type.")
        return given["arn"], {"Effect": "Allow", "Action": action, "Resource": given["arn"]}
    if given.startswith("arn:"):
        action = next((action for part, action in _DESTINATIONS.items() if part in given), None)
        if action is None:
            raise TemplateInvalid(f"{what} is {given}, which can't be one.")
        return given, {"Effect": "Allow", "Action": action, "Resource": given}
    other = service.require_function(given, what)
    # By name, because the role would wait for a function that waits for the role.
    arn = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + other.name}
    return other.arn, {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}
