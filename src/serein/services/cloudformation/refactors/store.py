"""The SQL of stack refactors."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope


class StackRefactorNotFoundException(AwsError):
    """The specified stack refactor can't be found."""

    status = 404


@dataclass(slots=True)
class Member:
    """A stack of a refactor, as it is to be. `operation` is the stack's last one when that was worked out."""

    name: str
    stack_id: str
    is_new: bool
    definition: str
    operation: str


@dataclass(slots=True)
class Move:
    """A resource's way: stacks by name, and whether the way was given (MANUAL) or found (AUTO)."""

    source: str
    source_id: str
    destination: str
    destination_id: str
    detection: str
    physical_id: str = ""


@dataclass(slots=True)
class Refactor:
    refactor_id: str
    scope: Scope
    status: str
    execution_status: str
    created_at: float
    description: str = ""
    reason: str = ""
    execution_reason: str = ""
    members: list[Member] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)


_COLUMNS = "refactor_id, account, region, status, execution_status, created_at, content"
_CONTENT = ("description", "reason", "execution_reason", "members", "moves")


def _refactor(row: tuple[Any, ...]) -> Refactor:
    content = json.loads(row[6])
    content["members"] = [Member(**member) for member in content["members"]]
    content["moves"] = [Move(**move) for move in content["moves"]]
    return Refactor(row[0], Scope(row[1], row[2]), row[3], row[4], row[5], **content)


def save_refactor(tx: Transaction, refactor: Refactor) -> None:
    fields = asdict(refactor)
    tx.run(
        f"INSERT INTO cloudformation_refactors ({_COLUMNS}) VALUES (:refactor_id, :account, :region, :status,"
        " :execution_status, :created_at, :content) ON CONFLICT (refactor_id) DO UPDATE SET status = excluded.status,"
        " execution_status = excluded.execution_status, content = excluded.content",
        refactor_id=refactor.refactor_id,
        account=refactor.scope.account,
        region=refactor.scope.region,
        status=refactor.status,
        execution_status=refactor.execution_status,
        created_at=refactor.created_at,
        content=json.dumps({name: fields[name] for name in _CONTENT}),
    )


def require_refactor(tx: Transaction, scope: Scope, refactor_id: str) -> Refactor:
    """Return the refactor. Raises StackRefactorNotFoundException."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM cloudformation_refactors"
        " WHERE refactor_id = :id AND account = :account AND region = :region",
        id=refactor_id,
        account=scope.account,
        region=scope.region,
    )
    if row is None:
        raise StackRefactorNotFoundException(f"Stack refactor {refactor_id} does not exist")
    return _refactor(row)


def refactors_of(tx: Transaction, scope: Scope) -> list[Refactor]:
    """All refactors of an account and region, newest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudformation_refactors WHERE account = :account AND region = :region"
        " ORDER BY created_at DESC, refactor_id",
        account=scope.account,
        region=scope.region,
    )
    return [_refactor(row) for row in rows]
