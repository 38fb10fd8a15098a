"""Rows of tables."""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ResourceInUseException, ResourceNotFoundException
from serein.services.dynamodb.tables import (
    Table,
    TableDefinition,
    encode_definition,
    parse_table,
    require_table_name,
    table_of,
)

TOPIC = "dynamodb:tables"
"""Woken when a table was changed, and when one that scales consumes something: that once a minute at most."""
_DOING = {"CREATING": "created", "DELETING": "deleted"}


def find_table(tx: Transaction, scope: Scope, name: str) -> Table | None:
    """Return the table with a name, or None."""
    key = ("dynamodb table", scope.account, scope.region, name)
    table: Table | None = tx.memo.get(key)
    if table is not None:
        return table
    row = tx.one(
        "SELECT definition FROM dynamodb_tables WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    if row is None:
        return None
    table = tx.memo[key] = parse_table(row[0])
    return table


def require_table(tx: Transaction, scope: Scope, name_or_arn: str) -> Table:
    """Return the table that a request about items means. Raises ResourceNotFoundException.

    AWS: to requests about items a table that is being created or deleted isn't there.
    """
    table = find_table(tx, scope, name_or_arn)
    if table is None and name_or_arn.startswith("arn:"):
        table = find_table(tx, *table_of(scope, name_or_arn))
    if table is None:
        require_table_name(name_or_arn)
        raise ResourceNotFoundException()
    if not table.is_usable:
        raise ResourceNotFoundException()
    return table


def require_described_table(tx: Transaction, scope: Scope, name_or_arn: str) -> Table:
    """Return the table that a request about the table itself means. Raises ResourceNotFoundException."""
    scope, name = table_of(scope, name_or_arn)
    table = find_table(tx, scope, name)
    if table is None:
        raise ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")
    return table


def require_active_table(tx: Transaction, scope: Scope, name_or_arn: str) -> Table:
    """Return the table that is to be changed. Raises ResourceNotFoundException and ResourceInUseException."""
    table = require_described_table(tx, scope, name_or_arn)
    if table.definition.status != "ACTIVE":
        doing = _DOING.get(table.definition.status, "updated")
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {doing}: {table.name}"
        )
    return table


def find_table_by_id(tx: Transaction, id: int) -> Table | None:
    """Return the table with an id, or None when it was deleted."""
    row = tx.one("SELECT definition FROM dynamodb_tables WHERE id = :id", id=id)
    return None if row is None else parse_table(row[0])


def append_table(tx: Transaction, scope: Scope, definition: TableDefinition) -> None:
    """Add a new table's row."""
    tx.run(
        "INSERT INTO dynamodb_tables (account, region, name, id, definition) "
        "VALUES (:account, :region, :name, :id, :definition)",
        account=scope.account,
        region=scope.region,
        name=definition.name,
        id=definition.id,
        definition=encode_definition(definition),
    )


def replace_definition(tx: Transaction, definition: TableDefinition) -> Table:
    """Store a table's new definition and return the table that it makes."""
    text = encode_definition(definition)
    tx.run("UPDATE dynamodb_tables SET definition = :definition WHERE id = :id", definition=text, id=definition.id)
    tx.memo.clear()
    tx.wake(TOPIC)
    return parse_table(text)


def delete_table(tx: Transaction, id: int) -> None:
    """Remove a table's row; its items are left to the housekeeper."""
    tx.run("DELETE FROM dynamodb_tables WHERE id = :id", id=id)
    tx.memo.clear()


def table_count(tx: Transaction, scope: Scope) -> int:
    """How many tables an account has in a region."""
    row = tx.one(
        "SELECT COUNT(*) FROM dynamodb_tables WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return 0 if row is None else int(row[0])


def table_names(tx: Transaction, scope: Scope, after: str, limit: int) -> list[str]:
    """Up to `limit` names after `after`, in order."""
    rows = tx.all(
        "SELECT name FROM dynamodb_tables WHERE account = :account AND region = :region AND name > :after "
        "ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [name for (name,) in rows]
