"""Contributor insights: which tables and indexes they were switched on for. Nothing is counted for them."""

from serein.kernel.database import Transaction
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ResourceNotFoundException
from serein.services.dynamodb.store.policies import Insight
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import Table

ALL_KEYS, THROTTLED_KEYS = "ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"
_SETTLING_SECONDS = 60.0


def require_insightful(tx: Transaction, scope: Scope, table_name: str, index_name: str) -> Table:
    """The table that a request is about. Raises ResourceNotFoundException, also for what is no global index of it."""
    table = require_described_table(tx, scope, table_name)
    if index_name:
        index = table.find_index(index_name)
        if index is None or not index.is_global:
            raise ResourceNotFoundException(f"Requested resource not found: Index: {index_name} not found")
    return table


def status_of(insight: Insight | None, now: float, *, is_gradual: bool) -> str:
    """ContributorInsightsStatus."""
    if insight is None:
        return "DISABLED"
    is_settling = is_gradual and now - insight.updated_at < _SETTLING_SECONDS
    if insight.is_enabled:
        return "ENABLING" if is_settling else "ENABLED"
    return "DISABLING" if is_settling else "DISABLED"


def rules_of(table: Table, index_name: str, mode: str) -> list[str]:
    """The names of the rules that AWS makes: partition and sort keys, by access and by throttling.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html
    """
    index = table.find_index(index_name) if index_name else None
    schema = index.key if index else table.key
    parts = ["PK", "SK"] if schema.range else ["PK"]
    kinds = ["T"] if mode == THROTTLED_KEYS else ["C", "T"]
    name = f"{table.name}-{index_name}" if index_name else table.name
    created = int(table.definition.created_at * 1000)
    return [f"DynamoDBContributorInsights-{part}{kind}-{name}-{created}" for part in parts for kind in kinds]


def named(table_name: str, index_name: str) -> Reply:
    """The members that say what a reply is about."""
    return {"TableName": table_name, "IndexName": index_name} if index_name else {"TableName": table_name}
