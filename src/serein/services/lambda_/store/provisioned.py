"""Rows of provisioned concurrency: how many environments a version or an alias is to have ready."""

from dataclasses import dataclass

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.names import FunctionReference
from serein.services.lambda_.store.functions import PROVISIONED_TOPIC

TOPIC = PROVISIONED_TOPIC
_KEY = "account = :account AND region = :region AND name = :name"
_COLUMNS = "account, region, name, qualifier, requested, modified_at"


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What was asked for."""

    reference: FunctionReference
    requested: int
    modified_at: float


def _provisioned(row: tuple[str, str, str, str, int, float]) -> Provisioned:
    return Provisioned(FunctionReference(Scope(row[0], row[1]), row[2], row[3]), row[4], row[5])


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def put_provisioned(tx: Transaction, reference: FunctionReference, requested: int) -> Provisioned:
    tx.run(
        f"INSERT INTO lambda_provisioned ({_COLUMNS})"
        " VALUES (:account, :region, :name, :qualifier, :requested, :now)"
        " ON CONFLICT (account, region, name, qualifier) DO UPDATE"
        " SET requested = excluded.requested, modified_at = excluded.modified_at",
        qualifier=reference.qualifier,
        requested=requested,
        now=tx.now,
        **_key(reference.scope, reference.name),
    )
    tx.wake(TOPIC)
    return Provisioned(reference, requested, tx.now)


def find_provisioned(tx: Transaction, reference: FunctionReference) -> Provisioned | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_provisioned WHERE {_KEY} AND qualifier = :qualifier",
        qualifier=reference.qualifier,
        **_key(reference.scope, reference.name),
    )
    return None if row is None else _provisioned(row)


def remove_provisioned(tx: Transaction, reference: FunctionReference) -> None:
    tx.run(
        f"DELETE FROM lambda_provisioned WHERE {_KEY} AND qualifier = :qualifier",
        qualifier=reference.qualifier,
        **_key(reference.scope, reference.name),
    )
    tx.wake(TOPIC)


def list_provisioned(
    tx: Transaction, scope: Scope, name: str, after: str = "", limit: int = 100_000
) -> list[Provisioned]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_provisioned WHERE {_KEY} AND qualifier > :after"
        " ORDER BY qualifier LIMIT :limit",
        after=after,
        limit=limit,
        **_key(scope, name),
    )
    return [_provisioned(row) for row in rows]


def all_provisioned(tx: Transaction) -> list[Provisioned]:
    """Those of every account."""
    return [_provisioned(row) for row in tx.all(f"SELECT {_COLUMNS} FROM lambda_provisioned")]


def unreserved_provisioned(tx: Transaction, scope: Scope) -> int:
    """What functions without reserved concurrency have provisioned: it is taken from the account's unreserved."""
    row = tx.one(
        "SELECT sum(p.requested) FROM lambda_provisioned p JOIN lambda_functions f"
        " ON f.account = p.account AND f.region = p.region AND f.name = p.name"
        " WHERE p.account = :account AND p.region = :region AND f.reserved_concurrency < 0",
        account=scope.account,
        region=scope.region,
    )
    return int(row[0]) if row and row[0] is not None else 0
