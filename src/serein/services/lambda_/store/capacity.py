"""Rows of capacity providers."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.errors import ResourceNotFoundException

_KEY = "account = :account AND region = :region AND name = :name"


@dataclass(frozen=True, slots=True)
class CapacityProvider:
    """A capacity provider; `config` is what the API shows of it."""

    scope: Scope
    name: str
    config: dict[str, Any]
    tags: dict[str, str]

    @property
    def arn(self) -> str:
        return provider_arn(self.scope, self.name)


def provider_arn(scope: Scope, name: str) -> str:
    return arn_of("lambda", scope, f"capacity-provider:{name}")


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def _provider(scope: Scope, row: Row) -> CapacityProvider:
    return CapacityProvider(scope, row[0], json.loads(row[1]), json.loads(row[2]))


def find_provider(tx: Transaction, scope: Scope, name: str) -> CapacityProvider | None:
    row = tx.one(f"SELECT name, config, tags FROM lambda_capacity_providers WHERE {_KEY}", **_key(scope, name))
    return None if row is None else _provider(scope, row)


def require_provider(tx: Transaction, scope: Scope, name: str) -> CapacityProvider:
    """The capacity provider. Raises ResourceNotFoundException."""
    found = find_provider(tx, scope, name)
    if found is None:
        raise ResourceNotFoundException(f"Capacity provider not found: {provider_arn(scope, name)}", Type="User")
    return found


def put_provider(tx: Transaction, provider: CapacityProvider) -> None:
    tx.run(
        "INSERT INTO lambda_capacity_providers (account, region, name, config, tags)"
        " VALUES (:account, :region, :name, :config, :tags)"
        " ON CONFLICT (account, region, name) DO UPDATE SET config = excluded.config, tags = excluded.tags",
        config=json.dumps(provider.config),
        tags=json.dumps(provider.tags),
        **_key(provider.scope, provider.name),
    )


def remove_provider(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(f"DELETE FROM lambda_capacity_providers WHERE {_KEY}", **_key(scope, name))


def list_providers(tx: Transaction, scope: Scope, after: str, limit: int) -> list[CapacityProvider]:
    rows = tx.all(
        "SELECT name, config, tags FROM lambda_capacity_providers WHERE account = :account AND region = :region"
        " AND name > :name ORDER BY name LIMIT :limit",
        limit=limit,
        **_key(scope, after),
    )
    return [_provider(scope, row) for row in rows]
