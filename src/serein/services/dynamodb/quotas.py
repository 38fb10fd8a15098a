"""How many tables an account has in a region at most, and how many of them change at once.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import LimitExceededException
from serein.services.dynamodb.store.tables import table_count
from serein.services.dynamodb.store.transitions import count_transitions

_MOST_TABLES = 2_500
_MOST_AT_ONCE = 500


def require_room(tx: Transaction, scope: Scope) -> None:
    """Check that an account may have another table, wherever it comes from. Raises LimitExceededException."""
    if table_count(tx, scope) >= _MOST_TABLES:
        raise LimitExceededException(f"Subscriber limit exceeded: Maximum number of tables exceeded: {_MOST_TABLES}")


def require_calm(tx: Transaction, scope: Scope) -> None:
    """Check that not too many tables are changing already. Raises LimitExceededException."""
    if count_transitions(tx, scope) >= _MOST_AT_ONCE:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {_MOST_AT_ONCE} tables can be created, updated, or deleted simultaneously"
        )
