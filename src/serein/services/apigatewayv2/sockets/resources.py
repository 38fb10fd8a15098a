"""The CloudFormation types that only WebSocket APIs have: responses of routes and integrations, and models."""

import json
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource

_SERVICE = "apigatewayv2"


class _Part:
    """A part of an API that has an operation to create, to update and to delete it."""

    kind: str
    owner: tuple[str, ...] = ()
    """The members, besides ApiId, that name the part it belongs to."""
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        made = await deployment.call(_SERVICE, f"Create{self.kind}", self._request(properties))
        return self._made(made[f"{self.kind}Id"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {**self._request(new), f"{self.kind}Id": physical_id}
        await deployment.call(_SERVICE, f"Update{self.kind}", request)
        return self._made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {name: properties[name] for name in ("ApiId", *self.owner)}
        try:
            await deployment.call(_SERVICE, f"Delete{self.kind}", {**request, f"{self.kind}Id": physical_id})
        except AwsError as error:
            if error.code != "NotFoundException":
                raise

    def _request(self, properties: Properties) -> dict[str, Any]:
        return dict(properties)

    def _made(self, physical_id: str) -> Made:
        return Made(physical_id, {f"{self.kind}Id": physical_id})


@resource("AWS::ApiGatewayV2::RouteResponse")
class RouteResponse(_Part):
    """A response of a route."""

    kind, owner = "RouteResponse", ("RouteId",)
    properties = frozenset(
        {"ApiId", "ModelSelectionExpression", "ResponseModels", "ResponseParameters", "RouteId", "RouteResponseKey"}
    )
    replaced_by = frozenset({"ApiId", "RouteId"})
    stored = frozenset({"ModelSelectionExpression", "ResponseModels", "ResponseParameters"})


@resource("AWS::ApiGatewayV2::IntegrationResponse")
class IntegrationResponse(_Part):
    """A response of an integration."""

    kind, owner = "IntegrationResponse", ("IntegrationId",)
    properties = frozenset(
        {
            "ApiId",
            "ContentHandlingStrategy",
            "IntegrationId",
            "IntegrationResponseKey",
            "ResponseParameters",
            "ResponseTemplates",
            "TemplateSelectionExpression",
        }
    )
    replaced_by = frozenset({"ApiId", "IntegrationId"})


@resource("AWS::ApiGatewayV2::Model")
class Model(_Part):
    """A model; its schema may be an object or text."""

    kind = "Model"
    properties = frozenset({"ApiId", "ContentType", "Description", "Name", "Schema"})
    replaced_by = frozenset({"ApiId"})

    def _request(self, properties: Properties) -> dict[str, Any]:
        schema = properties["Schema"]
        return {**properties, "Schema": schema if isinstance(schema, str) else json.dumps(schema)}
