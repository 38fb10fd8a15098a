"""The delivery that a closed connection is owed: a call that runs `$disconnect`."""

from typing import Any

from serein.kernel.database import Delivery, Policy, Target
from serein.kernel.http import Closing
from serein.kernel.scope import Scope

ABNORMAL = Closing(1006, "Connection Closed Abnormally")
_POLICY = Policy(maximum_attempts=3, maximum_age_seconds=300)


def delivery(scope: Scope, details: dict[str, Any], closing: Closing) -> Delivery:
    """`details` are a peer's."""
    request = {"Peer": details, "Code": closing.code, "Reason": closing.reason}
    return Delivery(Target("apigatewayv2", "RunDisconnect", scope), request, _POLICY)
