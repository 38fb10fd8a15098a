"""The rows of deliveries."""

from serein.kernel.database import Delivery, Transaction
from serein.kernel.deliveries import TOPIC, ClaimedDelivery, encode_policy, encode_request, encode_target
from serein.kernel.ids import random_hex


def append_delivery(tx: Transaction, delivery: Delivery) -> None:
    """Owe a call; wakes the worker when this commits."""
    tx.run(
        "INSERT INTO deliveries (id, target, request, policy, attempts, created_at, due_at, owner, last_error)"
        " VALUES (:id, :target, :request, :policy, 0, :now, :due_at, '', '')",
        id=random_hex(32),
        target=encode_target(delivery.target),
        request=encode_request(delivery.request),
        policy=encode_policy(delivery.policy),
        now=tx.now,
        due_at=tx.now if delivery.not_before is None else delivery.not_before,
    )
    tx.wake(TOPIC)


class DeliveryRows:
    """The store that the delivery worker uses; `claim_suffix` is how the engine skips rows locked by other nodes."""

    def __init__(self, owner: str, claim_suffix: str = "") -> None:
        self._owner = owner
        self._due = f"SELECT id FROM deliveries WHERE due_at <= :now ORDER BY due_at LIMIT :limit{claim_suffix}"

    def claim(self, tx: Transaction, limit: int, lease_seconds: float) -> list[ClaimedDelivery]:
        rows = tx.all(
            f"UPDATE deliveries SET due_at = :leased_until, owner = :owner WHERE id IN ({self._due})"
            " RETURNING id, target, request, policy, attempts, created_at",
            leased_until=tx.now + lease_seconds,
            owner=self._owner,
            now=tx.now,
            limit=limit,
        )
        return [ClaimedDelivery(*row) for row in sorted(rows, key=lambda row: row[5])]

    def next_due(self, tx: Transaction) -> float | None:
        row = tx.one("SELECT due_at FROM deliveries ORDER BY due_at LIMIT 1")
        return row[0] if row else None

    def renew(self, tx: Transaction, ids: list[str], lease_seconds: float) -> None:
        for id in ids:
            tx.run("UPDATE deliveries SET due_at = :until WHERE id = :id", until=tx.now + lease_seconds, id=id)

    def remove(self, tx: Transaction, id: str) -> None:
        tx.run("DELETE FROM deliveries WHERE id = :id", id=id)

    def postpone(self, tx: Transaction, id: str, request: str, attempts: int, due_at: float, error: str) -> None:
        tx.run(
            "UPDATE deliveries SET request = :request, attempts = :attempts, due_at = :due_at,"
            " owner = '', last_error = :error WHERE id = :id",
            id=id,
            request=request,
            attempts=attempts,
            due_at=due_at,
            error=error,
        )
        tx.wake(TOPIC)

    def release_all(self, tx: Transaction) -> None:
        """Make every leased delivery due: for an engine that only one process can open, at its start."""
        tx.run("UPDATE deliveries SET due_at = :now, owner = '' WHERE owner <> ''", now=tx.now)
