"""Whether there is anything to look after: asked when the server starts, so this module needs no other."""

from serein.kernel.database import Transaction


def has_executions(tx: Transaction) -> bool:
    """Whether there ever was an execution that is still known."""
    return tx.one("SELECT 1 FROM stepfunctions_executions LIMIT 1") is not None
