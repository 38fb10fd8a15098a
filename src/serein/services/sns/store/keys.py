"""The SQL of the keys that messages are signed with."""

from serein.kernel.database import Transaction


def find_newest(tx: Transaction) -> tuple[str, str, str] | None:
    """Return (id, private key, certificate), or None before the first message was signed."""
    return tx.one("SELECT id, private_key, certificate FROM sns_signing_keys ORDER BY id LIMIT 1")


def insert(tx: Transaction, id: str, private_key: str, certificate: str) -> None:
    tx.run(
        "INSERT INTO sns_signing_keys (id, private_key, certificate) VALUES (:id, :private_key, :certificate)",
        id=id,
        private_key=private_key,
        certificate=certificate,
    )


def find_certificate(tx: Transaction, id: str) -> str | None:
    row = tx.one("SELECT certificate FROM sns_signing_keys WHERE id = :id", id=id)
    return None if row is None else str(row[0])
