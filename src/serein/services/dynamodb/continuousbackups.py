"""Continuous backups as they are described; the setting is kept, nothing can be restored yet."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import TableNotFoundException
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import Table, TableDefinition, table_of

_LAG_SECONDS = 300


def require_backed_up_table(tx: Transaction, scope: Scope, name_or_arn: str) -> Table:
    """The table that a request about backups means. Raises TableNotFoundException."""
    scope, name = table_of(scope, name_or_arn)
    table = find_table(tx, scope, name)
    if table is None:
        raise TableNotFoundException(f"Table not found: {name}")
    return table


def describe_backups(definition: TableDefinition, now: float) -> dict[str, Any]:
    """A table's continuous backups, in AWS's form."""
    since = definition.recovery_since
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if since is not None:
        earliest = max(since, now - definition.recovery_days * 86_400)
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": definition.recovery_days,
            "EarliestRestorableDateTime": earliest,
            "LatestRestorableDateTime": max(now - _LAG_SECONDS, earliest),
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
