"""Creation policies: a resource counts as made once it was signalled as often as its template wants.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
"""

import re
from typing import Any

from serein.kernel.database import Transaction
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure, ValidationError
from serein.services.cloudformation.stacks import StackResource
from serein.services.cloudformation.store import resources

_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?")
_DEFAULT_SECONDS = 300.0
_MOST_SECONDS = 43_200.0


def handle_of(stack_id: str, row: StackResource) -> str:
    """Under which name a resource's signals are kept."""
    return f"{stack_id}/{row.logical_id}/{row.token}"


def seconds_of(duration: Any) -> float:
    """An ISO 8601 duration of at most twelve hours. Raises ValidationError."""
    found = _DURATION.fullmatch(str(duration))
    if found is None or not any(found.groups()):
        raise ValidationError(f"Invalid ResourceSignal Timeout {duration}: it must be in ISO8601 duration format")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return min(hours * 3600.0 + minutes * 60 + seconds, _MOST_SECONDS)


async def require_signals(deployment: StackDeployment, policy: dict[str, Any], physical_id: str) -> None:
    """Return once the signals that a creation policy wants have come.

    Raises HandlerPending until then, and ResourceFailure when one tells of a failure or too few came in time.
    """
    wanted = policy.get("ResourceSignal")
    if not isinstance(wanted, dict):
        return
    count = int(wanted.get("Count", 1))
    timeout = seconds_of(wanted["Timeout"]) if "Timeout" in wanted else _DEFAULT_SECONDS
    handle, purpose = handle_of(deployment.stack_id, deployment.resource), f"{deployment.purpose}/signals"

    def write(tx: Transaction) -> tuple[float, list[str]]:
        deadline = resources.watch_signals(tx, deployment.stack_id, purpose, handle, tx.now + timeout)
        return deadline, [signal[1] for signal in resources.signals_of(tx, handle)]

    deadline, statuses = await deployment.platform.database.write(write)
    succeeded, failed = statuses.count("SUCCESS"), statuses.count("FAILURE")
    if failed:
        raise ResourceFailure(
            f"Received {failed} FAILURE signal(s) out of {count}."
            " Unable to satisfy 100% MinSuccessfulInstancesPercent requirement",
            physical_id,
        )
    if succeeded >= count:
        return
    if deployment.platform.clock.now() < deadline:
        raise HandlerPending(deadline, physical_id, purpose)
    raise ResourceFailure(
        f"Failed to receive {count - succeeded} resource signal(s) within the specified duration", physical_id
    )
