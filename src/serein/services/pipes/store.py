"""All of EventBridge Pipes' SQL."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.pipes.errors import pipe_not_found

TOPIC = "pipes:due"
"""Woken when a pipe enters a state that it passes through."""
_SELECT = (
    "SELECT account, region, name, definition, tags, desired_state, current_state, state_reason, due_at, created_at,"
    " modified_at FROM pipes_pipes"
)
_KEY = "account = :account AND region = :region AND name = :name"


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe; `definition` holds its members by their wire names, defaults included, and is not to be changed."""

    scope: Scope
    name: str
    definition: dict[str, Any]
    tags: dict[str, str]
    desired_state: str
    current_state: str
    state_reason: str
    due_at: float | None
    created_at: float
    modified_at: float

    @property
    def arn(self) -> str:
        return arn_of("pipes", self.scope, f"pipe/{self.name}")


def find_pipe(tx: Transaction, scope: Scope, name: str) -> Pipe | None:
    row = tx.one(f"{_SELECT} WHERE {_KEY}", account=scope.account, region=scope.region, name=name)
    return None if row is None else _pipe(row)


def require_pipe(tx: Transaction, scope: Scope, name: str) -> Pipe:
    """Raises NotFoundException."""
    pipe = find_pipe(tx, scope, name)
    if pipe is None:
        raise pipe_not_found(name)
    return pipe


def put_pipe(tx: Transaction, pipe: Pipe) -> None:
    """Store a pipe, new or changed."""
    tx.run(
        "INSERT INTO pipes_pipes (account, region, name, definition, tags, desired_state, current_state, state_reason,"
        " due_at, created_at, modified_at) VALUES (:account, :region, :name, :definition, :tags, :desired_state,"
        " :current_state, :state_reason, :due_at, :created_at, :modified_at)"
        " ON CONFLICT (account, region, name) DO UPDATE SET definition = :definition, tags = :tags,"
        " desired_state = :desired_state, current_state = :current_state, state_reason = :state_reason,"
        " due_at = :due_at, modified_at = :modified_at",
        account=pipe.scope.account,
        region=pipe.scope.region,
        name=pipe.name,
        definition=json.dumps(pipe.definition),
        tags=json.dumps(pipe.tags),
        desired_state=pipe.desired_state,
        current_state=pipe.current_state,
        state_reason=pipe.state_reason,
        due_at=pipe.due_at,
        created_at=pipe.created_at,
        modified_at=pipe.modified_at,
    )
    if pipe.due_at is not None:
        tx.wake(TOPIC)


def delete_pipe(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(f"DELETE FROM pipes_pipes WHERE {_KEY}", account=scope.account, region=scope.region, name=name)


def list_pipes(tx: Transaction, scope: Scope, prefix: str, after: str, limit: int) -> list[Pipe]:
    """Pipes by name, those after a name."""
    rows = tx.all(
        f"{_SELECT} WHERE account = :account AND region = :region AND name > :after AND name >= :prefix"
        " AND name < :end ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        end=f"{prefix}\x7f",  # names have ASCII characters only
        limit=limit,
    )
    return [_pipe(row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    """When the next pipe comes out of a state."""
    row = tx.one("SELECT due_at FROM pipes_pipes WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    return None if row is None else float(row[0])


def due_pipes(tx: Transaction, limit: int) -> list[Pipe]:
    """Pipes that come out of a state now."""
    rows = tx.all(f"{_SELECT} WHERE due_at <= :now ORDER BY due_at, account, region, name LIMIT :limit",
                  now=tx.now, limit=limit)  # fmt: skip
    return [_pipe(row) for row in rows]


def _pipe(row: Row) -> Pipe:
    account, region, name, definition, tags, *rest = row
    return Pipe(Scope(account, region), name, _parsed(definition), json.loads(tags), *rest)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> dict[str, Any]:
    """Why kept: each batch reads its pipe."""
    definition: dict[str, Any] = json.loads(text)
    return definition
