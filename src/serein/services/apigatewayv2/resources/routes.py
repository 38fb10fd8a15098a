"""AWS::ApiGatewayV2::Route and Integration."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigatewayv2.resources.apis import boolean, gone_is_fine

_SERVICE = "apigatewayv2"
_PARAMETERS = ("RequestParameters", "ResponseParameters")


@resource("AWS::ApiGatewayV2::Route")
class Route:
    """A route of an API."""

    properties = frozenset(
        {
            "ApiId",
            "ApiKeyRequired",
            "AuthorizationScopes",
            "AuthorizationType",
            "AuthorizerId",
            "ModelSelectionExpression",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RouteKey",
            "RouteResponseSelectionExpression",
            "Target",
        }
    )
    replaced_by = frozenset({"ApiId"})
    stored = frozenset({"OperationName"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        route = await deployment.call(_SERVICE, "CreateRoute", self._request(properties))
        return Made(route["RouteId"], {"RouteId": route["RouteId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {**self._request(new), "RouteId": physical_id}
        if "AuthorizationType" in old:
            request.setdefault("AuthorizationType", "NONE")
        if "AuthorizationScopes" in old and request.get("AuthorizationType", "NONE") == "JWT":
            request.setdefault("AuthorizationScopes", [])
        await deployment.call(_SERVICE, "UpdateRoute", request)
        return Made(physical_id, {"RouteId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteRoute", {"ApiId": properties["ApiId"], "RouteId": physical_id})

    def _request(self, properties: Properties) -> dict[str, Any]:
        request = dict(properties)
        if "ApiKeyRequired" in request:
            request["ApiKeyRequired"] = boolean(request["ApiKeyRequired"])
        return request


@resource("AWS::ApiGatewayV2::Integration")
class Integration:
    """An integration of an API."""

    properties = frozenset(
        {
            "ApiId",
            "ConnectionId",
            "ConnectionType",
            "ContentHandlingStrategy",
            "CredentialsArn",
            "Description",
            "IntegrationMethod",
            "IntegrationSubtype",
            "IntegrationType",
            "IntegrationUri",
            "PassthroughBehavior",
            "PayloadFormatVersion",
            "RequestParameters",
            "RequestTemplates",
            "ResponseParameters",
            "TemplateSelectionExpression",
            "TimeoutInMillis",
            "TlsConfig",
        }
    )
    replaced_by = frozenset({"ApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        made = await deployment.call(_SERVICE, "CreateIntegration", self._request(properties))
        return Made(made["IntegrationId"], {"IntegrationId": made["IntegrationId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request, before = self._request(new), self._request(old)
        for name in _PARAMETERS:
            # Why: an update adds parameters, and takes those away that are empty.
            gone: Any = "" if name == "RequestParameters" else {}
            taken = dict.fromkeys(set(before.get(name, {})) - set(request.get(name, {})), gone)
            if taken:
                request[name] = {**request.get(name, {}), **taken}
        await deployment.call(_SERVICE, "UpdateIntegration", {**request, "IntegrationId": physical_id})
        return Made(physical_id, {"IntegrationId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"ApiId": properties["ApiId"], "IntegrationId": physical_id}
        await gone_is_fine(deployment, "DeleteIntegration", request)

    def _request(self, properties: Properties) -> dict[str, Any]:
        request = dict(properties)
        if "TimeoutInMillis" in request:
            request["TimeoutInMillis"] = int(request["TimeoutInMillis"])
        if "PayloadFormatVersion" in request:
            request["PayloadFormatVersion"] = str(request["PayloadFormatVersion"])
        if "RequestParameters" in request:
            request["RequestParameters"] = {name: str(value) for name, value in request["RequestParameters"].items()}
        if "ResponseParameters" in request:
            request["ResponseParameters"] = {
                str(status): _response_parameters(given) for status, given in request["ResponseParameters"].items()
            }
        return request


def _response_parameters(given: Any) -> Any:
    """A template lists sources and destinations where the API has a map."""
    listed = given.get("ResponseParameters") if isinstance(given, dict) else None
    if not isinstance(listed, list):
        return given
    return {each["Destination"]: str(each["Source"]) for each in listed}
