"""Deployments: immutable snapshots of an API, and the stages that follow it by themselves."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.sockets.apis import is_socket_api
from serein.services.apigatewayv2.sockets.deployments import snapshot_of
from serein.services.apigatewayv2.store import Deployment

_GATED = ("AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName")


def deploy(tx: Transaction, api: dict[str, Any], description: str = "", *, is_automatic: bool = False) -> Deployment:
    """Take a snapshot of the API as it is now."""
    api_id = api["ApiId"]
    snapshot = snapshot_of(tx, api) if is_socket_api(api) else _snapshot(tx, api)
    made = Deployment(random_lower(6), tx.now, is_automatic, description)
    store.insert_deployment(tx, api_id, made, json.dumps(snapshot))
    return made


def _snapshot(tx: Transaction, api: dict[str, Any]) -> dict[str, Any]:
    api_id = api["ApiId"]
    return {
        "Protocol": api["ProtocolType"],
        "Cors": api.get("CorsConfiguration"),
        "Routes": [
            {
                "RouteKey": route["RouteKey"],
                "Integration": route.get("Target", "").partition("/")[2],
                **{name: route[name] for name in _GATED if name in route},
            }
            for route in store.list_parts(tx, api_id, "Route")
        ],
        "Authorizers": {part["AuthorizerId"]: part for part in store.list_parts(tx, api_id, "Authorizer")},
        "Integrations": {part["IntegrationId"]: part for part in store.list_parts(tx, api_id, "Integration")},
    }


def follow_changes(tx: Transaction, api: dict[str, Any]) -> None:
    """Deploy a changed API to its stages with AutoDeploy.

    AWS keeps every automatic deployment; here the ones that no stage serves any more go, or an API of n routes would
    keep n snapshots.
    """
    api_id = api["ApiId"]
    stages = store.list_stages(tx, api_id)
    followers = [stage for stage in stages if stage.is_automatic]
    if not followers:
        return
    made = deploy(tx, api, "Automatic deployment triggered by changes to the Api configuration", is_automatic=True)
    for stage in followers:
        stage.deployment_id = made.deployment_id
        stage.settings["LastUpdatedDate"] = tx.now
        stage.settings["LastDeploymentStatusMessage"] = (
            f"Successfully deployed stage with deployment ID '{made.deployment_id}'"
        )
        store.put_stage(tx, api_id, stage)
    served = {stage.deployment_id for stage in stages}
    for old in store.list_deployments(tx, api_id):
        if old.is_automatic and old.deployment_id not in served:
            store.delete_deployment(tx, api_id, old.deployment_id)


def shown_deployment(deployment: Deployment) -> dict[str, Any]:
    """A deployment as AWS's replies show it."""
    shown = {
        "AutoDeployed": deployment.is_automatic,
        "CreatedDate": deployment.created_at,
        "DeploymentId": deployment.deployment_id,
        "DeploymentStatus": "DEPLOYED",
    }
    return {**shown, "Description": deployment.description} if deployment.description else shown
