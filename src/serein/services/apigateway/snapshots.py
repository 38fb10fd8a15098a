"""What a deployment keeps: an API's parts in AWS's wire form, as they are when it is made."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.apigateway.store import apis

_PARTS = {
    "models": "Model",
    "requestValidators": "RequestValidator",
    "authorizers": "Authorizer",
    "gatewayResponses": "GatewayResponse",
}


def snapshot_of(tx: Transaction, api_id: str) -> dict[str, Any]:
    """All that the data plane needs of an API, which must be there.

    `restApi`; `resources`, each with its resourceMethods by verb, these with methodIntegration (and its
    integrationResponses) and methodResponses; `models`, `requestValidators`, `authorizers`; and `gatewayResponses`,
    of which those that aren't changed from AWS's defaults are absent.
    """
    snapshot: dict[str, Any] = {
        "restApi": apis.settings_of(tx, api_id),
        "resources": apis.list_parts(tx, api_id, "Resource"),
    }
    for member, kind in _PARTS.items():
        snapshot[member] = apis.list_parts(tx, api_id, kind)
    return snapshot


def summary_of(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A deployment's apiSummary: how each method of each path is authorized."""
    return {
        resource["path"]: {
            verb: {"authorizationType": method["authorizationType"], "apiKeyRequired": method["apiKeyRequired"]}
            for verb, method in resource["resourceMethods"].items()
        }
        for resource in resources
        if resource.get("resourceMethods")
    }
