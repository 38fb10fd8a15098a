"""AWS::ApiGateway::Method, Model, RequestValidator and Authorizer."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.resources.wire_form import (
    SERVICE,
    booleans,
    document_text,
    gone_is_fine,
    is_true,
    list_patches,
    replaced,
    texts,
    update,
)


@resource("AWS::ApiGateway::Method")
class Method:
    """A method with its integration and responses. It is served when it is deployed, so a change makes it anew."""

    properties = frozenset(
        {
            "ApiKeyRequired",
            "AuthorizationScopes",
            "AuthorizationType",
            "AuthorizerId",
            "HttpMethod",
            "Integration",
            "MethodResponses",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RequestValidatorId",
            "ResourceId",
            "RestApiId",
        }
    )
    replaced_by = frozenset({"HttpMethod", "ResourceId", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        place = _place(properties)
        physical_id = "|".join(place.values())
        await deployment.call(SERVICE, "PutMethod", {**place, **_method(properties)})
        await deployment.begun(physical_id)
        for response in properties.get("MethodResponses") or []:
            await deployment.call(SERVICE, "PutMethodResponse", {**place, **_method_response(response)})
        integration = properties.get("Integration")
        if integration:
            await deployment.call(SERVICE, "PutIntegration", {**place, **_integration(integration)})
            for response in integration.get("IntegrationResponses") or []:
                await deployment.call(SERVICE, "PutIntegrationResponse", {**place, **_integration_response(response)})
        return Made(physical_id, {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await gone_is_fine(deployment, "DeleteMethod", _place(new))
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteMethod", _place(properties))


def _place(properties: Properties) -> dict[str, Any]:
    return {
        "restApiId": properties["RestApiId"],
        "resourceId": properties["ResourceId"],
        "httpMethod": properties["HttpMethod"],
    }


def _given(properties: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: str(properties[name]) for name in names if properties.get(name)}


def _method(properties: Properties) -> dict[str, Any]:
    request = {
        "authorizationType": properties.get("AuthorizationType", "NONE"),
        **_given(properties, ("AuthorizerId", "OperationName", "RequestValidatorId")),
    }
    if "ApiKeyRequired" in properties:
        request["apiKeyRequired"] = is_true(properties["ApiKeyRequired"])
    if properties.get("AuthorizationScopes"):
        request["authorizationScopes"] = list(properties["AuthorizationScopes"])
    if properties.get("RequestModels"):
        request["requestModels"] = texts(properties["RequestModels"])
    if properties.get("RequestParameters"):
        request["requestParameters"] = booleans(properties["RequestParameters"])
    return request


def _method_response(response: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {"statusCode": str(response["StatusCode"])}
    if response.get("ResponseParameters"):
        request["responseParameters"] = booleans(response["ResponseParameters"])
    if response.get("ResponseModels"):
        request["responseModels"] = texts(response["ResponseModels"])
    return request


_INTEGRATION_TEXTS = (
    "CacheNamespace",
    "ConnectionId",
    "ConnectionType",
    "ContentHandling",
    "Credentials",
    "IntegrationHttpMethod",
    "IntegrationTarget",
    "PassthroughBehavior",
    "ResponseTransferMode",
    "Type",
    "Uri",
)


def _integration(given: dict[str, Any]) -> dict[str, Any]:
    request = _given(given, _INTEGRATION_TEXTS)
    if "TimeoutInMillis" in given:
        request["timeoutInMillis"] = int(given["TimeoutInMillis"])
    if given.get("CacheKeyParameters"):
        request["cacheKeyParameters"] = list(given["CacheKeyParameters"])
    for name, member in (("RequestParameters", "requestParameters"), ("RequestTemplates", "requestTemplates")):
        if given.get(name):
            request[member] = texts(given[name])
    return request


def _integration_response(given: dict[str, Any]) -> dict[str, Any]:
    request = {"statusCode": str(given["StatusCode"]), **_given(given, ("ContentHandling", "SelectionPattern"))}
    for name, member in (("ResponseParameters", "responseParameters"), ("ResponseTemplates", "responseTemplates")):
        if given.get(name):
            request[member] = texts(given[name])
    return request


@resource("AWS::ApiGateway::Model")
class Model:
    """A model of an API."""

    properties = frozenset({"ContentType", "Description", "Name", "RestApiId", "Schema"})
    replaced_by = frozenset({"ContentType", "Name", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or "".join(filter(str.isalnum, deployment.physical_name()))
        request: dict[str, Any] = {"restApiId": properties["RestApiId"], "name": name}
        request["contentType"] = properties.get("ContentType", "application/json")
        request["schema"] = document_text(properties.get("Schema") or {})
        if properties.get("Description"):
            request["description"] = properties["Description"]
        await deployment.call(SERVICE, "CreateModel", request)
        return Made(name, {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("Description", "Schema"))
        request = {"restApiId": new["RestApiId"], "modelName": physical_id}
        await update(deployment, "UpdateModel", request, patches)
        return Made(physical_id, {})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "modelName": physical_id}
        await gone_is_fine(deployment, "DeleteModel", request)


@resource("AWS::ApiGateway::RequestValidator")
class RequestValidator:
    """What is checked of requests before they reach an integration."""

    properties = frozenset({"Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"})
    replaced_by = frozenset({"Name", "RestApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"restApiId": properties["RestApiId"]}
        request["name"] = properties.get("Name") or deployment.physical_name()
        request["validateRequestBody"] = is_true(properties.get("ValidateRequestBody", False))
        request["validateRequestParameters"] = is_true(properties.get("ValidateRequestParameters", False))
        made = await deployment.call(SERVICE, "CreateRequestValidator", request)
        return Made(made["id"], {"RequestValidatorId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("ValidateRequestBody", "ValidateRequestParameters"))
        request = {"restApiId": new["RestApiId"], "requestValidatorId": physical_id}
        await update(deployment, "UpdateRequestValidator", request, patches)
        return Made(physical_id, {"RequestValidatorId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "requestValidatorId": physical_id}
        await gone_is_fine(deployment, "DeleteRequestValidator", request)


_AUTHORIZER_TEXTS = (
    "AuthType",
    "AuthorizerCredentials",
    "AuthorizerUri",
    "IdentitySource",
    "IdentityValidationExpression",
    "Name",
    "Type",
)


@resource("AWS::ApiGateway::Authorizer")
class Authorizer:
    """An authorizer of an API."""

    properties = frozenset({*_AUTHORIZER_TEXTS, "AuthorizerResultTtlInSeconds", "ProviderARNs", "RestApiId"})
    replaced_by = frozenset({"RestApiId"})
    stored = frozenset({"AuthType"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"restApiId": properties["RestApiId"], **_given(properties, _AUTHORIZER_TEXTS)}
        if "AuthorizerResultTtlInSeconds" in properties:
            request["authorizerResultTtlInSeconds"] = int(properties["AuthorizerResultTtlInSeconds"])
        if properties.get("ProviderARNs"):
            request["providerARNs"] = list(properties["ProviderARNs"])
        made = await deployment.call(SERVICE, "CreateAuthorizer", request)
        return Made(made["id"], {"AuthorizerId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, (*_AUTHORIZER_TEXTS, "AuthorizerResultTtlInSeconds"))
        for patch in patches:
            if patch["path"] == "/authorizerResultTtlInSeconds" and not patch["value"]:
                patch["value"] = "300"
        pools = list_patches("/providerARNs", old.get("ProviderARNs") or [], new.get("ProviderARNs") or [])
        request = {"restApiId": new["RestApiId"], "authorizerId": physical_id}
        await update(deployment, "UpdateAuthorizer", request, patches + pools)
        return Made(physical_id, {"AuthorizerId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"restApiId": properties["RestApiId"], "authorizerId": physical_id}
        await gone_is_fine(deployment, "DeleteAuthorizer", request)
