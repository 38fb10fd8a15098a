"""The provisioned concurrency of functions' versions and aliases, as calls of Lambda."""

from typing import NamedTuple

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.services.application_autoscaling.targets import ScalableTarget

_SERVICE = "lambda"
_NONE_YET = "ProvisionedConcurrencyConfigNotFoundException"
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidParameterValueException", "ValidationException"})
WORDS = "desired concurrency"
"""What is scaled, as activities tell of it."""


class Concurrency(NamedTuple):
    """What a version or an alias has provisioned."""

    capacity: int
    is_active: bool


def _request(target: ScalableTarget) -> dict[str, str]:
    _, name, qualifier = target.address.resource_id.split(":")
    return {"FunctionName": name, "Qualifier": qualifier}


async def find_concurrency(call: Call, target: ScalableTarget) -> Concurrency | None:
    """What is provisioned, or None when there is no such version or alias."""
    try:
        reply = await call.to(_SERVICE, "GetProvisionedConcurrencyConfig", _request(target), target.scope)
    except AwsError as error:
        if error.code == _NONE_YET:
            return Concurrency(0, is_active=True)
        if error.code in _ABSENT:
            return None
        raise
    return Concurrency(reply["RequestedProvisionedConcurrentExecutions"], reply["Status"] != "IN_PROGRESS")


async def set_concurrency(call: Call, target: ScalableTarget, capacity: int) -> bool:
    """Provision so much; return whether that is so at once. Raises Lambda's errors."""
    request = _request(target)
    if not capacity:
        await call.to(_SERVICE, "DeleteProvisionedConcurrencyConfig", request, target.scope)
        return True
    wanted = {**request, "ProvisionedConcurrentExecutions": capacity}
    reply = await call.to(_SERVICE, "PutProvisionedConcurrencyConfig", wanted, target.scope)
    return bool(reply["Status"] == "READY")
