"""What a deployment of a WebSocket API keeps: routes, integrations and everything that belongs to them."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.apigatewayv2 import store


def snapshot_of(tx: Transaction, api: dict[str, Any]) -> dict[str, Any]:
    """The API as it is now."""
    api_id = api["ApiId"]
    return {
        "Protocol": api["ProtocolType"],
        "Api": {name: api.get(name) for name in ("ApiKeySelectionExpression", "RouteSelectionExpression")},
        "IsValidating": not api.get("DisableSchemaValidation"),
        "Routes": store.list_parts(tx, api_id, "Route"),
        "Integrations": {part["IntegrationId"]: part for part in store.list_parts(tx, api_id, "Integration")},
        "IntegrationResponses": store.list_parts(tx, api_id, "IntegrationResponse"),
        "RouteResponses": store.list_parts(tx, api_id, "RouteResponse"),
        "Authorizers": {part["AuthorizerId"]: part for part in store.list_parts(tx, api_id, "Authorizer")},
        "Models": {part["Name"]: part["Schema"] for part in store.list_parts(tx, api_id, "Model")},
    }
