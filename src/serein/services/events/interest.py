"""Whether anybody waits for events of an AWS service: those that happen all the time aren't put where nobody does."""

from collections.abc import Callable

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.events.buses import DEFAULT
from serein.services.events.store.buses import find_revision


def interest_of(platform: Platform) -> Callable[[Transaction, Scope, str], bool]:
    """What tells whether a rule of a default bus may match events of a source."""

    def is_awaited(tx: Transaction, scope: Scope, source: str) -> bool:
        if find_revision(tx, scope, DEFAULT) is None:
            return False
        # Why so: what routes is loaded once there are rules.
        found: bool = platform.catalog.require_module("events", "routing").is_awaited(
            tx, platform, (scope, DEFAULT), source
        )
        return found

    return is_awaited
