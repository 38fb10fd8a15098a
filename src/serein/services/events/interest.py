"""Whether anybody waits for events of an AWS service: those that happen all the time aren't put where nobody does."""

from collections.abc import Callable

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

_DEFAULT = "default"


def interest_of(platform: Platform) -> Callable[[Transaction, Scope, str], bool]:
    """What tells whether a rule of a default bus may match events of a source."""

    def is_awaited(tx: Transaction, scope: Scope, source: str) -> bool:
        # Why so: start-up imports this, what routes is loaded once there are rules.
        find = platform.catalog.require_module
        if find("events", "store.buses").find_revision(tx, scope, _DEFAULT) is None:
            return False
        found: bool = find("events", "routing").is_awaited(tx, platform, (scope, _DEFAULT), source)
        return found

    return is_awaited
