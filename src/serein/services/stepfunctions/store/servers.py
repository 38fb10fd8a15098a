"""The servers that share a database: what one performs that is gone is for another to perform."""

from serein.kernel.database import Transaction


def keep_alive(tx: Transaction, server: str, seconds: float) -> None:
    """Say that a server lives; those that don't say so any more are forgotten."""
    tx.run("DELETE FROM stepfunctions_servers WHERE alive_until <= :now", now=tx.now)
    tx.run(
        "INSERT INTO stepfunctions_servers (id, alive_until) VALUES (:id, :until)"
        " ON CONFLICT (id) DO UPDATE SET alive_until = :until",
        id=server,
        until=tx.now + seconds,
    )


def list_alive(tx: Transaction) -> list[str]:
    """The servers that live."""
    return [row[0] for row in tx.all("SELECT id FROM stepfunctions_servers WHERE alive_until > :now", now=tx.now)]
