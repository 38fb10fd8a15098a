"""All the SQL of API Gateway's HTTP APIs. Settings are JSON text in wire member names."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import api_not_found, part_not_found

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A snapshot that stages can serve."""

    deployment_id: str
    created_at: float
    is_automatic: bool
    description: str


@dataclass(slots=True)
class Stage:
    """A stage: its settings, and the deployment it serves ("" when it has none)."""

    name: str
    deployment_id: str
    is_automatic: bool
    settings: Settings


@dataclass(frozen=True, slots=True)
class Served:
    """What the data plane needs to know of a stage. `stage_name` is None when the API has no stage."""

    account: str
    region: str
    is_disabled: bool
    stage_name: str | None
    deployment_id: str | None
    settings: str | None


def insert_api(tx: Transaction, scope: Scope, api_id: str, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_apis (api_id, account, region, created_at, is_disabled, settings)"
        " VALUES (:api_id, :account, :region, :created_at, :is_disabled, :settings)",
        api_id=api_id,
        account=scope.account,
        region=scope.region,
        created_at=settings["CreatedDate"],
        is_disabled=int(settings.get("DisableExecuteApiEndpoint", False)),
        settings=json.dumps(settings),
    )


def find_api(tx: Transaction, scope: Scope, api_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigatewayv2_apis WHERE api_id = :api_id AND account = :account AND region = :region",
        api_id=api_id,
        account=scope.account,
        region=scope.region,
    )
    return None if row is None else json.loads(row[0])


def require_api(tx: Transaction, scope: Scope, api_id: str) -> Settings:
    found = find_api(tx, scope, api_id)
    if found is None:
        raise api_not_found(scope, api_id)
    return found


def list_apis(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Settings]:
    """The APIs whose ids follow `after`, in the order of their ids."""
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_apis WHERE account = :account AND region = :region AND api_id > :after"
        " ORDER BY api_id LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [json.loads(row[0]) for row in rows]


def update_api(tx: Transaction, api_id: str, settings: Settings) -> None:
    tx.run(
        "UPDATE apigatewayv2_apis SET settings = :settings, is_disabled = :is_disabled WHERE api_id = :api_id",
        api_id=api_id,
        is_disabled=int(settings.get("DisableExecuteApiEndpoint", False)),
        settings=json.dumps(settings),
    )


def delete_api(tx: Transaction, api_id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_stages WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigatewayv2_deployments WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigatewayv2_parts WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigatewayv2_apis WHERE api_id = :api_id", api_id=api_id)


def put_part(tx: Transaction, api_id: str, kind: str, part_id: str, settings: Settings) -> None:
    """Store a `Route` or an `Integration`."""
    tx.run(
        "INSERT INTO apigatewayv2_parts (api_id, kind, part_id, settings) VALUES (:api_id, :kind, :part_id, :settings)"
        " ON CONFLICT (api_id, kind, part_id) DO UPDATE SET settings = :settings",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
        settings=json.dumps(settings),
    )


def find_part(tx: Transaction, api_id: str, kind: str, part_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigatewayv2_parts WHERE api_id = :api_id AND kind = :kind AND part_id = :part_id",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
    )
    return None if row is None else json.loads(row[0])


def require_part(tx: Transaction, api_id: str, kind: str, part_id: str) -> Settings:
    found = find_part(tx, api_id, kind, part_id)
    if found is None:
        raise part_not_found(kind)
    return found


def list_parts(tx: Transaction, api_id: str, kind: str) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_parts WHERE api_id = :api_id AND kind = :kind ORDER BY part_id",
        api_id=api_id,
        kind=kind,
    )
    return [json.loads(row[0]) for row in rows]


def delete_part(tx: Transaction, api_id: str, kind: str, part_id: str) -> None:
    """Delete a part. Raises NotFoundException when there is none."""
    deleted = tx.run(
        "DELETE FROM apigatewayv2_parts WHERE api_id = :api_id AND kind = :kind AND part_id = :part_id",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
    )
    if not deleted:
        raise part_not_found(kind)


def delete_parts(tx: Transaction, api_id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_parts WHERE api_id = :api_id", api_id=api_id)


def insert_deployment(tx: Transaction, api_id: str, deployment: Deployment, snapshot: str) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_deployments"
        " (api_id, deployment_id, created_at, is_automatic, description, snapshot)"
        " VALUES (:api_id, :deployment_id, :created_at, :is_automatic, :description, :snapshot)",
        api_id=api_id,
        deployment_id=deployment.deployment_id,
        created_at=deployment.created_at,
        is_automatic=int(deployment.is_automatic),
        description=deployment.description,
        snapshot=snapshot,
    )


def list_deployments(tx: Transaction, api_id: str) -> list[Deployment]:
    rows = tx.all(
        "SELECT deployment_id, created_at, is_automatic, description FROM apigatewayv2_deployments"
        " WHERE api_id = :api_id ORDER BY deployment_id",
        api_id=api_id,
    )
    return [Deployment(row[0], row[1], bool(row[2]), row[3]) for row in rows]


def require_deployment(tx: Transaction, api_id: str, deployment_id: str) -> Deployment:
    row = tx.one(
        "SELECT deployment_id, created_at, is_automatic, description FROM apigatewayv2_deployments"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    if row is None:
        raise part_not_found("Deployment")
    return Deployment(row[0], row[1], bool(row[2]), row[3])


def describe_deployment(tx: Transaction, api_id: str, deployment_id: str, description: str) -> None:
    tx.run(
        "UPDATE apigatewayv2_deployments SET description = :description"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
        description=description,
    )


def delete_deployment(tx: Transaction, api_id: str, deployment_id: str) -> None:
    tx.run(
        "DELETE FROM apigatewayv2_deployments WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )


def find_snapshot(tx: Transaction, api_id: str, deployment_id: str) -> str | None:
    row = tx.one(
        "SELECT snapshot FROM apigatewayv2_deployments WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    return None if row is None else row[0]


def put_stage(tx: Transaction, api_id: str, stage: Stage) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_stages (api_id, stage_name, deployment_id, is_automatic, variables, settings)"
        " VALUES (:api_id, :name, :deployment_id, :is_automatic, :variables, :settings)"
        " ON CONFLICT (api_id, stage_name) DO UPDATE SET deployment_id = :deployment_id,"
        " is_automatic = :is_automatic, variables = :variables, settings = :settings",
        api_id=api_id,
        name=stage.name,
        deployment_id=stage.deployment_id,
        is_automatic=int(stage.is_automatic),
        variables=json.dumps(stage.settings.get("StageVariables", {})),
        settings=json.dumps(stage.settings),
    )


def list_stages(tx: Transaction, api_id: str) -> list[Stage]:
    rows = tx.all(
        "SELECT stage_name, deployment_id, is_automatic, settings FROM apigatewayv2_stages"
        " WHERE api_id = :api_id ORDER BY stage_name",
        api_id=api_id,
    )
    return [Stage(row[0], row[1], bool(row[2]), json.loads(row[3])) for row in rows]


def find_stage(tx: Transaction, api_id: str, name: str) -> Stage | None:
    row = tx.one(
        "SELECT deployment_id, is_automatic, settings FROM apigatewayv2_stages"
        " WHERE api_id = :api_id AND stage_name = :name",
        api_id=api_id,
        name=name,
    )
    return None if row is None else Stage(name, row[0], bool(row[1]), json.loads(row[2]))


def require_stage(tx: Transaction, api_id: str, name: str) -> Stage:
    found = find_stage(tx, api_id, name)
    if found is None:
        raise part_not_found("stage")
    return found


def delete_stage(tx: Transaction, api_id: str, name: str) -> None:
    tx.run("DELETE FROM apigatewayv2_stages WHERE api_id = :api_id AND stage_name = :name", api_id=api_id, name=name)


def served_stages(tx: Transaction, api_id: str) -> list[Served]:
    """One row per stage of an API, or one without a stage; empty when there is no such API."""
    rows = tx.all(
        "SELECT a.account, a.region, a.is_disabled, s.stage_name, s.deployment_id, s.settings"
        " FROM apigatewayv2_apis a LEFT JOIN apigatewayv2_stages s ON s.api_id = a.api_id WHERE a.api_id = :api_id",
        api_id=api_id,
    )
    return [Served(row[0], row[1], bool(row[2]), row[3], row[4], row[5]) for row in rows]
