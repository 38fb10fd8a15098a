"""Rows of the operations of durable executions."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.database import Row, Transaction
from serein.services.lambda_.durable.limits import NEVER
from serein.services.lambda_.durable.operations import Operation, restored

_COLUMNS = "id, position, sequence, due_at, record"
_record: Callable[[bytes], dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode


def _operation(row: Row) -> Operation:
    id, position, sequence, due_at, record = row
    return restored(id, position, sequence, due_at, _record(bytes(record)))


def find_operation(tx: Transaction, arn: str, id: str) -> Operation | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM lambda_durable_operations WHERE arn = :arn AND id = :id", arn=arn, id=id)
    return None if row is None else _operation(row)


def put_operation(tx: Transaction, arn: str, operation: Operation) -> int:
    """Store an operation as it is now; return how many bytes that took."""
    record = msgspec.json.encode(operation.stored())
    tx.run(
        "INSERT INTO lambda_durable_operations (arn, id, position, sequence, is_pending, due_at, record) VALUES (:arn,"
        " :id, :position, :sequence, :is_pending, :due_at, :record) ON CONFLICT (arn, id) DO UPDATE SET"
        " sequence = :sequence, is_pending = :is_pending, due_at = :due_at, record = :record",
        arn=arn,
        id=operation.id,
        position=operation.position,
        sequence=operation.sequence,
        is_pending=int(operation.is_pending),
        due_at=operation.due_at,
        record=record,
    )
    return len(record)


def list_operations(tx: Transaction, arn: str, start: int, limit: int) -> list[Operation]:
    """From a position on, in the order in which they began."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_durable_operations WHERE arn = :arn AND position >= :start"
        " ORDER BY position LIMIT :limit",
        arn=arn,
        start=start,
        limit=limit,
    )
    return [_operation(row) for row in rows]


def changed_operations(tx: Transaction, arn: str, seen: int) -> list[Operation]:
    """Those that have changed after the change `seen`, in the order in which they began."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_durable_operations WHERE arn = :arn AND sequence > :seen ORDER BY position",
        arn=arn,
        seen=seen,
    )
    return [_operation(row) for row in rows]


def due_operations(tx: Transaction, arn: str) -> list[Operation]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_durable_operations WHERE arn = :arn AND due_at <= :now ORDER BY due_at",
        arn=arn,
        now=tx.now,
    )
    return [_operation(row) for row in rows]


def next_due_operation(tx: Transaction, arn: str) -> float:
    row = tx.one("SELECT due_at FROM lambda_durable_operations WHERE arn = :arn ORDER BY due_at LIMIT 1", arn=arn)
    return NEVER if row is None else float(row[0])


def has_pending(tx: Transaction, arn: str) -> bool:
    """Whether the execution waits for something."""
    row = tx.one("SELECT id FROM lambda_durable_operations WHERE arn = :arn AND is_pending = 1 LIMIT 1", arn=arn)
    return row is not None
