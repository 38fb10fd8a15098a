"""The SQL of drift: checks of stacks, and what they found."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from serein.kernel.database import Transaction


@dataclass(slots=True)
class Check:
    """One DetectStackDrift."""

    check_id: str
    stack_id: str
    status: str
    drift_status: str = ""
    reason: str = ""
    drifted: int = 0
    at: float = 0.0


@dataclass(slots=True)
class ResourceDrift:
    """What the last check of a resource found."""

    stack_id: str
    logical_id: str
    status: str
    at: float
    physical_id: str
    type: str
    expected: dict[str, Any] = field(default_factory=dict)
    actual: dict[str, Any] = field(default_factory=dict)
    differences: list[dict[str, str]] = field(default_factory=list)
    reason: str = ""


_CONTENT = ("physical_id", "type", "expected", "actual", "differences", "reason")


def save_check(tx: Transaction, check: Check) -> None:
    tx.run(
        "INSERT INTO cloudformation_drift_checks (check_id, stack_id, status, drift_status, reason, drifted, at)"
        " VALUES (:check_id, :stack_id, :status, :drift_status, :reason, :drifted, :at) ON CONFLICT (check_id)"
        " DO UPDATE SET status = excluded.status, drift_status = excluded.drift_status, reason = excluded.reason,"
        " drifted = excluded.drifted",
        **asdict(check),
    )


def find_check(tx: Transaction, check_id: str) -> Check | None:
    row = tx.one(
        "SELECT check_id, stack_id, status, drift_status, reason, drifted, at FROM cloudformation_drift_checks"
        " WHERE check_id = :check_id",
        check_id=check_id,
    )
    return Check(*row) if row else None


def is_being_checked(tx: Transaction, stack_id: str) -> bool:
    row = tx.one(
        "SELECT check_id FROM cloudformation_drift_checks WHERE stack_id = :stack_id"
        " AND status = 'DETECTION_IN_PROGRESS' LIMIT 1",
        stack_id=stack_id,
    )
    return row is not None


def save_stack_drift(tx: Transaction, stack_id: str, status: str) -> None:
    tx.run(
        "INSERT INTO cloudformation_stack_drifts (stack_id, status, at) VALUES (:stack_id, :status, :now)"
        " ON CONFLICT (stack_id) DO UPDATE SET status = excluded.status, at = excluded.at",
        stack_id=stack_id,
        status=status,
        now=tx.now,
    )


def stack_drift(tx: Transaction, stack_id: str) -> tuple[str, float] | None:
    """(status, when) of a stack's last check, or None."""
    row = tx.one("SELECT status, at FROM cloudformation_stack_drifts WHERE stack_id = :stack_id", stack_id=stack_id)
    return (row[0], row[1]) if row else None


def save_drift(tx: Transaction, drift: ResourceDrift) -> None:
    fields = asdict(drift)
    tx.run(
        "INSERT INTO cloudformation_resource_drifts (stack_id, logical_id, status, at, content)"
        " VALUES (:stack_id, :logical_id, :status, :at, :content) ON CONFLICT (stack_id, logical_id)"
        " DO UPDATE SET status = excluded.status, at = excluded.at, content = excluded.content",
        stack_id=drift.stack_id,
        logical_id=drift.logical_id,
        status=drift.status,
        at=drift.at,
        content=json.dumps({name: fields[name] for name in _CONTENT}),
    )


def drifts_of(tx: Transaction, stack_id: str) -> list[ResourceDrift]:
    """What is known of a stack's resources, by logical id."""
    rows = tx.all(
        "SELECT stack_id, logical_id, status, at, content FROM cloudformation_resource_drifts"
        " WHERE stack_id = :stack_id ORDER BY logical_id",
        stack_id=stack_id,
    )
    return [ResourceDrift(*row[:4], **json.loads(row[4])) for row in rows]
