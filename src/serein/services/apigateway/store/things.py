"""What belongs to an account and to no API: its settings, VPC links, client certificates."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

Settings = dict[str, Any]


def put_thing(tx: Transaction, scope: Scope, kind: str, thing_id: str, settings: Settings) -> None:
    """Store the `Account` (its id is `account`), a `VpcLink` or a `ClientCertificate`."""
    tx.run(
        "INSERT INTO apigateway_things (account, region, kind, thing_id, settings)"
        " VALUES (:account, :region, :kind, :thing_id, :settings)"
        " ON CONFLICT (account, region, kind, thing_id) DO UPDATE SET settings = :settings",
        account=scope.account,
        region=scope.region,
        kind=kind,
        thing_id=thing_id,
        settings=json.dumps(settings),
    )


def find_thing(tx: Transaction, scope: Scope, kind: str, thing_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_things"
        " WHERE account = :account AND region = :region AND kind = :kind AND thing_id = :thing_id",
        account=scope.account,
        region=scope.region,
        kind=kind,
        thing_id=thing_id,
    )
    return None if row is None else json.loads(row[0])


def list_things(tx: Transaction, scope: Scope, kind: str) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_things WHERE account = :account AND region = :region AND kind = :kind"
        " ORDER BY thing_id",
        account=scope.account,
        region=scope.region,
        kind=kind,
    )
    return [json.loads(row[0]) for row in rows]


def delete_thing(tx: Transaction, scope: Scope, kind: str, thing_id: str) -> int:
    """Delete one; the number of rows that went."""
    return tx.run(
        "DELETE FROM apigateway_things"
        " WHERE account = :account AND region = :region AND kind = :kind AND thing_id = :thing_id",
        account=scope.account,
        region=scope.region,
        kind=kind,
        thing_id=thing_id,
    )
