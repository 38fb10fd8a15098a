"""Rows of accepted events: Lambda's own queue of asynchronous invocations, a lane for each function."""

from dataclasses import dataclass, replace

from serein.kernel.database import Transaction
from serein.kernel.ids import new_request_id
from serein.kernel.scope import Scope
from serein.services.lambda_.names import FunctionReference

TOPIC = "lambda:events"
_LANE = "account = :account AND region = :region AND name = :name"
_COLUMNS = (
    "id, account, region, name, qualifier, request_id, trace_id, tenant_id, details, payload, accepted_at, attempt,"
    " throttles"
)


@dataclass(frozen=True, slots=True)
class Event:
    """An accepted event on its way to its function."""

    reference: FunctionReference
    request_id: str
    payload: bytes
    accepted_at: float
    trace_id: str = ""
    tenant_id: str = ""
    details: str = ""
    """What else the invocation is given, as JSON text."""
    attempt: int = 0
    """How many attempts have failed in the function."""
    throttles: int = 0
    """How many attempts have been turned away."""
    id: str = ""
    """Empty until it is queued."""

    def failed(self) -> "Event":
        return replace(self, attempt=self.attempt + 1)

    def throttled(self) -> "Event":
        return replace(self, throttles=self.throttles + 1)


@dataclass(frozen=True, slots=True)
class Lane:
    """The events of one function."""

    scope: Scope
    name: str
    due_at: float
    """When the first is due, or its lease ends."""


def append_event(tx: Transaction, event: Event) -> None:
    """Accept an event; wakes the queue when this commits."""
    reference = event.reference
    tx.run(
        f"INSERT INTO lambda_events ({_COLUMNS}, due_at, owner) VALUES (:id, :account, :region, :name, :qualifier,"
        " :request_id, :trace_id, :tenant_id, :details, :payload, :accepted_at, :attempt, :throttles, :now, '')",
        id=new_request_id(),
        account=reference.scope.account,
        region=reference.scope.region,
        name=reference.name,
        qualifier=reference.qualifier,
        request_id=event.request_id,
        trace_id=event.trace_id,
        tenant_id=event.tenant_id,
        details=event.details,
        payload=event.payload,
        accepted_at=event.accepted_at,
        attempt=event.attempt,
        throttles=event.throttles,
        now=tx.now,
    )
    tx.wake(TOPIC)


def list_lanes(tx: Transaction) -> list[Lane]:
    """The functions that have events, and when their first is due: one look into the index each."""
    lanes: list[Lane] = []
    after = ("", "", "")
    while True:
        row = tx.one(
            "SELECT account, region, name, due_at FROM lambda_events"
            " WHERE (account, region, name) > (:account, :region, :name)"
            " ORDER BY account, region, name, due_at LIMIT 1",
            account=after[0],
            region=after[1],
            name=after[2],
        )
        if row is None:
            return lanes
        after = row[:3]
        lanes.append(Lane(Scope(row[0], row[1]), row[2], row[3]))


def claim_events(tx: Transaction, lane: Lane, limit: int, lease_seconds: float, owner: str) -> list[Event]:
    """Lease up to `limit` due events of a function, the longest due first."""
    rows = tx.all(
        f"UPDATE lambda_events SET due_at = :leased_until, owner = :owner WHERE id IN (SELECT id FROM lambda_events"
        f" WHERE {_LANE} AND due_at <= :now ORDER BY due_at LIMIT :limit) RETURNING {_COLUMNS}",
        leased_until=tx.now + lease_seconds,
        owner=owner,
        now=tx.now,
        limit=limit,
        account=lane.scope.account,
        region=lane.scope.region,
        name=lane.name,
    )
    return sorted((_event(row) for row in rows), key=lambda event: event.accepted_at)


def _event(row: tuple[str, str, str, str, str, str, str, str, str, bytes, float, int, int]) -> Event:
    id, account, region, name, qualifier, request_id, trace_id, tenant_id, details, payload, *counts = row
    reference = FunctionReference(Scope(account, region), name, qualifier)
    return Event(reference, request_id, bytes(payload), counts[0], trace_id, tenant_id, details, *row[-2:], id=id)


def renew_events(tx: Transaction, ids: list[str], lease_seconds: float) -> None:
    """Keep events that are still being run."""
    for id in ids:
        tx.run("UPDATE lambda_events SET due_at = :until WHERE id = :id", until=tx.now + lease_seconds, id=id)


def postpone_event(tx: Transaction, event: Event, due_at: float) -> None:
    """Let go of an event until `due_at`, with its counts."""
    tx.run(
        "UPDATE lambda_events SET attempt = :attempt, throttles = :throttles, due_at = :due_at, owner = ''"
        " WHERE id = :id",
        attempt=event.attempt,
        throttles=event.throttles,
        due_at=due_at,
        id=event.id,
    )
    tx.wake(TOPIC)


def remove_event(tx: Transaction, event: Event) -> None:
    """Forget an event that is done with."""
    tx.run("DELETE FROM lambda_events WHERE id = :id", id=event.id)


def release_events(tx: Transaction) -> None:
    """Make every leased event due: for a database that only one process opens, at its start."""
    tx.run("UPDATE lambda_events SET due_at = :now, owner = '' WHERE owner <> ''", now=tx.now)
