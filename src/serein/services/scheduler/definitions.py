"""Schedules: what requests may say of them, when they are due, and how they are shown."""

import hashlib
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.operation import Reply, Request
from serein.kernel.schedule import At, InvalidSchedule, Schedule, parse_schedule
from serein.kernel.scope import Scope
from serein.services.scheduler.errors import ValidationException

DEFAULT_GROUP = "default"
_UTC = "UTC"
_MEMBERS = ("Description", "EndDate", "FlexibleTimeWindow", "KmsKeyArn", "ScheduleExpression", "StartDate", "Target")
_LATE_START_SECONDS = 300
_BEFORE = 0.001
"""Seconds; a schedule that begins at a moment of its own is due then, not after it."""
_ALWAYS = float("inf")


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A schedule's row."""

    scope: Scope
    group: str
    name: str
    definition: dict[str, Any]
    created_at: float
    modified_at: float
    anchor: float
    due_at: float | None
    client_token: str

    @property
    def arn(self) -> str:
        return schedule_arn(self.scope, self.group, self.name)

    @property
    def is_deleted_when_complete(self) -> bool:
        return bool(self.definition["ActionAfterCompletion"] == "DELETE")


def schedule_arn(scope: Scope, group: str, name: str) -> str:
    return arn_of("scheduler", scope, f"schedule/{group}/{name}")


def group_arn(scope: Scope, name: str) -> str:
    return arn_of("scheduler", scope, f"schedule-group/{name}")


def parse_definition(request: Request, now: float) -> dict[str, Any]:
    """What a request says a schedule is, with the defaults for what it doesn't. Raises ValidationException."""
    definition = {name: request[name] for name in _MEMBERS if name in request}
    definition["ScheduleExpressionTimezone"] = request.get("ScheduleExpressionTimezone", _UTC)
    definition["State"] = request.get("State", "ENABLED")
    definition["ActionAfterCompletion"] = request.get("ActionAfterCompletion", "NONE")
    schedule = require_schedule(definition)
    if not isinstance(schedule, At):
        _require_period(definition, now)
    window = definition["FlexibleTimeWindow"]
    if window["Mode"] == "FLEXIBLE" and "MaximumWindowInMinutes" not in window:
        raise ValidationException("MaximumWindowInMinutes is required when the mode of the time window is FLEXIBLE.")
    if window["Mode"] == "OFF" and "MaximumWindowInMinutes" in window:
        raise ValidationException("MaximumWindowInMinutes is not allowed when the mode of the time window is OFF.")
    return definition


def require_schedule(definition: dict[str, Any]) -> Schedule:
    """A definition's schedule. Raises ValidationException."""
    expression = definition["ScheduleExpression"]
    try:
        parse_schedule("at(2000-01-01T00:00:00)", definition["ScheduleExpressionTimezone"])
    except InvalidSchedule as error:
        raise ValidationException("The ScheduleExpressionTimezone is not valid.") from error
    try:
        # AWS: unlike EventBridge's rules, schedules take rate(5 minute) and rate(1 hours), too.
        return parse_schedule(expression, definition["ScheduleExpressionTimezone"], any_number=True)
    except InvalidSchedule as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from error


def _require_period(definition: dict[str, Any], now: float) -> None:
    start, end = definition.get("StartDate"), definition.get("EndDate", _ALWAYS)
    if start is not None and start < now - _LATE_START_SECONDS:
        raise ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end < now:
        raise ValidationException("The EndDate you specify cannot be in the past.")
    if start is not None and start >= end:
        raise ValidationException("The StartDate you specify must come before the EndDate.")


def first_due(definition: dict[str, Any], now: float) -> float | None:
    """When a schedule that begins now is due first; None when it never is.

    AWS: a rate without a start date is due at once, and so is one with a start date when that comes
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
    """
    return next_due(definition, now - _BEFORE, now)


def next_due(definition: dict[str, Any], after: float, anchor: float) -> float | None:
    """When a schedule is due next after a moment, or None when it isn't any more, or is disabled."""
    if definition["State"] != "ENABLED":
        return None
    schedule = require_schedule(definition)
    if isinstance(schedule, At):
        return schedule.next_after(after, anchor)
    start = definition.get("StartDate")
    if start is not None:
        after, anchor = max(after, start - _BEFORE), start
    due = schedule.next_after(after, anchor)
    return None if due is None or due > definition.get("EndDate", _ALWAYS) else due


def invoked_at(schedule: StoredSchedule, due_at: float) -> float:
    """When a schedule that is due is invoked: somewhere in its time window, the same place whenever one asks."""
    minutes: int | None = schedule.definition["FlexibleTimeWindow"].get("MaximumWindowInMinutes")
    if not minutes:
        return due_at
    digest = hashlib.sha256(f"{schedule.arn} {due_at}".encode()).digest()
    return due_at + int.from_bytes(digest[:4]) / 2**32 * minutes * 60


def describe(schedule: StoredSchedule) -> Reply:
    """As GetSchedule shows it."""
    return {
        "Arn": schedule.arn,
        "GroupName": schedule.group,
        "Name": schedule.name,
        "CreationDate": schedule.created_at,
        "LastModificationDate": schedule.modified_at,
        **schedule.definition,
    }


def summarize(schedule: StoredSchedule) -> Reply:
    """As ListSchedules shows it."""
    return {
        "Arn": schedule.arn,
        "GroupName": schedule.group,
        "Name": schedule.name,
        "State": schedule.definition["State"],
        "CreationDate": schedule.created_at,
        "LastModificationDate": schedule.modified_at,
        "Target": {"Arn": schedule.definition["Target"]["Arn"]},
    }
