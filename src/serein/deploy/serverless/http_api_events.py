"""`httpApi` events of functions, as the CloudFormation of an HTTP API that the framework makes of them.

Logical ids are the framework's, because templates refer to them (`HttpApi`, above all).
https://www.serverless.com/framework/docs/providers/aws/events/http-api
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.http_events import function_name, path_name
from serein.deploy.serverless.http_integrations import joined

Resource = dict[str, Any]
API, STAGE, LOG_GROUP = "HttpApi", "HttpApiStage", "HttpApiLogGroup"
_METHODS = ("GET", "POST", "PUT", "PATCH", "HEAD", "DELETE", "OPTIONS")
_EVENT_KEYS = frozenset({"path", "method", "authorizer"})
_API_KEYS = frozenset(
    {
        "id",
        "name",
        "payload",
        "cors",
        "description",
        "authorizers",
        "disableDefaultEndpoint",
        "metrics",
        "shouldStartNameWithService",
        "useProviderTags",
    }
)
_CORS_HEADERS = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
]
_LOG_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime",'
    '"httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status",'
    '"protocol":"$context.protocol","responseLength":"$context.responseLength"}'
)
_REGION: Resource = {"Ref": "AWS::Region"}
_PARTITION: Resource = {"Ref": "AWS::Partition"}


@dataclass(frozen=True, slots=True)
class HttpApi:
    """What a service's `httpApi` events come to; nothing for a service without any."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Event:
    """One event: a route that a function answers. Method and path are `*` for the default route."""

    function: str
    method: str
    path: str
    authorizer: Any

    @property
    def key(self) -> str:
        if self.path == "*":
            return "$default"
        return f"{'ANY' if self.method == '*' else self.method} {self.path}"

    @property
    def logical_id(self) -> str:
        if self.path == "*":
            return "HttpApiRouteDefault"
        method = "Any" if self.method == "*" else self.method.capitalize()
        return f"HttpApiRoute{method}{path_name(self.path)}"


def http_api_resources(service: Mapping[str, Any], stage: str) -> HttpApi:
    """Of a configuration whose variables are resolved. Raises TemplateInvalid for an event that can't be understood."""
    functions = service.get("functions") or {}
    events = list(_events(functions))
    if not events:
        return HttpApi()
    provider = service.get("provider") or {}
    settings = provider.get("httpApi") or {}
    if not isinstance(settings, dict) or (unknown := set(settings) - _API_KEYS):
        raise TemplateInvalid(
            f"provider.httpApi has unknown {sorted(unknown) if isinstance(settings, dict) else settings}"
        )
    external = settings.get("id")
    api: Any = external or {"Ref": API}
    resources: dict[str, Resource] = {}
    if not external:
        resources |= _api(service, provider, settings, events, stage)
    authorizers: Mapping[str, Any] = settings.get("authorizers") or {}
    for name, given in authorizers.items():
        resources |= _authorizer(str((given or {}).get("name") or name), given or {}, api)
    for event in events:
        resources |= _route(event, functions[event.function] or {}, settings, api, authorizers)
    if external:
        return HttpApi(resources)
    url = joined("https://", api, ".execute-api.", _REGION, ".", {"Ref": "AWS::URLSuffix"})
    outputs = {
        "HttpApiId": {"Description": "Id of the HTTP API", "Value": api},
        "HttpApiUrl": {"Description": "URL of the HTTP API", "Value": url},
    }
    return HttpApi(resources, outputs)


def _events(functions: Mapping[str, Any]) -> Iterator[_Event]:
    for name, function in functions.items():
        for event in (function or {}).get("events") or ():
            given = event.get("httpApi") if isinstance(event, dict) else None
            if given is not None:
                yield _parse(name, given)


def _parse(function: str, given: Any) -> _Event:
    if isinstance(given, str):
        method, _, path = given.strip().partition(" ")
        given = {"path": "*"} if method == "*" and not path else {"method": method, "path": path}
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        raise TemplateInvalid(f"the function {function} has an httpApi event without a path")
    unknown = set(given) - _EVENT_KEYS
    if unknown:
        raise TemplateInvalid(f"the function {function} has an httpApi event with unknown {sorted(unknown)}")
    path = given["path"].strip()
    method = str(given.get("method", "*")).upper()
    if method == "ANY":
        method = "*"
    if method != "*" and method not in _METHODS:
        raise TemplateInvalid(f"the function {function} has an httpApi event with the unknown method {method}")
    if path != "*" and not path.startswith("/"):
        path = f"/{path}"
    return _Event(function, method, path, given.get("authorizer"))


def _api(
    service: Mapping[str, Any],
    provider: Mapping[str, Any],
    settings: Mapping[str, Any],
    events: list[_Event],
    stage: str,
) -> dict[str, Resource]:
    """The API and its stage."""
    names = (service["service"], stage) if settings.get("shouldStartNameWithService") else (stage, service["service"])
    api: Resource = {"Name": settings.get("name") or "-".join(names), "ProtocolType": "HTTP"}
    if settings.get("description"):
        api["Description"] = settings["description"]
    if settings.get("cors"):
        api["CorsConfiguration"] = _cors(settings["cors"], events)
    if settings.get("disableDefaultEndpoint") is not None:
        api["DisableExecuteApiEndpoint"] = settings["disableDefaultEndpoint"]
    made: Resource = {
        "ApiId": {"Ref": API},
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": bool(settings.get("metrics"))},
    }
    if provider.get("tags"):
        api["Tags"] = made["Tags"] = provider["tags"]
    resources = {API: _resource("Api", **api), STAGE: _resource("Stage", **made)}
    logs = (provider.get("logs") or {}).get("httpApi")
    if logs:
        stack = provider.get("stackName") or f"{service['service']}-{stage}"
        group: Resource = {"LogGroupName": f"/aws/http-api/{stack}"}
        if provider.get("logRetentionInDays"):
            group["RetentionInDays"] = provider["logRetentionInDays"]
        resources[LOG_GROUP] = {"Type": "AWS::Logs::LogGroup", "Properties": group}
        resources[STAGE]["Properties"]["AccessLogSettings"] = {
            "DestinationArn": {"Fn::GetAtt": [LOG_GROUP, "Arn"]},
            "Format": logs["format"] if isinstance(logs, dict) and logs.get("format") else _LOG_FORMAT,
        }
    return resources


def _cors(given: Any, events: list[_Event]) -> Resource:
    methods = {method for event in events for method in (_METHODS if event.method == "*" else (event.method,))}
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {}
    cors: Resource = {
        "AllowOrigins": settings.get("allowedOrigins") or ["*"],
        "AllowHeaders": settings.get("allowedHeaders") or _CORS_HEADERS,
        "AllowMethods": settings.get("allowedMethods")
        or ["OPTIONS", *(each for each in _METHODS[:-1] if each in methods)],
    }
    for name, member in (
        ("allowCredentials", "AllowCredentials"),
        ("exposedResponseHeaders", "ExposeHeaders"),
        ("maxAge", "MaxAge"),
    ):
        if settings.get(name) is not None:
            cors[member] = settings[name]
    return cors


def _authorizer(name: str, given: Mapping[str, Any], api: Any) -> dict[str, Resource]:
    """An authorizer of `provider.httpApi.authorizers`, with the permission that it needs."""
    kind = str(given.get("type", "jwt")).lower()
    sources = given.get("identitySource") or []
    properties: Resource = {
        "ApiId": api,
        "Name": name,
        "IdentitySource": [sources] if isinstance(sources, str) else sources,
    }
    if kind == "jwt":
        if not given.get("issuerUrl") or not given.get("audience"):
            raise TemplateInvalid(f"the authorizer {name} needs issuerUrl and audience")
        audience = given["audience"]
        jwt = {"Audience": audience if isinstance(audience, list) else [audience], "Issuer": given["issuerUrl"]}
        return {_authorizer_id(name): _resource("Authorizer", **properties, AuthorizerType="JWT", JwtConfiguration=jwt)}
    if kind != "request":
        raise TemplateInvalid(f"the authorizer {name} has the unknown type {kind}")
    function = given.get("functionArn")
    if function is None:
        if not given.get("functionName"):
            raise TemplateInvalid(f"the authorizer {name} needs functionName or functionArn")
        function = _function(given["functionName"])
    path = ":lambda:path/2015-03-31/functions/"
    uri = joined("arn:", _PARTITION, ":apigateway:", _REGION, path, function, "/invocations")
    properties |= {
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": uri,
        "AuthorizerPayloadFormatVersion": str(given.get("payloadVersion") or "2.0"),
    }
    if given.get("enableSimpleResponses") is not None:
        properties["EnableSimpleResponses"] = given["enableSimpleResponses"]
    if given.get("resultTtlInSeconds") is not None:
        properties["AuthorizerResultTtlInSeconds"] = given["resultTtlInSeconds"]
    resources = {_authorizer_id(name): _resource("Authorizer", **properties)}
    if not given.get("managedExternally"):
        resources[f"{function_name(name)}LambdaAuthorizerPermissionHttpApi"] = _permission(function, api)
    return resources


def _authorizer_id(name: str) -> str:
    return f"HttpApiAuthorizer{function_name(name)}"


def _route(
    event: _Event,
    function: Mapping[str, Any],
    settings: Mapping[str, Any],
    api: Any,
    authorizers: Mapping[str, Any],
) -> dict[str, Resource]:
    """A route with the integration and the permission of its function."""
    name = function_name(event.function)
    integration, arn = f"HttpApiIntegration{name}", _function(event.function)
    payload = (function.get("httpApi") or {}).get("payload") or settings.get("payload") or "2.0"
    route: Resource = {
        "ApiId": api,
        "RouteKey": event.key,
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
        **_authorization(event, authorizers),
    }
    return {
        integration: _resource(
            "Integration",
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=arn,
            PayloadFormatVersion=str(payload),
            TimeoutInMillis=30000,
        ),
        f"{name}LambdaPermissionHttpApi": _permission(arn, api),
        event.logical_id: {**_resource("Route", **route), "DependsOn": integration},
    }


def _authorization(event: _Event, authorizers: Mapping[str, Any]) -> Resource:
    """What a route says of its authorizer: by name, by id, or `aws_iam`."""
    given = event.authorizer
    if not given:
        return {}
    if isinstance(given, str):
        given = {"type": "aws_iam"} if given == "aws_iam" else {"name": given}
    kind = str(given.get("type", "")).lower()
    if kind == "aws_iam":
        return {"AuthorizationType": "AWS_IAM"}
    name, authorizer_id = given.get("name"), given.get("id")
    if name is not None:
        if name not in authorizers:
            raise TemplateInvalid(f"the route {event.key} has the authorizer {name}, which is not in provider.httpApi")
        kind = str((authorizers[name] or {}).get("type", "jwt")).lower()
        authorizer_id = {"Ref": _authorizer_id(str((authorizers[name] or {}).get("name") or name))}
    elif authorizer_id is None:
        raise TemplateInvalid(f"the authorizer of the route {event.key} needs a name or an id")
    found: Resource = {"AuthorizationType": "CUSTOM" if kind == "request" else "JWT", "AuthorizerId": authorizer_id}
    if given.get("scopes"):
        found["AuthorizationScopes"] = given["scopes"]
    return found


def _resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _function(name: str) -> Resource:
    return {"Fn::GetAtt": [f"{function_name(name)}LambdaFunction", "Arn"]}


def _permission(function: Any, api: Any) -> Resource:
    source = joined("arn:", _PARTITION, ":execute-api:", _REGION, ":", {"Ref": "AWS::AccountId"}, ":", api, "/*")
    properties = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}
