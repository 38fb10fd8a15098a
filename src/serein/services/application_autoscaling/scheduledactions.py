"""Scheduled actions: what requests may say of them, when they are due, and how they are shown."""

from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request
from serein.kernel.schedule import InvalidSchedule, parse_schedule
from serein.kernel.scope import Scope
from serein.services.application_autoscaling.errors import ValidationException
from serein.services.application_autoscaling.store import Definition, Part
from serein.services.application_autoscaling.targets import Address, require_bounds

MOST_ACTIONS = 200
_BEFORE = 0.001
"""Seconds; an action whose start is a moment of its schedule is due then, not after it."""
_UTC = "UTC"


def new_action(scope: Scope, address: Address, name: str, now: float) -> Definition:
    """What all scheduled actions have."""
    place = f"resource/{address.namespace}/{address.resource_id}:scheduledActionName/{name}"
    arn = arn_of("autoscaling", scope, f"scheduledAction:{new_uuid()}:{place}")
    return {"ScheduledActionARN": arn, "CreationTime": now}


def changed_action(known: Definition, request: Request, address: Address) -> Definition:
    """A scheduled action as a request changes it, or makes it. Raises ValidationException.

    AWS: a request without start and end times removes the old ones; anything else that isn't given stays
    (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html).
    """
    changed = {name: value for name, value in known.items() if name not in ("StartTime", "EndTime")}
    names = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
    changed |= {name: request[name] for name in names if name in request}
    if "Schedule" not in changed:
        raise ValidationException("Schedule must be specified when creating a scheduled action")
    try:
        parse_schedule(changed["Schedule"], changed.get("Timezone", _UTC))
    except InvalidSchedule as error:
        raise ValidationException(f"Invalid schedule: {error}") from error
    if changed.get("StartTime", 0.0) > changed.get("EndTime", float("inf")):
        raise ValidationException("Start time cannot be after end time")
    action = changed.get("ScalableTargetAction") or {}
    if not action:
        raise ValidationException("At least one of minimum capacity and maximum capacity should be provided")
    require_bounds(action.get("MinCapacity"), action.get("MaxCapacity"), address.namespace)
    return changed


def next_due(action: Definition, after: float) -> float | None:
    """When a scheduled action is due next after a moment, or None when it isn't any more."""
    schedule = parse_schedule(action["Schedule"], action.get("Timezone", _UTC))
    start, anchor = action.get("StartTime"), action["CreationTime"]
    if start is not None:
        after, anchor = max(after, start - _BEFORE), start
    due = schedule.next_after(max(after, action["CreationTime"]), anchor)
    return None if due is None or due > action.get("EndTime", float("inf")) else due


def describe_action(part: Part) -> Reply:
    described: dict[str, Any] = {"ScheduledActionName": part.name, **part.target.address.members, **part.definition}
    return described
