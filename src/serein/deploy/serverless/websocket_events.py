"""`websocket` events of functions, as the CloudFormation resources that the framework makes of them.

Logical ids are the framework's, because templates refer to them (`WebsocketsApi` in variables of functions, above all).
https://www.serverless.com/framework/docs/providers/aws/events/websocket
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from serein.deploy.errors import TemplateInvalid

Resource = dict[str, Any]
API, STAGE, LOG_GROUP = "WebsocketsApi", "WebsocketsDeploymentStage", "WebsocketsLogGroup"
_DESCRIPTION = "Serverless Websockets"
_IDENTITY_SOURCES = ["route.request.header.Auth"]
_IN_ROUTES = str.maketrans({"$": "S", "/": "Slash", "-": "Dash", "_": "Underscore", ".": "Period"})
_IN_NAMES = str.maketrans({"-": "Dash", "_": "Underscore"})
_GROUPS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
_LOG_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.eventType $context.routeKey $context.connectionId" $context.requestId'
)


@dataclass(frozen=True, slots=True)
class WebSockets:
    """What a service's `websocket` events come to; nothing for a service without any."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    statements: tuple[dict[str, Any], ...] = ()
    """For the role that the service's functions share."""


@dataclass(frozen=True, slots=True)
class _Event:
    """One event: a route that a function answers."""

    function: str
    route: str
    answers: str
    """The route's response selection expression; empty for a route that only listens."""
    authorizer: Any


def websocket_resources(service: Mapping[str, Any], stage: str) -> WebSockets:
    """Of a configuration whose variables are resolved. Raises TemplateInvalid for an event that can't be understood."""
    events = list(_events(service.get("functions") or {}))
    if not events:
        return WebSockets()
    provider = service.get("provider") or {}
    external = (provider.get("apiGateway") or {}).get("websocketApiId")
    api: Any = external or {"Ref": API}
    resources: dict[str, Resource] = {} if external else {API: _api(service, provider, stage)}
    for event in events:
        resources |= _route(event, api)
    digest = hashlib.sha256(json.dumps(resources, sort_keys=True, default=str).encode()).hexdigest()[:40]
    deployment = f"WebsocketsDeployment{digest}"
    resources[deployment] = _deployment(events, provider, api, stage if external else "")
    if not external:
        resources |= _stage(service, provider, api, deployment, stage)
    outputs = {
        "ServiceEndpointWebsocket": {
            "Description": "URL of the service endpoint",
            "Value": _joined("wss://", api, ".execute-api.", _REGION, ".", {"Ref": "AWS::URLSuffix"}, f"/{stage}"),
        }
    }
    statement = {
        "Effect": "Allow",
        "Action": ["execute-api:ManageConnections"],
        "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"}],
    }
    return WebSockets(resources, outputs, () if external else (statement,))


_REGION = {"Ref": "AWS::Region"}


def normalized(name: str) -> str:
    """A function's or an authorizer's name as part of a logical id."""
    text = name.translate(_IN_NAMES)
    return text[:1].upper() + text[1:]


def _events(functions: Mapping[str, Any]) -> Iterator[_Event]:
    for name, function in functions.items():
        for event in (function or {}).get("events") or ():
            given = event.get("websocket") if isinstance(event, dict) else None
            if given is None:
                continue
            if isinstance(given, str):
                given = {"route": given}
            if not isinstance(given, dict) or not isinstance(given.get("route"), str):
                raise TemplateInvalid(f"the function {name} has a websocket event without a route")
            unknown = set(given) - {"route", "routeResponseSelectionExpression", "authorizer"}
            if unknown:
                raise TemplateInvalid(f"the function {name} has a websocket event with unknown {sorted(unknown)}")
            answers = given.get("routeResponseSelectionExpression") or ""
            yield _Event(name, given["route"], answers, given.get("authorizer"))


def _api(service: Mapping[str, Any], provider: Mapping[str, Any], stage: str) -> Resource:
    tags = provider.get("tags") if (provider.get("websocket") or {}).get("useProviderTags") else None
    return _resource(
        "Api",
        **({"Tags": tags} if tags else {}),
        Name=provider.get("websocketsApiName") or f"{stage}-{service['service']}-websockets",
        ProtocolType="WEBSOCKET",
        RouteSelectionExpression=provider.get("websocketsApiRouteSelectionExpression") or "$request.body.action",
        Description=provider.get("websocketsDescription") or _DESCRIPTION,
    )


def _route(event: _Event, api: Any) -> dict[str, Resource]:
    """A route with all that belongs to it."""
    name = normalized(event.function)
    integration, route = f"{name}WebsocketsIntegration", f"{event.route.translate(_IN_ROUTES)}WebsocketsRoute"
    function = {"Fn::GetAtt": [f"{name}LambdaFunction", "Arn"]}
    found = {
        integration: _resource(
            "Integration", ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=_invocations(function)
        ),
        f"{name}LambdaPermissionWebsockets": _permission(function),
        route: _resource(
            "Route",
            ApiId=api,
            RouteKey=event.route,
            AuthorizationType="NONE",
            Target={"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
        ),
    }
    properties = found[route]["Properties"]
    if event.answers:
        properties["RouteResponseSelectionExpression"] = event.answers
        response = _resource("RouteResponse", ApiId=api, RouteId={"Ref": route}, RouteResponseKey="$default")
        found[f"{route}Response"] = response
    if event.authorizer:
        authorizer, function = _authorizer(event)
        logical_id = f"{normalized(authorizer['Name'])}WebsocketsAuthorizer"
        properties |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": logical_id}}
        found[logical_id] = _resource("Authorizer", ApiId=api, **authorizer)
        found[f"{normalized(authorizer['Name'])}LambdaPermissionWebsockets"] = _permission(function)
    return found


def _authorizer(event: _Event) -> tuple[dict[str, Any], Any]:
    """An authorizer's properties, and the ARN of its function: given by name, by ARN, or as an object of either."""
    given = event.authorizer
    if isinstance(given, str):
        given = {"arn": given} if ":" in given else {"name": given}
    arn, name = given.get("arn"), given.get("name")
    if isinstance(arn, str):
        name = name or arn.rpartition(":")[2]
    if not name:
        raise TemplateInvalid(f"the authorizer of the websocket route {event.route} needs a name")
    function = arn or {"Fn::GetAtt": [f"{normalized(name)}LambdaFunction", "Arn"]}
    sources = given.get("identitySource") or _IDENTITY_SOURCES
    properties = {
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": _invocations(function),
        "IdentitySource": [sources] if isinstance(sources, str) else sources,
    }
    return properties, function


def _deployment(events: list[_Event], provider: Mapping[str, Any], api: Any, stage: str) -> Resource:
    routes = [f"{event.route.translate(_IN_ROUTES)}WebsocketsRoute" for event in events]
    responses = [f"{route}Response" for route, event in zip(routes, events, strict=True) if event.answers]
    made = _resource("Deployment", ApiId=api, Description=provider.get("websocketsDescription") or _DESCRIPTION)
    if stage:
        made["Properties"]["StageName"] = stage
    return {**made, "DependsOn": [*routes, *responses]}


def _stage(
    service: Mapping[str, Any], provider: Mapping[str, Any], api: Any, deployment: str, stage: str
) -> dict[str, Resource]:
    made = _resource(
        "Stage",
        ApiId=api,
        DeploymentId={"Ref": deployment},
        StageName=stage,
        Description=provider.get("websocketsDescription") or _DESCRIPTION,
    )
    logs = (provider.get("logs") or {}).get("websocket")
    if not logs:
        return {STAGE: made}
    given: Mapping[str, Any] = logs if isinstance(logs, dict) else {}
    made["Properties"]["DefaultRouteSettings"] = {
        "DataTraceEnabled": given.get("fullExecutionData", True),
        "LoggingLevel": given.get("level") or "INFO" if given.get("executionLogging", True) else "OFF",
    }
    if given.get("accessLogging", True):
        made["Properties"]["AccessLogSettings"] = {
            "DestinationArn": {"Fn::Sub": _GROUPS + "${" + LOG_GROUP + "}"},
            "Format": given.get("format") or _LOG_FORMAT,
        }
    group: Resource = {"LogGroupName": f"/aws/websocket/{service['service']}-{stage}"}
    if provider.get("logRetentionInDays"):
        group["RetentionInDays"] = provider["logRetentionInDays"]
    return {STAGE: made, LOG_GROUP: {"Type": "AWS::Logs::LogGroup", "Properties": group}}


def _resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _permission(function: Any) -> Resource:
    properties = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def _invocations(function: Any) -> Any:
    partition = {"Ref": "AWS::Partition"}
    path = ":lambda:path/2015-03-31/functions/"
    return _joined("arn:", partition, ":apigateway:", _REGION, path, function, "/invocations")


def _joined(*parts: Any) -> Any:
    return {"Fn::Join": ["", list(parts)]}
