"""The SQL of stacks' events. Whoever is to hear of an event is told in the transaction that records it."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.cloudformation.bridge import notifications, status_event
from serein.services.cloudformation.stacks import Event, Stack

_COLUMNS = (
    "number, event_id, logical_id, physical_id, type, status, reason, properties, client_token, at, operation, stack_id"
)


def append_events(tx: Transaction, stack: Stack, events: list[Event]) -> None:
    """Add events in their order, at this moment."""
    token = stack.settings.client_token
    first = _first_number(tx, stack.stack_id, len(events))
    at = _last_time(tx, stack.stack_id, first - 1)
    for number, event in enumerate(events, first):
        # Clients sort by time, of which the API has whole milliseconds.
        at = max(tx.now, at + 0.001)
        is_stack = event.physical_id == stack.stack_id
        event_id = new_uuid() if is_stack else f"{event.logical_id}-{event.status}-{new_uuid()}"
        tx.run(
            f"INSERT INTO cloudformation_events ({_COLUMNS}) VALUES (:number, :event_id, :logical_id, :physical_id,"
            " :type, :status, :reason, :properties, :client_token, :now, :operation, :stack_id)",
            stack_id=stack.stack_id,
            number=number,
            event_id=event_id,
            logical_id=event.logical_id,
            physical_id=event.physical_id,
            type=event.type,
            status=event.status,
            reason=event.reason,
            properties=event.properties,
            client_token=token,
            now=at,
            operation=stack.operation,
        )
        if is_stack and (told := status_event(stack.stack_id, token, event)) is not None:
            tx.send(told)
        for notification in notifications(stack, event, event_id, tx.now):
            tx.send(notification)


def _last_time(tx: Transaction, stack_id: str, number: int) -> float:
    row = tx.one(
        "SELECT at FROM cloudformation_events WHERE stack_id = :id AND number = :number", id=stack_id, number=number
    )
    return row[0] if row else 0.0


def _first_number(tx: Transaction, stack_id: str, count: int) -> int:
    # Why a table of its own: a stack's row is large, and would be written anew for each of its events.
    row = tx.one(
        "INSERT INTO cloudformation_event_counts (stack_id, last) VALUES (:id, :count)"
        " ON CONFLICT (stack_id) DO UPDATE SET last = cloudformation_event_counts.last + excluded.last RETURNING last",
        count=count,
        id=stack_id,
    )
    return (row[0] if row else count) - count + 1


def list_events(tx: Transaction, stack_id: str, before: int, limit: int) -> list[tuple[Any, ...]]:
    """Rows (number, event_id, logical_id, physical_id, type, status, reason, properties, token, at, operation, stack).

    Newest first.
    """
    return tx.all(
        f"SELECT {_COLUMNS} FROM cloudformation_events WHERE stack_id = :id AND number < :before"
        " ORDER BY number DESC LIMIT :limit",
        id=stack_id,
        before=before,
        limit=limit,
    )


def events_of_operation(tx: Transaction, scope: Scope, operation: str, limit: int) -> list[tuple[Any, ...]]:
    """The rows of one operation on a stack, as `list_events` has them."""
    columns = ", ".join(f"e.{column}" for column in _COLUMNS.split(", "))
    return tx.all(
        f"SELECT {columns} FROM cloudformation_events e JOIN cloudformation_stacks s ON s.stack_id = e.stack_id"
        " WHERE s.account = :account AND s.region = :region AND e.operation = :operation"
        " ORDER BY e.number DESC LIMIT :limit",
        account=scope.account,
        region=scope.region,
        operation=operation,
        limit=limit,
    )
