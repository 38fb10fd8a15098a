"""History: one row for the events of each step."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.database import Transaction

Event = dict[str, Any]
_decode: Callable[[bytes], list[Event]] = msgspec.json.Decoder(list[dict[str, Any]]).decode
_encode = msgspec.json.encode


def append_events(tx: Transaction, execution_id: int, events: list[Event]) -> None:
    """Add what a step adds; the events are numbered on from the step before."""
    tx.run(
        "INSERT INTO stepfunctions_history (execution_id, last_id, events) VALUES (:execution_id, :last_id, :events)",
        execution_id=execution_id,
        last_id=events[-1]["id"],
        events=_encode(events),
    )


def list_events(tx: Transaction, execution_id: int, first: int, limit: int) -> list[Event]:
    """Up to `limit` events from the number `first` on."""
    found: list[Event] = []
    while len(found) < limit:
        rows = tx.all(
            "SELECT last_id, events FROM stepfunctions_history WHERE execution_id = :execution_id"
            " AND last_id >= :first ORDER BY last_id LIMIT 32",
            execution_id=execution_id,
            first=first,
        )
        for last_id, events in rows:
            found.extend(event for event in _decode(bytes(events)) if event["id"] >= first)
            first = last_id + 1
            if len(found) >= limit:
                break
        if len(rows) < 32:
            break
    return found[:limit]


def list_events_back(tx: Transaction, execution_id: int, last: int, limit: int) -> list[Event]:
    """Up to `limit` events from the number `last` down."""
    row = tx.one(
        "SELECT min(last_id) FROM stepfunctions_history WHERE execution_id = :execution_id AND last_id >= :last",
        execution_id=execution_id,
        last=last,
    )
    found: list[Event] = []
    until = row[0] if row else None
    while until is not None and len(found) < limit:
        rows = tx.all(
            "SELECT last_id, events FROM stepfunctions_history WHERE execution_id = :execution_id"
            " AND last_id <= :until ORDER BY last_id DESC LIMIT 32",
            execution_id=execution_id,
            until=until,
        )
        for last_id, events in rows:
            found.extend(event for event in reversed(_decode(bytes(events))) if event["id"] <= last)
            until = last_id - 1
            if len(found) >= limit:
                break
        if len(rows) < 32:
            break
    return found[:limit]
