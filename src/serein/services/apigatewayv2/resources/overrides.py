"""AWS::ApiGatewayV2::ApiGatewayManagedOverrides: other settings for what a quick create has made."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigatewayv2.errors import NotFoundException
from serein.services.apigatewayv2.resources.apis import stage_request

_SERVICE = "apigatewayv2"
_MANAGED = "ApiGatewayManaged"


@resource("AWS::ApiGatewayV2::ApiGatewayManagedOverrides")
class ApiGatewayManagedOverrides:
    """Settings of the integration, the route and the stage that API Gateway manages for an API."""

    properties = frozenset({"ApiId", "Integration", "Route", "Stage"})
    replaced_by = frozenset({"ApiId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        await self._apply(deployment, properties)
        name = deployment.physical_name()
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await self._apply(deployment, new)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        """The settings stay as they are: on AWS, too, nothing remembers what they were."""

    async def _apply(self, deployment: Deployment, properties: Properties) -> None:
        api_id = properties["ApiId"]
        if properties.get("Integration"):
            found = await self._managed(deployment, "GetIntegrations", api_id)
            settings = dict(properties["Integration"])
            if "TimeoutInMillis" in settings:
                settings["TimeoutInMillis"] = int(settings["TimeoutInMillis"])
            request = {"ApiId": api_id, "IntegrationId": found["IntegrationId"], **settings}
            await deployment.call(_SERVICE, "UpdateIntegration", request)
        if properties.get("Route"):
            found = await self._managed(deployment, "GetRoutes", api_id)
            request = {"ApiId": api_id, "RouteId": found["RouteId"], **properties["Route"]}
            await deployment.call(_SERVICE, "UpdateRoute", request)
        if properties.get("Stage"):
            found = await self._managed(deployment, "GetStages", api_id)
            request = {"ApiId": api_id, "StageName": found["StageName"], **stage_request(properties["Stage"])}
            await deployment.call(_SERVICE, "UpdateStage", request)

    async def _managed(self, deployment: Deployment, operation: str, api_id: str) -> dict[str, Any]:
        """What API Gateway has made for the API. Raises NotFoundException when it has made nothing."""
        items = (await deployment.call(_SERVICE, operation, {"ApiId": api_id}))["Items"]
        found: dict[str, Any] | None = next((item for item in items if item.get(_MANAGED)), None)
        if found is None:
            raise NotFoundException(f"The API {api_id} has nothing that API Gateway manages")
        return found
