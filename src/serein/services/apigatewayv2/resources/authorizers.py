"""AWS::ApiGatewayV2::Authorizer."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigatewayv2.resources.apis import boolean, gone_is_fine

_SERVICE = "apigatewayv2"


@resource("AWS::ApiGatewayV2::Authorizer")
class Authorizer:
    """An authorizer of an API."""

    properties = frozenset(
        {
            "ApiId",
            "AuthorizerCredentialsArn",
            "AuthorizerPayloadFormatVersion",
            "AuthorizerResultTtlInSeconds",
            "AuthorizerType",
            "AuthorizerUri",
            "EnableSimpleResponses",
            "IdentitySource",
            "IdentityValidationExpression",
            "JwtConfiguration",
            "Name",
        }
    )
    replaced_by = frozenset({"ApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        made = await deployment.call(_SERVICE, "CreateAuthorizer", self._request(properties))
        return Made(made["AuthorizerId"], {"AuthorizerId": made["AuthorizerId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await deployment.call(_SERVICE, "UpdateAuthorizer", {**self._request(new), "AuthorizerId": physical_id})
        return Made(physical_id, {"AuthorizerId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"ApiId": properties["ApiId"], "AuthorizerId": physical_id}
        await gone_is_fine(deployment, "DeleteAuthorizer", request)

    def _request(self, properties: Properties) -> dict[str, Any]:
        request = {"IdentitySource": [], **properties}
        if isinstance(request["IdentitySource"], str):
            request["IdentitySource"] = [request["IdentitySource"]]
        if "AuthorizerPayloadFormatVersion" in request:
            request["AuthorizerPayloadFormatVersion"] = str(request["AuthorizerPayloadFormatVersion"])
        if "AuthorizerResultTtlInSeconds" in request:
            request["AuthorizerResultTtlInSeconds"] = int(request["AuthorizerResultTtlInSeconds"])
        if "EnableSimpleResponses" in request:
            request["EnableSimpleResponses"] = boolean(request["EnableSimpleResponses"])
        return request
