"""Continuous backups: how far back a table can be restored, and as of when."""

import math
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import TableNotFoundException
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import Table, TableDefinition, table_of

_LAG_SECONDS = 300
_DAY_SECONDS = 86_400


def require_backed_up_table(tx: Transaction, scope: Scope, name_or_arn: str) -> Table:
    """The table that a request about backups means. Raises TableNotFoundException."""
    scope, name = table_of(scope, name_or_arn)
    table = find_table(tx, scope, name)
    if table is None:
        raise TableNotFoundException(f"Table not found: {name}")
    return table


def restorable_window(definition: TableDefinition, now: float) -> tuple[int, int]:
    """The earliest and the latest second to which a table with point-in-time recovery can be restored.

    Whole seconds, as AWS shows them: SDKs send back no more.
    """
    since = now if definition.recovery_since is None else definition.recovery_since
    earliest = math.floor(max(since, now - definition.recovery_days * _DAY_SECONDS))
    return earliest, max(math.floor(now - _LAG_SECONDS), earliest)


def describe_backups(definition: TableDefinition, now: float) -> dict[str, Any]:
    """A table's continuous backups, in AWS's form."""
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if definition.recovery_since is not None:
        earliest, latest = restorable_window(definition, now)
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": definition.recovery_days,
            "EarliestRestorableDateTime": earliest,
            "LatestRestorableDateTime": latest,
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
