"""Deployments in a transaction: made from an API as it is, and put behind a stage."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.services.apigateway.control.stages import MOST_STAGES, new_canary, new_stage, require_variables, settled
from serein.services.apigateway.errors import BadRequestException, require_room
from serein.services.apigateway.snapshots import snapshot_of, summary_of
from serein.services.apigateway.store import stages

Settings = dict[str, Any]


def make_deployment(tx: Transaction, api_id: str, description: str) -> tuple[Settings, Settings]:
    """Keep an API as it is now; the Deployment without its apiSummary, and that. Raises BadRequestException."""
    snapshot = snapshot_of(tx, api_id)
    methods = [method for resource in snapshot["resources"] for method in resource.get("resourceMethods", {}).values()]
    if not methods:
        raise BadRequestException("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise BadRequestException("No integration defined for method")
    settings: Settings = {"id": random_lower(6), "createdDate": tx.now}
    if description:
        settings["description"] = description
    summary = summary_of(snapshot["resources"])
    stages.insert_deployment(tx, api_id, settings, summary, json.dumps(snapshot, separators=(",", ":")))
    return settings, summary


def put_behind_stage(tx: Transaction, api_id: str, deployment_id: str, request: Settings) -> None:
    """Make or change the stage that CreateDeployment names, or its canary. Raises BadRequestException."""
    stage = stages.find_stage(tx, api_id, request["stageName"])
    if request.get("canarySettings"):
        if stage is None:
            raise BadRequestException("Deployment with canary settings requires an existing stage")
        stage["canarySettings"] = new_canary(request["canarySettings"], deployment_id)
        stage["canarySettings"]["deploymentId"] = deployment_id
    elif stage is None:
        require_room(len(stages.list_stages(tx, api_id)), MOST_STAGES, "Stages")
        stage = new_stage({**request, "deploymentId": deployment_id, "description": ""}, tx.now)
    else:
        stage["deploymentId"] = deployment_id
        if request.get("variables"):
            stage["variables"] = {**stage.get("variables", {}), **require_variables(request["variables"])}
        for name in ("cacheClusterEnabled", "cacheClusterSize", "tracingEnabled"):
            if request.get(name) is not None:
                stage[name] = request[name]
    if request.get("stageDescription"):
        stage["description"] = request["stageDescription"]
    stage["lastUpdatedDate"] = tx.now
    stages.put_stage(tx, api_id, settled(stage))


def require_unserved(tx: Transaction, api_id: str, deployment_id: str) -> None:
    """Raises BadRequestException while a stage serves the deployment."""
    for stage in stages.list_stages(tx, api_id):
        canary = stage.get("canarySettings", {}).get("deploymentId")
        if deployment_id in (stage["deploymentId"], canary):
            raise BadRequestException("Active stages pointing to this deployment must be moved or deleted")
