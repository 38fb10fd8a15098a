"""REST APIs and their parts: resources (with their methods), models, validators, authorizers, responses, documents."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway.errors import api_not_found

Settings = dict[str, Any]


def insert_api(tx: Transaction, scope: Scope, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigateway_apis (api_id, account, region, changes, revision, settings)"
        " VALUES (:api_id, :account, :region, 1, 1, :settings)",
        api_id=settings["id"],
        account=scope.account,
        region=scope.region,
        settings=json.dumps(settings),
    )


def find_api(tx: Transaction, scope: Scope, api_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_apis WHERE api_id = :api_id AND account = :account AND region = :region",
        api_id=api_id,
        account=scope.account,
        region=scope.region,
    )
    return None if row is None else json.loads(row[0])


def require_api(tx: Transaction, scope: Scope, api_id: str) -> Settings:
    found = find_api(tx, scope, api_id)
    if found is None:
        raise api_not_found(scope.account, api_id)
    return found


def settings_of(tx: Transaction, api_id: str) -> Settings | None:
    """The RestApi of an id, whosever it is."""
    row = tx.one("SELECT settings FROM apigateway_apis WHERE api_id = :api_id", api_id=api_id)
    return None if row is None else json.loads(row[0])


def list_apis(tx: Transaction, scope: Scope) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_apis WHERE account = :account AND region = :region ORDER BY api_id",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def update_api(tx: Transaction, settings: Settings) -> None:
    """Store an API's settings; what is served of it gets a new revision."""
    tx.run(
        "UPDATE apigateway_apis SET settings = :settings, changes = changes + 1, revision = changes + 1"
        " WHERE api_id = :api_id",
        api_id=settings["id"],
        settings=json.dumps(settings),
    )


def next_change(tx: Transaction, api_id: str) -> int:
    """A number that is greater than every one before it, for revisions of what belongs to the API."""
    row = tx.one(
        "UPDATE apigateway_apis SET changes = changes + 1 WHERE api_id = :api_id RETURNING changes", api_id=api_id
    )
    return 0 if row is None else int(row[0])


def delete_api(tx: Transaction, api_id: str) -> None:
    tx.run("DELETE FROM apigateway_stages WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigateway_deployments WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigateway_parts WHERE api_id = :api_id", api_id=api_id)
    tx.run("DELETE FROM apigateway_apis WHERE api_id = :api_id", api_id=api_id)


def put_part(tx: Transaction, api_id: str, kind: str, part_id: str, settings: Settings) -> None:
    """Store a part of an API.

    Kinds: `Resource` (with its methods), `Model` (by name), `RequestValidator`, `Authorizer`, `GatewayResponse` (by
    type), `DocumentationPart`, `DocumentationVersion` (by version).
    """
    tx.run(
        "INSERT INTO apigateway_parts (api_id, kind, part_id, settings) VALUES (:api_id, :kind, :part_id, :settings)"
        " ON CONFLICT (api_id, kind, part_id) DO UPDATE SET settings = :settings",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
        settings=json.dumps(settings),
    )


def find_part(tx: Transaction, api_id: str, kind: str, part_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_parts WHERE api_id = :api_id AND kind = :kind AND part_id = :part_id",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
    )
    return None if row is None else json.loads(row[0])


def list_parts(tx: Transaction, api_id: str, kind: str) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_parts WHERE api_id = :api_id AND kind = :kind ORDER BY part_id",
        api_id=api_id,
        kind=kind,
    )
    return [json.loads(row[0]) for row in rows]


def delete_part(tx: Transaction, api_id: str, kind: str, part_id: str) -> int:
    """Delete a part; the number of rows that went."""
    return tx.run(
        "DELETE FROM apigateway_parts WHERE api_id = :api_id AND kind = :kind AND part_id = :part_id",
        api_id=api_id,
        kind=kind,
        part_id=part_id,
    )


def delete_parts(tx: Transaction, api_id: str, kind: str) -> None:
    tx.run("DELETE FROM apigateway_parts WHERE api_id = :api_id AND kind = :kind", api_id=api_id, kind=kind)
