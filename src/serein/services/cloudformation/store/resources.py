"""The SQL of stacks' resources, and of what they wait for."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudformation.stacks import StackResource

_COLUMNS = (
    "logical_id, type, slot, physical_id, reference, attributes, properties, previous, token, operation, status,"
    " reason, updated_at, policies, dependencies"
)
_UPDATED = [column for column in _COLUMNS.split(", ") if column not in ("logical_id", "slot")]
_UPSERT = (
    f"INSERT INTO cloudformation_resources (stack_id, {_COLUMNS}) VALUES (:stack_id,"
    f" {', '.join(':' + column for column in _COLUMNS.split(', '))})"
    f" ON CONFLICT (stack_id, logical_id, slot) DO UPDATE SET"
    f" {', '.join(f'{column} = excluded.{column}' for column in _UPDATED)}"
)


def _resource(row: tuple[Any, ...]) -> StackResource:
    return StackResource(
        logical_id=row[0],
        type=row[1],
        slot=row[2],
        physical_id=row[3],
        reference=json.loads(row[4]),
        attributes=json.loads(row[5]),
        properties=json.loads(row[6]),
        previous=json.loads(row[7]) if row[7] else None,
        token=row[8],
        operation=row[9],
        status=row[10],
        reason=row[11],
        updated_at=row[12],
        policies=json.loads(row[13]),
        dependencies=json.loads(row[14]),
    )


def save_resource(tx: Transaction, stack_id: str, resource: StackResource) -> None:
    """Keep a resource as it is now; stamps its time."""
    tx.run(
        _UPSERT,
        stack_id=stack_id,
        logical_id=resource.logical_id,
        type=resource.type,
        slot=resource.slot,
        physical_id=resource.physical_id,
        reference=json.dumps(resource.reference),
        attributes=json.dumps(resource.attributes),
        properties=json.dumps(resource.properties),
        previous="" if resource.previous is None else json.dumps(resource.previous),
        token=resource.token,
        operation=resource.operation,
        status=resource.status,
        reason=resource.reason,
        updated_at=tx.now,
        policies=json.dumps(resource.policies),
        dependencies=json.dumps(resource.dependencies),
    )


def resources_of(tx: Transaction, stack_id: str) -> list[StackResource]:
    """All of a stack's resources, those to be removed included, by logical id."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudformation_resources WHERE stack_id = :id ORDER BY logical_id, slot", id=stack_id
    )
    return [_resource(row) for row in rows]


def delete_resource(tx: Transaction, stack_id: str, resource: StackResource) -> None:
    tx.run(
        "DELETE FROM cloudformation_resources WHERE stack_id = :id AND logical_id = :logical_id AND slot = :slot",
        id=stack_id,
        logical_id=resource.logical_id,
        slot=resource.slot,
    )


def forget_previous(tx: Transaction, stack_id: str) -> None:
    """The operation stands: nothing is gone back to any more."""
    tx.run("UPDATE cloudformation_resources SET previous = '' WHERE stack_id = :id AND previous <> ''", id=stack_id)


def stack_of_physical_id(tx: Transaction, scope: Scope, physical_id: str) -> str | None:
    """The id of the stack of an account and region that a physical resource belongs to."""
    row = tx.one(
        "SELECT r.stack_id FROM cloudformation_resources r JOIN cloudformation_stacks s ON s.stack_id = r.stack_id"
        " WHERE r.physical_id = :id AND r.slot = '' AND r.status <> 'DELETE_COMPLETE'"
        " AND s.account = :account AND s.region = :region LIMIT 1",
        id=physical_id,
        account=scope.account,
        region=scope.region,
    )
    return row[0] if row else None


# Waits: answers that come from outside


def find_wait(tx: Transaction, stack_id: str, purpose: str) -> tuple[str, float, str] | None:
    """(token, deadline, answer) of what waits for `purpose`, or None."""
    row = tx.one(
        "SELECT token, deadline, answer FROM cloudformation_waits WHERE stack_id = :id AND purpose = :purpose",
        id=stack_id,
        purpose=purpose,
    )
    return (row[0], row[1], row[2]) if row else None


def insert_wait(tx: Transaction, token: str, stack_id: str, purpose: str, deadline: float) -> None:
    tx.run(
        "INSERT INTO cloudformation_waits (token, stack_id, purpose, deadline, answer)"
        " VALUES (:token, :id, :purpose, :deadline, '')",
        token=token,
        id=stack_id,
        purpose=purpose,
        deadline=deadline,
    )


def answer_wait(tx: Transaction, token: str, answer: str) -> str | None:
    """Record the first answer; return the waiting stack's id, or None when nothing waits (any more)."""
    row = tx.one(
        "UPDATE cloudformation_waits SET answer = :answer WHERE token = :token AND answer = '' RETURNING stack_id",
        answer=answer,
        token=token,
    )
    return row[0] if row else None


def delete_waits(tx: Transaction, stack_id: str) -> None:
    """Nothing of the stack waits any more."""
    tx.run("DELETE FROM cloudformation_waits WHERE stack_id = :id", id=stack_id)


def has_unread_answer(tx: Transaction, stack_id: str, purposes: list[str]) -> bool:
    """Whether an answer came for one of what the stack waits for."""
    rows = tx.all(
        "SELECT purpose FROM cloudformation_waits WHERE stack_id = :id AND answer <> ''",
        id=stack_id,
    )
    return any(row[0] in purposes for row in rows)


# Signals to wait conditions


def is_watched(tx: Transaction, handle: str, purpose: str) -> bool:
    """Whether another wait condition than `purpose` waits for the handle's signals."""
    row = tx.one("SELECT purpose FROM cloudformation_waits WHERE token = :handle", handle=handle)
    return row is not None and row[0] != purpose


def watch_signals(tx: Transaction, stack_id: str, purpose: str, handle: str, deadline: float) -> float:
    """Wait for signals to a handle, none of them seen yet; return the deadline that was set first."""
    row = tx.one(
        "INSERT INTO cloudformation_waits (token, stack_id, purpose, deadline, answer)"
        " VALUES (:handle, :id, :purpose, :deadline, '')"
        " ON CONFLICT (stack_id, purpose) DO UPDATE SET answer = '' RETURNING deadline",
        handle=handle,
        id=stack_id,
        purpose=purpose,
        deadline=deadline,
    )
    return float(row[0]) if row else deadline


def put_signal(tx: Transaction, handle: str, unique_id: str, status: str, reason: str, data: str) -> None:
    tx.run(
        "INSERT INTO cloudformation_signals (handle, unique_id, status, reason, data)"
        " VALUES (:handle, :unique_id, :status, :reason, :data) ON CONFLICT (handle, unique_id) DO NOTHING",
        handle=handle,
        unique_id=unique_id,
        status=status,
        reason=reason,
        data=data,
    )


def signals_of(tx: Transaction, handle: str) -> list[tuple[str, str, str, str]]:
    """(unique id, status, reason, data) by unique id."""
    rows = tx.all(
        "SELECT unique_id, status, reason, data FROM cloudformation_signals WHERE handle = :handle ORDER BY unique_id",
        handle=handle,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
