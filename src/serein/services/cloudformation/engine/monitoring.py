"""Rollback triggers: alarms that end an operation, and that are watched for a while once all resources stand.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
"""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.errors import AwsError
from serein.services.cloudformation.engine.run import Run
from serein.services.cloudformation.errors import ResourceFailure

_LOOK_EVERY_SECONDS = 15.0


async def require_calm(run: Run) -> None:
    """Raise ResourceFailure when an alarm that triggers a rollback is in ALARM, or isn't there."""
    triggers = run.stack.settings.rollback_configuration.get("RollbackTriggers", [])
    raised = [trigger["Arn"] for trigger in triggers if await _is_raised(run, trigger)]
    if raised:
        raise ResourceFailure(f"The following rollback trigger(s) went into ALARM state: [{', '.join(raised)}]")


def next_look(run: Run) -> float | None:
    """When the alarms are to be looked at again; None when they need no watching (any more)."""
    configuration = run.stack.settings.rollback_configuration
    if not configuration.get("RollbackTriggers"):
        return None
    now, until = run.platform.clock.now(), watched_until(run)
    return min(now + _LOOK_EVERY_SECONDS, until) if now < until else None


def watched_until(run: Run) -> float:
    """When the watch ends that begins once all resources stand."""
    settings = run.stack.settings
    minutes: int = settings.rollback_configuration.get("MonitoringTimeInMinutes", 0)
    return settings.watched_until or run.platform.clock.now() + 60 * minutes


async def _is_raised(run: Run, trigger: dict[str, Any]) -> bool:
    arn = find_arn(trigger["Arn"])
    name = arn.resource.removeprefix("alarm:") if arn is not None else ""
    try:
        reply = await run.call(
            "cloudwatch", "DescribeAlarms", {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        )
    except AwsError as error:
        raise ResourceFailure(f"Rollback trigger {trigger['Arn']}: {error.message}") from error
    found = [*reply.get("MetricAlarms", []), *reply.get("CompositeAlarms", [])]
    if not found:
        raise ResourceFailure(f"The rollback trigger {trigger['Arn']} does not exist")
    return bool(found[0]["StateValue"] == "ALARM")
