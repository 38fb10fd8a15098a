"""The account's settings."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway.store import things

_DEFAULTS = {
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}


def account_of(tx: Transaction, scope: Scope) -> dict[str, Any]:
    """The Account: what was set, and AWS's defaults."""
    return {**_DEFAULTS, **(things.find_thing(tx, scope, "Account", "account") or {})}
