"""When there is something to do, for the worker: this module is loaded at every start and loads nothing else."""

from serein.kernel.database import Transaction

TOPIC = "codedeploy:due"
"""Woken when a deployment may have something to do."""


def next_due(tx: Transaction) -> float | None:
    """When a deployment goes on."""
    row = tx.one("SELECT MIN(due_at) FROM codedeploy_deployments WHERE due_at IS NOT NULL")
    return None if row is None else row[0]
