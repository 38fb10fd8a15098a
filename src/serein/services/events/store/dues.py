"""When there is something to do, for the workers: this module is loaded at every start and loads nothing else."""

from serein.kernel.database import Transaction

RULES_TOPIC = "events:rules due"
REPLAYS_TOPIC = "events:replays"
ARCHIVED_TOPIC = "events:archived"


def next_rule(tx: Transaction) -> float | None:
    """When a scheduled rule is due."""
    row = tx.one("SELECT MIN(due_at) FROM events_rules WHERE due_at IS NOT NULL")
    return None if row is None else row[0]


def has_replays(tx: Transaction) -> bool:
    return tx.one("SELECT name FROM events_resources WHERE kind = 'replay' AND is_active = 1 LIMIT 1") is not None


def next_expiry(tx: Transaction) -> float | None:
    """When an archived event has been kept long enough."""
    row = tx.one("SELECT MIN(expires_at) FROM events_archived WHERE expires_at IS NOT NULL")
    return None if row is None else row[0]


def delete_expired(tx: Transaction) -> None:
    tx.run("DELETE FROM events_archived WHERE expires_at IS NOT NULL AND expires_at <= :now", now=tx.now)
