"""The SQL of change sets."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import AlreadyExistsException, ChangeSetNotFound, ValidationError
from serein.services.cloudformation.stacks import Definition
from serein.services.cloudformation.store.stacks import decode_definition, encode_definition, find_stack

_COLUMNS = "change_set_id, stack_id, name, status, execution_status, reason, created_at, definition, changes"


@dataclass(slots=True)
class ChangeSet:
    change_set_id: str
    stack_id: str
    name: str
    status: str
    execution_status: str
    reason: str
    created_at: float
    definition: Definition
    changes: dict[str, Any]
    """Its type, description, behaviour on failure, and the changes themselves."""


def _change_set(row: tuple[Any, ...]) -> ChangeSet:
    return ChangeSet(*row[:7], definition=decode_definition(row[7]), changes=json.loads(row[8]))  # type: ignore[misc]


def new_change_set(scope: Scope, stack_id: str, name: str, now: float) -> ChangeSet:
    """A change set that is not stored yet and would change nothing."""
    return ChangeSet(
        change_set_id=arn_of("cloudformation", scope, f"changeSet/{name}/{new_uuid()}"),
        stack_id=stack_id,
        name=name,
        status="CREATE_COMPLETE",
        execution_status="AVAILABLE",
        reason="",
        created_at=now,
        definition=Definition("", {"Resources": {}}, {}, {}, [], []),
        changes={"type": "UPDATE", "description": "", "on_failure": "", "changes": []},
    )


def mark_failed(change_set: ChangeSet, reason: str) -> None:
    change_set.status, change_set.execution_status, change_set.reason = "FAILED", "UNAVAILABLE", reason


def insert_change_set(tx: Transaction, change_set: ChangeSet) -> None:
    """Keep a change set. Raises AlreadyExistsException."""
    made = tx.run(
        f"INSERT INTO cloudformation_change_sets ({_COLUMNS}) VALUES (:id, :stack_id, :name, :status,"
        " :execution_status, :reason, :created_at, :definition, :changes) ON CONFLICT (stack_id, name) DO NOTHING",
        id=change_set.change_set_id,
        stack_id=change_set.stack_id,
        name=change_set.name,
        status=change_set.status,
        execution_status=change_set.execution_status,
        reason=change_set.reason,
        created_at=change_set.created_at,
        definition=encode_definition(change_set.definition),
        changes=json.dumps(change_set.changes),
    )
    if not made:
        raise AlreadyExistsException(f"ChangeSet {change_set.name} already exists")


def find_change_set(tx: Transaction, scope: Scope, stack_name: str, name: str) -> ChangeSet | None:
    """Return a change set by its ARN, or by its stack and name."""
    if name.startswith("arn:"):
        row = tx.one(f"SELECT {_COLUMNS} FROM cloudformation_change_sets WHERE change_set_id = :id", id=name)
        found = _change_set(row) if row else None
        return found if found is not None and find_stack(tx, scope, found.stack_id) is not None else None
    if not stack_name:
        raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stack = find_stack(tx, scope, stack_name)
    if stack is None:
        raise ValidationError(f"Stack [{stack_name}] does not exist")
    row = tx.one(
        f"SELECT {_COLUMNS} FROM cloudformation_change_sets WHERE stack_id = :id AND name = :name",
        id=stack.stack_id,
        name=name,
    )
    return _change_set(row) if row else None


def require_change_set(tx: Transaction, scope: Scope, stack_name: str, name: str) -> ChangeSet:
    """Return the change set. Raises ChangeSetNotFound."""
    found = find_change_set(tx, scope, stack_name, name)
    if found is None:
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")
    return found


def change_sets_of(tx: Transaction, stack_id: str) -> list[ChangeSet]:
    """A stack's change sets, oldest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudformation_change_sets WHERE stack_id = :id ORDER BY created_at, name", id=stack_id
    )
    return [_change_set(row) for row in rows]


def delete_change_set(tx: Transaction, change_set_id: str) -> None:
    tx.run("DELETE FROM cloudformation_change_sets WHERE change_set_id = :id", id=change_set_id)


def delete_change_sets(tx: Transaction, stack_id: str) -> None:
    """AWS: executing one of a stack's change sets deletes them all."""
    tx.run("DELETE FROM cloudformation_change_sets WHERE stack_id = :id", id=stack_id)
