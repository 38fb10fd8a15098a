"""When there is something to do, for the workers: this module is loaded at every start and loads nothing else."""

from serein.kernel.database import Transaction

ALARMS_TOPIC = "cloudwatch:alarms due"
"""Woken when an alarm may be due earlier than it was."""
DATA_TOPIC = "cloudwatch:data"
"""Woken when there is something to age that wasn't before."""
TIERS = ((1, 3 * 3600), (60, 15 * 86_400), (300, 63 * 86_400), (3600, 455 * 86_400))
"""A row's period, and the age at which it is merged into the next longer one, or deleted."""


def next_due(tx: Transaction) -> float | None:
    """When an alarm is due."""
    row = tx.one("SELECT MIN(due_at) FROM cloudwatch_alarms WHERE due_at IS NOT NULL")
    return None if row is None else row[0]


def oldest_due(tx: Transaction) -> float | None:
    """When the oldest row loses detail; None when there are no rows."""
    dues = []
    for period, age in TIERS:
        row = tx.one("SELECT MIN(started_at) FROM cloudwatch_data WHERE period = :period", period=period)
        if row is not None and row[0] is not None:
            dues.append(float(row[0] + age))
    return min(dues) if dues else None
