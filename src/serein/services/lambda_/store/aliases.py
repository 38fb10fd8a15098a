"""Rows of aliases, resource policies, asynchronous invocation settings and function URLs."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.lambda_.store.functions import PROVISIONED_TOPIC

_KEY = "account = :account AND region = :region AND name = :name"
_RESOURCE = "account = :account AND region = :region AND resource = :resource"


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a version; `weights` sends a share of invocations to other versions."""

    name: str
    version: str
    description: str
    weights: dict[str, float]
    revision: str


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def find_alias(tx: Transaction, scope: Scope, name: str, alias: str) -> Alias | None:
    row = tx.one(
        f"SELECT alias, version, description, weights, revision FROM lambda_aliases WHERE {_KEY} AND alias = :alias",
        alias=alias,
        **_key(scope, name),
    )
    return None if row is None else Alias(row[0], row[1], row[2], json.loads(row[3]), row[4])


def list_aliases(tx: Transaction, scope: Scope, name: str, after: str, limit: int) -> list[Alias]:
    rows = tx.all(
        f"SELECT alias, version, description, weights, revision FROM lambda_aliases WHERE {_KEY} AND alias > :after"
        " ORDER BY alias LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope, name),
    )
    return [Alias(row[0], row[1], row[2], json.loads(row[3]), row[4]) for row in rows]


def put_alias(tx: Transaction, scope: Scope, name: str, alias: Alias) -> None:
    tx.run(
        "INSERT INTO lambda_aliases (account, region, name, alias, version, description, weights, revision)"
        " VALUES (:account, :region, :name, :alias, :version, :description, :weights, :revision)"
        " ON CONFLICT (account, region, name, alias) DO UPDATE SET version = excluded.version,"
        " description = excluded.description, weights = excluded.weights, revision = excluded.revision",
        alias=alias.name,
        version=alias.version,
        description=alias.description,
        weights=json.dumps(alias.weights),
        revision=alias.revision,
        **_key(scope, name),
    )
    tx.wake(PROVISIONED_TOPIC)


def remove_alias(tx: Transaction, scope: Scope, name: str, alias: str) -> None:
    tx.run(f"DELETE FROM lambda_aliases WHERE {_KEY} AND alias = :alias", alias=alias, **_key(scope, name))
    for table in ("event_configs", "urls", "provisioned"):
        tx.run(f"DELETE FROM lambda_{table} WHERE {_KEY} AND qualifier = :alias", alias=alias, **_key(scope, name))
    tx.wake(PROVISIONED_TOPIC)


def aliases_of_version(tx: Transaction, scope: Scope, name: str, version: str) -> list[str]:
    """The aliases that point at a version, its weights included."""
    return [
        alias.name
        for alias in list_aliases(tx, scope, name, "", 100_000)
        if version == alias.version or version in alias.weights
    ]


def find_policy(tx: Transaction, scope: Scope, resource: str) -> tuple[dict[str, Any], str] | None:
    """The resource policy of a function (`name`, `name:alias`) or layer version, and its revision."""
    row = tx.one(
        f"SELECT policy, revision FROM lambda_policies WHERE {_RESOURCE}",
        account=scope.account,
        region=scope.region,
        resource=resource,
    )
    return None if row is None else (json.loads(row[0]), row[1])


def find_policy_text(tx: Transaction, scope: Scope, resource: str) -> str:
    """The same as it is stored, or nothing."""
    row = tx.one(
        f"SELECT policy FROM lambda_policies WHERE {_RESOURCE}",
        account=scope.account,
        region=scope.region,
        resource=resource,
    )
    return "" if row is None else str(row[0])


def put_policy(tx: Transaction, scope: Scope, resource: str, policy: dict[str, Any]) -> str:
    """Keep a resource policy and return its new revision."""
    revision = new_uuid()
    tx.run(
        "INSERT INTO lambda_policies (account, region, resource, policy, revision)"
        " VALUES (:account, :region, :resource, :policy, :revision)"
        " ON CONFLICT (account, region, resource) DO UPDATE SET policy = excluded.policy, revision = excluded.revision",
        account=scope.account,
        region=scope.region,
        resource=resource,
        policy=json.dumps(policy, separators=(",", ":")),
        revision=revision,
    )
    return revision


def remove_policy(tx: Transaction, scope: Scope, resource: str) -> None:
    tx.run(
        f"DELETE FROM lambda_policies WHERE {_RESOURCE}",
        account=scope.account,
        region=scope.region,
        resource=resource,
    )


@dataclass(frozen=True, slots=True)
class EventConfig:
    """How asynchronous invocations of a function, version or alias are retried and where results go."""

    qualifier: str
    settings: dict[str, Any]
    modified_at: float


def find_event_config(tx: Transaction, scope: Scope, name: str, qualifier: str) -> EventConfig | None:
    row = tx.one(
        f"SELECT qualifier, config, modified_at FROM lambda_event_configs WHERE {_KEY} AND qualifier = :qualifier",
        qualifier=qualifier,
        **_key(scope, name),
    )
    return None if row is None else EventConfig(row[0], json.loads(row[1]), row[2])


def list_event_configs(tx: Transaction, scope: Scope, name: str, after: str, limit: int) -> list[EventConfig]:
    rows = tx.all(
        f"SELECT qualifier, config, modified_at FROM lambda_event_configs WHERE {_KEY} AND qualifier > :after"
        " ORDER BY qualifier LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope, name),
    )
    return [EventConfig(row[0], json.loads(row[1]), row[2]) for row in rows]


def put_event_config(tx: Transaction, scope: Scope, name: str, qualifier: str, settings: dict[str, Any]) -> None:
    tx.run(
        "INSERT INTO lambda_event_configs (account, region, name, qualifier, config, modified_at)"
        " VALUES (:account, :region, :name, :qualifier, :config, :now)"
        " ON CONFLICT (account, region, name, qualifier) DO UPDATE"
        " SET config = excluded.config, modified_at = excluded.modified_at",
        qualifier=qualifier,
        config=json.dumps(settings),
        now=tx.now,
        **_key(scope, name),
    )


def remove_event_config(tx: Transaction, scope: Scope, name: str, qualifier: str) -> bool:
    return bool(
        tx.run(
            f"DELETE FROM lambda_event_configs WHERE {_KEY} AND qualifier = :qualifier",
            qualifier=qualifier,
            **_key(scope, name),
        )
    )


@dataclass(frozen=True, slots=True)
class UrlRow:
    """A function URL."""

    url_id: str
    scope: Scope
    name: str
    qualifier: str
    settings: dict[str, Any]
    created_at: float
    modified_at: float


_URL = "url_id, account, region, name, qualifier, config, created_at, modified_at"


def _url(row: tuple[Any, ...]) -> UrlRow:
    return UrlRow(row[0], Scope(row[1], row[2]), row[3], row[4], json.loads(row[5]), row[6], row[7])


def find_url(tx: Transaction, scope: Scope, name: str, qualifier: str) -> UrlRow | None:
    row = tx.one(
        f"SELECT {_URL} FROM lambda_urls WHERE {_KEY} AND qualifier = :qualifier",
        qualifier=qualifier,
        **_key(scope, name),
    )
    return None if row is None else _url(row)


def url_by_id(tx: Transaction, url_id: str) -> UrlRow | None:
    row = tx.one(f"SELECT {_URL} FROM lambda_urls WHERE url_id = :url_id", url_id=url_id)
    return None if row is None else _url(row)


def list_urls(tx: Transaction, scope: Scope, name: str) -> list[UrlRow]:
    rows = tx.all(f"SELECT {_URL} FROM lambda_urls WHERE {_KEY} ORDER BY qualifier", **_key(scope, name))
    return [_url(row) for row in rows]


def put_url(tx: Transaction, url: UrlRow) -> None:
    tx.run(
        "INSERT INTO lambda_urls (url_id, account, region, name, qualifier, config, created_at, modified_at)"
        " VALUES (:url_id, :account, :region, :name, :qualifier, :config, :created_at, :modified_at)"
        " ON CONFLICT (url_id) DO UPDATE SET config = excluded.config, modified_at = excluded.modified_at",
        url_id=url.url_id,
        qualifier=url.qualifier,
        config=json.dumps(url.settings),
        created_at=url.created_at,
        modified_at=url.modified_at,
        **_key(url.scope, url.name),
    )


def remove_url(tx: Transaction, url_id: str) -> None:
    tx.run("DELETE FROM lambda_urls WHERE url_id = :url_id", url_id=url_id)
