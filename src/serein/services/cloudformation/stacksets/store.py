"""The SQL of stack sets."""

import json
from dataclasses import asdict
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudformation.stacksets.errors import (
    NameAlreadyExistsException,
    OperationNotFoundException,
    StackInstanceNotFoundException,
    StackSetNotFoundException,
)
from serein.services.cloudformation.stacksets.sets import Instance, Result, SetOperation, StackSet

_SET = "set_id, account, region, name, status, created_at, content"
_SET_COLUMNS = frozenset({"set_id", "scope", "name", "status", "created_at"})
_RESULT = "position, account, region, status, content"


def _content(record: Any, columns: frozenset[str]) -> str:
    return json.dumps({name: value for name, value in asdict(record).items() if name not in columns})


def _stack_set(row: tuple[Any, ...]) -> StackSet:
    return StackSet(row[0], Scope(row[1], row[2]), row[3], row[4], row[5], **json.loads(row[6]))


def insert_set(tx: Transaction, stack_set: StackSet) -> None:
    """Keep a new stack set. Raises NameAlreadyExistsException."""
    made = tx.run(
        f"INSERT INTO cloudformation_stack_sets (live_name, last_operation, {_SET}) VALUES (:name, 0, :set_id,"
        " :account, :region, :name, :status, :created_at, :content) ON CONFLICT DO NOTHING",
        set_id=stack_set.set_id,
        account=stack_set.scope.account,
        region=stack_set.scope.region,
        name=stack_set.name,
        status=stack_set.status,
        created_at=stack_set.created_at,
        content=_content(stack_set, _SET_COLUMNS),
    )
    if not made:
        raise NameAlreadyExistsException


def save_set(tx: Transaction, stack_set: StackSet) -> None:
    """Keep a stack set as it is now; a deleted one gives its name back."""
    tx.run(
        "UPDATE cloudformation_stack_sets SET live_name = :live_name, status = :status, content = :content"
        " WHERE set_id = :set_id",
        live_name=stack_set.name if stack_set.status == "ACTIVE" else stack_set.set_id,
        status=stack_set.status,
        content=_content(stack_set, _SET_COLUMNS),
        set_id=stack_set.set_id,
    )


def find_set(tx: Transaction, scope: Scope, name_or_id: str) -> StackSet | None:
    """Return a live stack set by its name, or any by its id or ARN."""
    arn = find_arn(name_or_id)
    wanted = arn.resource.removeprefix("stackset/") if arn else name_or_id
    column = "set_id" if ":" in wanted else "live_name"
    row = tx.one(
        f"SELECT {_SET} FROM cloudformation_stack_sets"
        f" WHERE account = :account AND region = :region AND {column} = :wanted",
        account=scope.account,
        region=scope.region,
        wanted=wanted,
    )
    return _stack_set(row) if row else None


def require_set(tx: Transaction, scope: Scope, name_or_id: str) -> StackSet:
    """Return a live stack set. Raises StackSetNotFoundException."""
    found = find_set(tx, scope, name_or_id)
    if found is None or found.status != "ACTIVE":
        raise StackSetNotFoundException(f"StackSet {name_or_id} not found")
    return found


def sets_of(tx: Transaction, scope: Scope, status: str) -> list[StackSet]:
    """The stack sets of a status (any when empty), by name."""
    wanted = " AND status = :status" if status else ""
    values = {"status": status} if status else {}
    rows = tx.all(
        f"SELECT {_SET} FROM cloudformation_stack_sets WHERE account = :account AND region = :region{wanted}"
        " ORDER BY name, created_at",
        account=scope.account,
        region=scope.region,
        **values,
    )
    return [_stack_set(row) for row in rows]


# Instances

_INSTANCE_COLUMNS = frozenset({"set_id", "account", "region", "stack_id"})


def save_instance(tx: Transaction, instance: Instance) -> None:
    tx.run(
        "INSERT INTO cloudformation_stack_instances (set_id, account, region, stack_id, content)"
        " VALUES (:set_id, :account, :region, :stack_id, :content) ON CONFLICT (set_id, account, region)"
        " DO UPDATE SET stack_id = excluded.stack_id, content = excluded.content",
        set_id=instance.set_id,
        account=instance.account,
        region=instance.region,
        stack_id=instance.stack_id,
        content=_content(instance, _INSTANCE_COLUMNS),
    )


def instances_of(tx: Transaction, set_id: str) -> list[Instance]:
    """A stack set's instances, by region and account."""
    rows = tx.all(
        "SELECT set_id, account, region, stack_id, content FROM cloudformation_stack_instances"
        " WHERE set_id = :set_id ORDER BY region, account",
        set_id=set_id,
    )
    return [Instance(row[0], row[1], row[2], row[3], **json.loads(row[4])) for row in rows]


def find_instance(tx: Transaction, set_id: str, account: str, region: str) -> Instance | None:
    row = tx.one(
        "SELECT set_id, account, region, stack_id, content FROM cloudformation_stack_instances"
        " WHERE set_id = :set_id AND account = :account AND region = :region",
        set_id=set_id,
        account=account,
        region=region,
    )
    return Instance(row[0], row[1], row[2], row[3], **json.loads(row[4])) if row else None


def require_instance(tx: Transaction, set_id: str, account: str, region: str) -> Instance:
    """Return the instance. Raises StackInstanceNotFoundException."""
    found = find_instance(tx, set_id, account, region)
    if found is None:
        raise StackInstanceNotFoundException(f"Stack instance for account {account} and region {region} not found")
    return found


def delete_instance(tx: Transaction, instance: Instance) -> None:
    tx.run(
        "DELETE FROM cloudformation_stack_instances WHERE set_id = :set_id AND account = :account AND region = :region",
        set_id=instance.set_id,
        account=instance.account,
        region=instance.region,
    )


def is_an_instance(tx: Transaction, stack_id: str) -> bool:
    """Whether a stack set has the stack."""
    found = tx.one("SELECT set_id FROM cloudformation_stack_instances WHERE stack_id = :id LIMIT 1", id=stack_id)
    return found is not None


# Operations and their results

_OPERATION_COLUMNS = frozenset({"set_id", "operation_id", "status"})
_RESULT_COLUMNS = frozenset({"position", "account", "region", "status"})


def insert_operation(tx: Transaction, operation: SetOperation, results: list[Result]) -> bool:
    """Keep a new operation with its results; False when the stack set has one of that id."""
    row = tx.one(
        "UPDATE cloudformation_stack_sets SET last_operation = last_operation + 1 WHERE set_id = :set_id"
        " RETURNING last_operation",
        set_id=operation.set_id,
    )
    made = tx.run(
        "INSERT INTO cloudformation_stack_set_operations (set_id, operation_id, number, status, content)"
        " VALUES (:set_id, :operation_id, :number, :status, :content) ON CONFLICT DO NOTHING",
        set_id=operation.set_id,
        operation_id=operation.operation_id,
        number=row[0] if row else 1,
        status=operation.status,
        content=_content(operation, _OPERATION_COLUMNS),
    )
    for result in results if made else ():
        tx.run(
            f"INSERT INTO cloudformation_stack_set_results (set_id, operation_id, {_RESULT})"
            " VALUES (:set_id, :operation_id, :position, :account, :region, :status, :content)",
            set_id=operation.set_id,
            operation_id=operation.operation_id,
            position=result.position,
            account=result.account,
            region=result.region,
            status=result.status,
            content=_content(result, _RESULT_COLUMNS),
        )
    return bool(made)


def save_operation(tx: Transaction, operation: SetOperation) -> None:
    tx.run(
        "UPDATE cloudformation_stack_set_operations SET status = :status, content = :content"
        " WHERE set_id = :set_id AND operation_id = :operation_id",
        status=operation.status,
        content=_content(operation, _OPERATION_COLUMNS),
        set_id=operation.set_id,
        operation_id=operation.operation_id,
    )


def operations_of(tx: Transaction, set_id: str) -> list[SetOperation]:
    """A stack set's operations, newest first."""
    rows = tx.all(
        "SELECT operation_id, status, content FROM cloudformation_stack_set_operations WHERE set_id = :set_id"
        " ORDER BY number DESC",
        set_id=set_id,
    )
    return [_operation(set_id, row) for row in rows]


def _operation(set_id: str, row: tuple[Any, ...]) -> SetOperation:
    return SetOperation(set_id, row[0], status=row[1], **json.loads(row[2]))


def require_operation(tx: Transaction, set_id: str, operation_id: str) -> SetOperation:
    """Return the operation. Raises OperationNotFoundException."""
    row = tx.one(
        "SELECT operation_id, status, content FROM cloudformation_stack_set_operations"
        " WHERE set_id = :set_id AND operation_id = :operation_id",
        set_id=set_id,
        operation_id=operation_id,
    )
    if row is None:
        raise OperationNotFoundException(f"Operation {operation_id} not found")
    return _operation(set_id, row)


def results_of(tx: Transaction, set_id: str, operation_id: str) -> list[Result]:
    """What an operation does, in its order."""
    rows = tx.all(
        f"SELECT {_RESULT} FROM cloudformation_stack_set_results"
        " WHERE set_id = :set_id AND operation_id = :operation_id ORDER BY position",
        set_id=set_id,
        operation_id=operation_id,
    )
    return [Result(row[0], row[1], row[2], status=row[3], **json.loads(row[4])) for row in rows]


def save_result(tx: Transaction, operation: SetOperation, result: Result) -> None:
    tx.run(
        "UPDATE cloudformation_stack_set_results SET status = :status, content = :content"
        " WHERE set_id = :set_id AND operation_id = :operation_id AND position = :position",
        status=result.status,
        content=_content(result, _RESULT_COLUMNS),
        set_id=operation.set_id,
        operation_id=operation.operation_id,
        position=result.position,
    )
