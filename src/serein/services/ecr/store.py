"""All of ECR's SQL."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.ecr.records import Repository

_PLACE = "account = :account AND region = :region"
_COLUMNS = "name, created_at, settings, tags, policy, lifecycle_policy"


def find_repository(tx: Transaction, scope: Scope, name: str) -> Repository | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM ecr_repositories WHERE {_PLACE} AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else _repository(scope, row)


def put_repository(tx: Transaction, repository: Repository) -> None:
    tx.run(
        f"INSERT INTO ecr_repositories (account, region, {_COLUMNS})"
        " VALUES (:account, :region, :name, :created_at, :settings, :tags, :policy, :lifecycle_policy)"
        " ON CONFLICT (account, region, name) DO UPDATE SET settings = :settings, tags = :tags, policy = :policy,"
        " lifecycle_policy = :lifecycle_policy",
        account=repository.scope.account,
        region=repository.scope.region,
        name=repository.name,
        created_at=repository.created_at,
        settings=json.dumps(repository.settings),
        tags=json.dumps(repository.tags),
        policy=repository.policy,
        lifecycle_policy=repository.lifecycle_policy,
    )


def delete_repository(tx: Transaction, repository: Repository) -> None:
    tx.run(
        f"DELETE FROM ecr_repositories WHERE {_PLACE} AND name = :name",
        account=repository.scope.account,
        region=repository.scope.region,
        name=repository.name,
    )


def list_repositories(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Repository]:
    """In the order of names."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM ecr_repositories WHERE {_PLACE} AND name > :after ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [_repository(scope, row) for row in rows]


def _repository(scope: Scope, row: tuple[str, float, str, str, str, str]) -> Repository:
    name, created_at, settings, tags, policy, lifecycle_policy = row
    return Repository(scope, name, created_at, json.loads(settings), json.loads(tags), policy, lifecycle_policy)
