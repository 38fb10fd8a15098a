"""Rows of global tables of version 2017.11.29, and of the regions that they have replicas in."""

from serein.kernel.database import Transaction


def append_global_table(tx: Transaction, account: str, name: str, regions: list[str]) -> None:
    """Add a global table."""
    tx.run(
        "INSERT INTO dynamodb_global_tables (account, name, created_at) VALUES (:account, :name, :now)",
        account=account,
        name=name,
        now=tx.now,
    )
    append_regions(tx, account, name, regions)


def append_regions(tx: Transaction, account: str, name: str, regions: list[str]) -> None:
    """Note that a global table has replicas in further regions."""
    for region in regions:
        tx.run(
            "INSERT INTO dynamodb_global_table_replicas (account, region, name) VALUES (:account, :region, :name)",
            account=account,
            region=region,
            name=name,
        )


def find_creation(tx: Transaction, account: str, name: str) -> float | None:
    """When a global table was made, or None when there is none."""
    row = tx.one(
        "SELECT created_at FROM dynamodb_global_tables WHERE account = :account AND name = :name",
        account=account,
        name=name,
    )
    return None if row is None else float(row[0])


def regions_of(tx: Transaction, account: str, name: str) -> list[str]:
    """The regions that a global table has replicas in, in order of their names."""
    rows = tx.all(
        "SELECT region FROM dynamodb_global_table_replicas WHERE account = :account AND name = :name ORDER BY region",
        account=account,
        name=name,
    )
    return [region for (region,) in rows]


def global_table_names(tx: Transaction, account: str, region: str, after: str, limit: int) -> list[str]:
    """Up to `limit` names of global tables after one, in order; only those with a replica in `region` if given."""
    table = "dynamodb_global_table_replicas" if region else "dynamodb_global_tables"
    within = "AND region = :region " if region else ""
    values = {"region": region} if region else {}
    rows = tx.all(
        f"SELECT name FROM {table} WHERE account = :account {within}AND name > :after ORDER BY name LIMIT :limit",
        account=account,
        after=after,
        limit=limit,
        **values,
    )
    return [name for (name,) in rows]


def remove_regions(tx: Transaction, account: str, name: str, regions: list[str]) -> None:
    """A global table has lost replicas; without any it is gone itself."""
    for region in regions:
        tx.run(
            "DELETE FROM dynamodb_global_table_replicas WHERE account = :account AND region = :region AND name = :name",
            account=account,
            region=region,
            name=name,
        )
    if not regions_of(tx, account, name):
        tx.run(
            "DELETE FROM dynamodb_global_tables WHERE account = :account AND name = :name", account=account, name=name
        )
