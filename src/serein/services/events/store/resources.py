"""The rows of archives, replays, connections and API destinations: each a name and a definition."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

ARCHIVE, REPLAY, CONNECTION, DESTINATION = "archive", "replay", "connection", "api-destination"


@dataclass(frozen=True, slots=True)
class Held:
    """What has a name of its own in an account and region."""

    kind: str
    scope: Scope
    name: str
    definition: dict[str, Any]


def find(tx: Transaction, kind: str, scope: Scope, name: str) -> Held | None:
    row = tx.one(
        "SELECT definition FROM events_resources"
        " WHERE kind = :kind AND account = :account AND region = :region AND name = :name",
        kind=kind,
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else Held(kind, scope, name, json.loads(row[0]))


def listed(tx: Transaction, kind: str, scope: Scope, prefix: str, after: str) -> list[Held]:
    """In the order of names."""
    rows = tx.all(
        "SELECT name, definition FROM events_resources WHERE kind = :kind AND account = :account"
        " AND region = :region AND name > :after AND substr(name, 1, :length) = :prefix ORDER BY name",
        kind=kind,
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        length=len(prefix),
    )
    return [Held(kind, scope, name, json.loads(definition)) for name, definition in rows]


def put(tx: Transaction, held: Held, *, is_active: bool = False) -> None:
    """Make it, or change it; `is_active` when there is work to do for it."""
    tx.run(
        "INSERT INTO events_resources (kind, account, region, name, definition, is_active)"
        " VALUES (:kind, :account, :region, :name, :definition, :is_active)"
        " ON CONFLICT (kind, account, region, name) DO UPDATE SET definition = excluded.definition,"
        " is_active = excluded.is_active",
        kind=held.kind,
        account=held.scope.account,
        region=held.scope.region,
        name=held.name,
        definition=json.dumps(held.definition),
        is_active=int(is_active),
    )


def delete(tx: Transaction, held: Held) -> None:
    tx.run(
        "DELETE FROM events_resources WHERE kind = :kind AND account = :account AND region = :region AND name = :name",
        kind=held.kind,
        account=held.scope.account,
        region=held.scope.region,
        name=held.name,
    )


def find_active(tx: Transaction, kind: str) -> Held | None:
    """One that has work to do."""
    row = tx.one(
        "SELECT account, region, name, definition FROM events_resources WHERE kind = :kind AND is_active = 1"
        " ORDER BY account, region, name LIMIT 1",
        kind=kind,
    )
    return None if row is None else Held(kind, Scope(row[0], row[1]), row[2], json.loads(row[3]))
