"""Quick create: an API made with a target has a route, an integration and a stage that API Gateway manages."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException
from serein.services.apigatewayv2.integrations import changed_integration, find_function, new_integration, new_route
from serein.services.apigatewayv2.routing import DEFAULT, parse_route_key

_MANAGED = "ApiGatewayManaged"


def quick_parts(request: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The integration and the route that CreateApi's request asks for; None when it asks for none."""
    target = request.get("Target")
    if not target:
        if request.get("RouteKey") or request.get("CredentialsArn"):
            raise BadRequestException("target is required when routeKey or credentialsArn is given")
        return None
    asked = _backend(target)
    if request.get("CredentialsArn"):
        asked["CredentialsArn"] = request["CredentialsArn"]
    integration = {**new_integration(asked), _MANAGED: True}
    route = new_route(
        {"RouteKey": request.get("RouteKey", DEFAULT), "Target": f"integrations/{integration['IntegrationId']}"}
    )
    return integration, {**route, _MANAGED: True}


def _backend(target: str) -> dict[str, Any]:
    if find_function(target) is not None:
        return {"IntegrationType": "AWS_PROXY", "IntegrationUri": target, "PayloadFormatVersion": "2.0"}
    return {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": target,
        "IntegrationMethod": "ANY",
        "PayloadFormatVersion": "1.0",
    }


def change_quick_parts(tx: Transaction, api_id: str, request: dict[str, Any]) -> bool:
    """Change what a quick create has made as UpdateApi asks; whether anything was. Raises BadRequestException."""
    asked = {name: request[name] for name in ("Target", "RouteKey", "CredentialsArn") if request.get(name)}
    if not asked:
        return False
    integration = _managed(tx, api_id, "Integration")
    route = _managed(tx, api_id, "Route")
    if integration is None or route is None:
        raise BadRequestException("Target, routeKey and credentialsArn can be updated only for an API of quick create")
    if "Target" in asked or "CredentialsArn" in asked:
        changes = _backend(asked["Target"]) if "Target" in asked else {}
        if "CredentialsArn" in asked:
            changes["CredentialsArn"] = asked["CredentialsArn"]
        changed = changed_integration(integration, changes)
        store.put_part(tx, api_id, "Integration", changed["IntegrationId"], changed)
    if "RouteKey" in asked:
        parse_route_key(asked["RouteKey"])
        for other in store.list_parts(tx, api_id, "Route"):
            if other["RouteKey"] == asked["RouteKey"] and other["RouteId"] != route["RouteId"]:
                raise ConflictException(f"Route with key {asked['RouteKey']} already exists for this API")
        store.put_part(tx, api_id, "Route", route["RouteId"], {**route, "RouteKey": asked["RouteKey"]})
    return True


def _managed(tx: Transaction, api_id: str, kind: str) -> dict[str, Any] | None:
    return next((part for part in store.list_parts(tx, api_id, kind) if part.get(_MANAGED)), None)
