"""Deployments, which are snapshots, and stages, which serve them."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.services.apigateway.store.apis import next_change

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """What the data plane needs to know of a stage. The texts are JSON in wire form."""

    account: str
    region: str
    api: str
    """The RestApi's settings as they are now (the snapshot has those of the deployment)."""
    stage: str | None
    """The Stage; None when the API has none of that name."""
    deployment_id: str
    canary_deployment_id: str
    """Empty without a canary."""
    revision: int
    """Another one after every change of the stage or of the API's own settings."""
    cache_revision: int
    """Another one after every FlushStageCache."""
    authorizers_revision: int
    """Another one after every FlushStageAuthorizersCache."""


def served_stage(tx: Transaction, api_id: str, stage_name: str) -> Served | None:
    """What is served under a stage's name, or None when there is no such API."""
    row = tx.one(
        "SELECT a.account, a.region, a.settings, a.revision, s.settings, s.deployment_id, s.canary_deployment_id,"
        " s.revision, s.cache_revision, s.authorizers_revision FROM apigateway_apis a"
        " LEFT JOIN apigateway_stages s ON s.api_id = a.api_id AND s.stage_name = :stage_name"
        " WHERE a.api_id = :api_id",
        api_id=api_id,
        stage_name=stage_name,
    )
    if row is None:
        return None
    if row[4] is None:
        return Served(row[0], row[1], row[2], None, "", "", row[3], 0, 0)
    return Served(row[0], row[1], row[2], row[4], row[5], row[6], max(row[3], row[7]), row[8], row[9])


def find_snapshot(tx: Transaction, api_id: str, deployment_id: str) -> str | None:
    """A deployment's snapshot as JSON text (`snapshots.snapshot_of`)."""
    row = tx.one(
        "SELECT snapshot FROM apigateway_deployments WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    return None if row is None else row[0]


def insert_deployment(tx: Transaction, api_id: str, settings: Settings, summary: Settings, snapshot: str) -> None:
    """`settings` are the Deployment without its apiSummary, which is `summary`."""
    tx.run(
        "INSERT INTO apigateway_deployments (api_id, deployment_id, created_at, settings, summary, snapshot)"
        " VALUES (:api_id, :deployment_id, :created_at, :settings, :summary, :snapshot)",
        api_id=api_id,
        deployment_id=settings["id"],
        created_at=settings["createdDate"],
        settings=json.dumps(settings),
        summary=json.dumps(summary),
        snapshot=snapshot,
    )


def find_deployment(tx: Transaction, api_id: str, deployment_id: str) -> tuple[Settings, Settings] | None:
    """The Deployment without its apiSummary, and that."""
    row = tx.one(
        "SELECT settings, summary FROM apigateway_deployments"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    return None if row is None else (json.loads(row[0]), json.loads(row[1]))


def list_deployments(tx: Transaction, api_id: str) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_deployments WHERE api_id = :api_id ORDER BY deployment_id", api_id=api_id
    )
    return [json.loads(row[0]) for row in rows]


def update_deployment(tx: Transaction, api_id: str, settings: Settings) -> None:
    tx.run(
        "UPDATE apigateway_deployments SET settings = :settings"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=settings["id"],
        settings=json.dumps(settings),
    )


def delete_deployment(tx: Transaction, api_id: str, deployment_id: str) -> None:
    tx.run(
        "DELETE FROM apigateway_deployments WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )


def put_stage(tx: Transaction, api_id: str, settings: Settings) -> None:
    """Store a Stage; it gets a new revision."""
    tx.run(
        "INSERT INTO apigateway_stages (api_id, stage_name, deployment_id, canary_deployment_id, revision,"
        " cache_revision, authorizers_revision, settings) VALUES (:api_id, :stage_name, :deployment_id, :canary,"
        " :revision, :revision, :revision, :settings)"
        " ON CONFLICT (api_id, stage_name) DO UPDATE SET deployment_id = :deployment_id,"
        " canary_deployment_id = :canary, revision = :revision, settings = :settings",
        api_id=api_id,
        stage_name=settings["stageName"],
        deployment_id=settings.get("deploymentId", ""),
        canary=settings.get("canarySettings", {}).get("deploymentId", ""),
        revision=next_change(tx, api_id),
        settings=json.dumps(settings),
    )


def find_stage(tx: Transaction, api_id: str, stage_name: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_stages WHERE api_id = :api_id AND stage_name = :stage_name",
        api_id=api_id,
        stage_name=stage_name,
    )
    return None if row is None else json.loads(row[0])


def list_stages(tx: Transaction, api_id: str) -> list[Settings]:
    rows = tx.all("SELECT settings FROM apigateway_stages WHERE api_id = :api_id ORDER BY stage_name", api_id=api_id)
    return [json.loads(row[0]) for row in rows]


def delete_stage(tx: Transaction, api_id: str, stage_name: str) -> None:
    tx.run(
        "DELETE FROM apigateway_stages WHERE api_id = :api_id AND stage_name = :stage_name",
        api_id=api_id,
        stage_name=stage_name,
    )


def flush_cache(tx: Transaction, api_id: str, stage_name: str) -> None:
    tx.run(
        "UPDATE apigateway_stages SET cache_revision = :revision WHERE api_id = :api_id AND stage_name = :stage_name",
        api_id=api_id,
        stage_name=stage_name,
        revision=next_change(tx, api_id),
    )


def flush_authorizers(tx: Transaction, api_id: str, stage_name: str) -> None:
    tx.run(
        "UPDATE apigateway_stages SET authorizers_revision = :revision"
        " WHERE api_id = :api_id AND stage_name = :stage_name",
        api_id=api_id,
        stage_name=stage_name,
        revision=next_change(tx, api_id),
    )
