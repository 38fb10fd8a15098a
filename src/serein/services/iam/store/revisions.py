"""The SQL of revisions: a number that changes with whatever an account's policies follow from."""

from serein.kernel.database import Transaction


def find_revision(tx: Transaction, account: str) -> int:
    """0 until the account has its first entity."""
    row = tx.one("SELECT revision FROM iam_revisions WHERE account = :account", account=account)
    return int(row[0]) if row else 0


def next_revision(tx: Transaction, account: str) -> None:
    """Note that an entity, a policy, an attachment or a membership of the account has changed."""
    tx.run(
        "INSERT INTO iam_revisions (account, revision) VALUES (:account, 1)"
        " ON CONFLICT (account) DO UPDATE SET revision = iam_revisions.revision + 1",
        account=account,
    )
