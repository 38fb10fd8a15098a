"""`http` events of functions, as the CloudFormation of a REST API that the framework makes of them.

Logical ids are the framework's, because templates refer to them (`ApiGatewayRestApi`, above all).
https://www.serverless.com/framework/docs/providers/aws/events/apigateway
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import path_part
from serein.deploy.serverless.http_cors import preflight
from serein.deploy.serverless.http_integrations import integration_of, joined, responses_of
from serein.deploy.serverless.http_keys import key_resources
from serein.deploy.serverless.http_requests import add_request
from serein.deploy.serverless.workflows.http import http_settings, machine_events, machine_integration

Resource = dict[str, Any]
API, LOG_GROUP = "ApiGatewayRestApi", "ApiGatewayLogGroup"
_LOGGED = (
    ("requestId", "requestId"),
    ("ip", "identity.sourceIp"),
    ("caller", "identity.caller"),
    ("user", "identity.user"),
    ("requestTime", "requestTime"),
    ("httpMethod", "httpMethod"),
    ("resourcePath", "resourcePath"),
    ("status", "status"),
    ("protocol", "protocol"),
    ("responseLength", "responseLength"),
)
_LOG_FORMAT = ", ".join(f"{name}: $context.{variable}" for name, variable in _LOGGED)
_METHODS = ("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE", "ANY")
_KNOWN = frozenset(
    {
        "path",
        "method",
        "cors",
        "private",
        "authorizer",
        "integration",
        "request",
        "response",
        "async",
        "timeoutInMillis",
    }
    | {"operationId", "connectionType", "connectionId", "documentation"}
)


@dataclass(frozen=True, slots=True)
class RestApi:
    """What a service's `http` events come to; nothing for a service without any."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: a method of a path that a function answers, or that starts a state machine."""

    function: str
    """Its name in the configuration, or the state machine's."""
    path: str
    verb: str
    settings: Mapping[str, Any]
    machine: str = ""
    """The state machine's logical id."""


def rest_resources(service: Mapping[str, Any], stage: str) -> RestApi:
    """Of a configuration whose variables are resolved. Raises TemplateInvalid for an event that can't be understood."""
    events = [*_events(service.get("functions") or {}), *_machine_events(service)]
    if not events:
        return RestApi()
    provider = service.get("provider") or {}
    settings = provider.get("apiGateway") or {}
    external = settings.get("restApiId")
    api: Any = external or {"Ref": API}
    root = settings.get("restApiRootResourceId") or {"Fn::GetAtt": [API, "RootResourceId"]}
    resources: dict[str, Resource] = {} if external else {API: _api(service, provider, settings, stage)}
    parents = _paths(events, api, root, _known_paths(settings.get("restApiResources")), resources)
    methods = []
    for event in events:
        name = f"ApiGatewayMethod{path_name(event.path)}{event.verb.capitalize()}"
        methods.append(name)
        resources |= _method(service, stage, event, name, api, parents[event.path])
    methods += _preflights(events, api, parents, resources)
    digest = hashlib.sha256(json.dumps(resources, sort_keys=True, default=str).encode()).hexdigest()[:40]
    deployment = f"ApiGatewayDeployment{digest}"
    resources[deployment] = {
        **_resource("Deployment", RestApiId=api, StageName=stage, **_stage_description(provider)),
        "DependsOn": methods,
    }
    if _writes_access_logs(provider):
        group: Resource = {"LogGroupName": f"/aws/api-gateway/{service['service']}-{stage}"}
        if provider.get("logRetentionInDays"):
            group["RetentionInDays"] = provider["logRetentionInDays"]
        resources[LOG_GROUP] = {"Type": "AWS::Logs::LogGroup", "Properties": group}
    resources |= key_resources(service, settings, api, deployment, stage)
    url = joined("https://", api, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, f"/{stage}")
    return RestApi(resources, {"ServiceEndpoint": {"Description": "URL of the service endpoint", "Value": url}})


def _known_paths(given: Any) -> Mapping[str, Any]:
    """Resources that are there already, by path: an object, or a list of path and resourceId."""
    return {each["path"]: each["resourceId"] for each in given} if isinstance(given, list) else given or {}


def path_name(path: str) -> str:
    """A path as part of a logical id: `users/{id}` is `UsersIdVar`."""
    return "".join(path_part(part) for part in path.split("/") if part)


def function_name(name: str) -> str:
    """A function's or an authorizer's name as part of a logical id."""
    text = name.replace("-", "Dash").replace("_", "Underscore")
    return text[:1].upper() + text[1:]


def _events(functions: Mapping[str, Any]) -> Iterator[Event]:
    for name, function in functions.items():
        for given in http_settings((function or {}).get("events"), f"the function {name}"):
            unknown = set(given) - _KNOWN
            if unknown:
                raise TemplateInvalid(f"the function {name} has an http event with unknown {sorted(unknown)}")
            verb = str(given["method"]).upper().replace("*", "ANY")
            if verb not in _METHODS:
                raise TemplateInvalid(
                    f"the function {name} has an http event with the unknown method {given['method']}"
                )
            yield Event(name, str(given["path"]).strip("/"), verb, given)


def _machine_events(service: Mapping[str, Any]) -> Iterator[Event]:
    for name, machine, given in machine_events(service):
        verb = str(given["method"]).upper().replace("*", "ANY")
        if verb not in _METHODS:
            raise TemplateInvalid(
                f"the state machine {name} has an http event with the unknown method {given['method']}"
            )
        yield Event(name, str(given["path"]).strip("/"), verb, given, machine)


def _api(service: Mapping[str, Any], provider: Mapping[str, Any], settings: Mapping[str, Any], stage: str) -> Resource:
    names = [service["service"], stage] if settings.get("shouldStartNameWithService") else [stage, service["service"]]
    properties: dict[str, Any] = {
        "Name": provider.get("apiName") or "-".join(names),
        "EndpointConfiguration": {"Types": [str(provider.get("endpointType") or "EDGE").upper()]},
        "Policy": "",
    }
    if provider.get("vpcEndpointIds"):
        properties["EndpointConfiguration"]["VpcEndpointIds"] = provider["vpcEndpointIds"]
    policy = settings.get("resourcePolicy") or provider.get("resourcePolicy")
    if policy:
        properties["Policy"] = {"Version": "2012-10-17", "Statement": policy}
    else:
        del properties["Policy"]
    for name, member in (
        ("apiKeySourceType", "ApiKeySourceType"),
        ("binaryMediaTypes", "BinaryMediaTypes"),
        ("minimumCompressionSize", "MinimumCompressionSize"),
        ("description", "Description"),
        ("disableDefaultEndpoint", "DisableExecuteApiEndpoint"),
    ):
        if settings.get(name) is not None:
            properties[member] = settings[name]
    endpoint = settings.get("endpoint") or {}
    if endpoint.get("securityPolicy"):
        properties["SecurityPolicy"] = endpoint["securityPolicy"]
    if endpoint.get("accessMode"):
        properties["EndpointAccessMode"] = str(endpoint["accessMode"]).upper()
    if provider.get("tags"):
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in provider["tags"].items()]
    if "ApiKeySourceType" in properties:
        properties["ApiKeySourceType"] = str(properties["ApiKeySourceType"]).upper()
    return _resource("RestApi", **properties)


def _paths(
    events: list[Event], api: Any, root: Any, known: Mapping[str, Any], resources: dict[str, Resource]
) -> dict[str, Any]:
    """Add a resource for each path and those above it; what names each path's resource."""
    found: dict[str, Any] = {"": root, **{str(path).strip("/"): ref for path, ref in known.items()}}
    for event in events:
        parent = ""
        for part in [part for part in event.path.split("/") if part]:
            path = f"{parent}/{part}".strip("/")
            if path not in found:
                name = f"ApiGatewayResource{path_name(path)}"
                resources[name] = _resource("Resource", RestApiId=api, ParentId=found[parent], PathPart=part)
                found[path] = {"Ref": name}
            parent = path
    return found


def _method(
    service: Mapping[str, Any], stage: str, event: Event, name: str, api: Any, resource_id: Any
) -> dict[str, Resource]:
    """A method with the permission, the authorizer, the models and the validator that it needs."""
    settings = (service.get("provider") or {}).get("apiGateway") or {}
    timeout_millis = settings.get("timeoutInMillis")
    if event.machine:
        integration = machine_integration(event.settings, event.machine, timeout_millis)
    else:
        integration = integration_of(event.settings, function_name(event.function), timeout_millis)
    properties: dict[str, Any] = {
        "RestApiId": api,
        "ResourceId": resource_id,
        "HttpMethod": event.verb,
        "ApiKeyRequired": bool(event.settings.get("private", False)),
        "AuthorizationType": "NONE",
        "Integration": integration,
        "MethodResponses": responses_of(integration),
    }
    if event.settings.get("operationId"):
        properties["OperationName"] = event.settings["operationId"]
    found = add_request(service, event.settings.get("request") or {}, name, api, stage, properties)
    _add_authorizer(event, api, properties, found)
    found[name] = _resource("Method", **properties)
    if not event.machine and "Fn::Join" in str(integration.get("Uri", "")) and integration["Type"].startswith("AWS"):
        function = {"Fn::GetAtt": [f"{function_name(event.function)}LambdaFunction", "Arn"]}
        allows = f"{function_name(event.function)}LambdaPermissionApiGateway"
        found[allows] = _permission(function, api)
        found[name]["DependsOn"] = [allows]
    authorizer = properties.get("AuthorizerId")
    if isinstance(authorizer, dict) and authorizer.get("Ref") in found:
        found[name]["DependsOn"] = [authorizer["Ref"]]
    return found


def _add_authorizer(event: Event, api: Any, properties: dict[str, Any], found: dict[str, Resource]) -> None:
    given = event.settings.get("authorizer")
    if not given:
        return
    if isinstance(given, str):
        if given.upper() == "AWS_IAM":
            properties["AuthorizationType"] = "AWS_IAM"
            return
        given = {"arn": given} if ":" in given else {"name": given}
    if str(given.get("type", "")).upper() == "AWS_IAM":
        properties["AuthorizationType"] = "AWS_IAM"
        return
    if given.get("authorizerId"):
        kind = str(given.get("type") or "CUSTOM").upper()
        properties["AuthorizationType"] = "CUSTOM" if kind in ("TOKEN", "REQUEST") else kind
        properties["AuthorizerId"] = given["authorizerId"]
    else:
        _add_own_authorizer(event, api, given, properties, found)
    if given.get("scopes"):
        properties["AuthorizationScopes"] = given["scopes"]


def _add_own_authorizer(
    event: Event, api: Any, given: Mapping[str, Any], properties: dict[str, Any], found: dict[str, Resource]
) -> None:
    arn, name = given.get("arn"), given.get("name")
    if isinstance(arn, str) and not name:
        name = arn.rpartition(":")[2].rpartition("-")[2]
    if not name:
        raise TemplateInvalid(f"the authorizer of {event.verb} /{event.path} needs a name or an ARN")
    logical_id = f"{function_name(re.sub(r'[^A-Za-z0-9_-]', '', name))}ApiGatewayAuthorizer"
    kind = str(given.get("type") or "TOKEN").upper()
    seconds = int(given.get("resultTtlInSeconds", 300))
    authorizer: dict[str, Any] = {"RestApiId": api, "Name": name, "AuthorizerResultTtlInSeconds": seconds}
    source = given.get("identitySource") or "method.request.header.Authorization"
    if given.get("identitySource") or kind != "REQUEST" or seconds:
        authorizer["IdentitySource"] = source
    is_pool = kind == "COGNITO_USER_POOLS" or ":cognito-idp:" in str(arn)
    if is_pool:
        authorizer |= {"Type": "COGNITO_USER_POOLS", "ProviderARNs": [arn]}
    else:
        function = arn or {"Fn::GetAtt": [f"{function_name(name)}LambdaFunction", "Arn"]}
        path = ":lambda:path/2015-03-31/functions/"
        partition, region = {"Ref": "AWS::Partition"}, {"Ref": "AWS::Region"}
        authorizer["AuthorizerUri"] = joined("arn:", partition, ":apigateway:", region, path, function, "/invocations")
        authorizer["Type"] = kind
        if given.get("identityValidationExpression"):
            authorizer["IdentityValidationExpression"] = given["identityValidationExpression"]
        if not given.get("managedExternally"):
            found[f"{function_name(name)}LambdaPermissionApiGateway"] = _permission(function, api)
    found[logical_id] = _resource("Authorizer", **authorizer)
    properties["AuthorizationType"] = "COGNITO_USER_POOLS" if is_pool else "CUSTOM"
    properties["AuthorizerId"] = {"Ref": logical_id}


def _preflights(events: list[Event], api: Any, parents: Mapping[str, Any], resources: dict[str, Resource]) -> list[str]:
    """An OPTIONS method for each path whose events want CORS; their logical ids."""
    by_path: dict[str, list[Event]] = {}
    for event in events:
        if event.settings.get("cors"):
            by_path.setdefault(event.path, []).append(event)
    made = []
    for path, wanting in by_path.items():
        name = f"ApiGatewayMethod{path_name(path)}Options"
        if name in resources:
            continue
        resources[name] = _resource(
            "Method",
            RestApiId=api,
            ResourceId=parents[path],
            HttpMethod="OPTIONS",
            AuthorizationType="NONE",
            RequestParameters={},
            **preflight([(event.verb, event.settings["cors"]) for event in wanting]),
        )
        made.append(name)
    return made


def _writes_access_logs(provider: Mapping[str, Any]) -> bool:
    logs = (provider.get("logs") or {}).get("restApi")
    return bool(logs and (logs.get("accessLogging", True) if isinstance(logs, dict) else True))


def _stage_description(provider: Mapping[str, Any]) -> dict[str, Any]:
    """Tracing, logs and metrics of the stage."""
    description: dict[str, Any] = {}
    if (provider.get("tracing") or {}).get("apiGateway"):
        description["TracingEnabled"] = True
    logs = (provider.get("logs") or {}).get("restApi")
    if logs:
        given = logs if isinstance(logs, dict) else {}
        if given.get("executionLogging", True):
            description["LoggingLevel"] = given.get("level", "INFO")
            description["DataTraceEnabled"] = bool(given.get("fullExecutionData", True))
    if _writes_access_logs(provider):
        written = logs.get("format") if isinstance(logs, dict) else None
        destination = {"Fn::GetAtt": [LOG_GROUP, "Arn"]}
        description["AccessLogSetting"] = {"DestinationArn": destination, "Format": written or _LOG_FORMAT}
    if (provider.get("apiGateway") or {}).get("metrics"):
        description["MetricsEnabled"] = True
    return {"StageDescription": description} if description else {}


def _resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}


def _permission(function: Any, api: Any) -> Resource:
    source = joined(
        "arn:",
        {"Ref": "AWS::Partition"},
        ":execute-api:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":",
        api,
        "/*/*",
    )
    properties = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}
