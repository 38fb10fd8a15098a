"""REST, HTTP and WebSocket APIs, as they are."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, document, picked, tag_list, with_tags

_POSITION = ("position", "position")
_REST = {
    "apiKeySource": "ApiKeySourceType",
    "binaryMediaTypes": "BinaryMediaTypes",
    "description": "Description",
    "disableExecuteApiEndpoint": "DisableExecuteApiEndpoint",
    "minimumCompressionSize": "MinimumCompressionSize",
    "name": "Name",
}
_STAGE = {
    "cacheClusterEnabled": "CacheClusterEnabled",
    "cacheClusterSize": "CacheClusterSize",
    "clientCertificateId": "ClientCertificateId",
    "deploymentId": "DeploymentId",
    "description": "Description",
    "documentationVersion": "DocumentationVersion",
    "stageName": "StageName",
    "tracingEnabled": "TracingEnabled",
    "variables": "Variables",
}


def _named(found: dict[str, Any], names: dict[str, str]) -> Properties:
    return {target: found[source] for source, target in names.items() if found.get(source) not in (None, "", [], {})}


async def _rest_api(look: Look, api_id: str) -> Properties | None:
    reply = await look.find("apigateway", "GetRestApi", {"restApiId": api_id})
    if reply is None:
        return None
    properties = _named(reply, _REST)
    if reply.get("policy"):
        properties["Policy"] = document(reply["policy"].replace('\\"', '"'))
    endpoint = reply.get("endpointConfiguration", {})
    if endpoint.get("types"):
        properties["EndpointConfiguration"] = {"Types": endpoint["types"]} | (
            {"VpcEndpointIds": endpoint["vpcEndpointIds"]} if endpoint.get("vpcEndpointIds") else {}
        )
    return with_tags(properties, tag_list(reply.get("tags")))


async def _rest_apis(look: Look) -> list[str]:
    return [it["id"] for it in await look.all("apigateway", "GetRestApis", "items", _POSITION)]


async def _stage(look: Look, identifier: str) -> Properties | None:
    api_id, _, name = identifier.partition("|")
    reply = await look.find("apigateway", "GetStage", {"restApiId": api_id, "stageName": name})
    if reply is None:
        return None
    properties = _named(reply, _STAGE) | {"RestApiId": api_id}
    log = reply.get("accessLogSettings")
    if log:
        properties["AccessLogSetting"] = _named(log, {"destinationArn": "DestinationArn", "format": "Format"})
    return with_tags(properties, tag_list(reply.get("tags")))


async def _resource(look: Look, identifier: str) -> Properties | None:
    api_id, _, own = identifier.partition("|")
    reply = await look.find("apigateway", "GetResource", {"restApiId": api_id, "resourceId": own})
    if reply is None:
        return None
    return _named(reply, {"parentId": "ParentId", "pathPart": "PathPart"}) | {"RestApiId": api_id}


_HTTP = (
    "ApiKeySelectionExpression",
    "CorsConfiguration",
    "Description",
    "DisableExecuteApiEndpoint",
    "IpAddressType",
    "Name",
    "ProtocolType",
    "RouteSelectionExpression",
    "Version",
)


async def _http_api(look: Look, api_id: str) -> Properties | None:
    reply = await look.find("apigatewayv2", "GetApi", {"ApiId": api_id})
    if reply is None:
        return None
    tags = {key: value for key, value in (reply.get("Tags") or {}).items() if not key.startswith("aws:")}
    return with_tags(picked(reply, _HTTP), tags)


async def _http_apis(look: Look) -> list[str]:
    return [it["ApiId"] for it in await look.all("apigatewayv2", "GetApis", "Items", ("NextToken", "NextToken"))]


TYPES = (
    LiveType(
        "AWS::ApiGateway::RestApi",
        frozenset((*_REST.values(), "Policy", "EndpointConfiguration", "Tags")),
        _rest_api,
        _rest_apis,
    ),
    LiveType(
        "AWS::ApiGateway::Stage",
        frozenset((*_STAGE.values(), "RestApiId", "AccessLogSetting", "Tags")),
        _stage,
        within="RestApiId",
    ),
    LiveType(
        "AWS::ApiGateway::Resource", frozenset(("ParentId", "PathPart", "RestApiId")), _resource, within="RestApiId"
    ),
    LiveType("AWS::ApiGatewayV2::Api", frozenset((*_HTTP, "Tags")), _http_api, _http_apis),
)
