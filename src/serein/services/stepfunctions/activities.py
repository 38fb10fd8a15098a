"""Activities: names under which workers anywhere ask for tasks.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import ActivityDoesNotExist, InvalidArn

_PREFIX = "activity:"


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of an account and region."""

    scope: Scope
    name: str
    created_at: float
    tags: Mapping[str, str] = field(default_factory=dict)
    encryption: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return arn_of("states", self.scope, _PREFIX + self.name)


@dataclass(frozen=True, slots=True)
class ActivityTask:
    """A task that waits for a worker; the place is its execution's frame and the number of the task."""

    execution_id: int
    frame_id: int
    task: int
    token: str
    input: str
    """JSON text."""


def parse_activity_arn(text: str) -> tuple[Scope, str]:
    """Where an activity is, and its name. Raises InvalidArn."""
    arn = find_arn(text)
    if arn is None:
        raise InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {text}'")
    name = arn.resource.removeprefix(_PREFIX)
    if arn.service != "states" or name == arn.resource or not name or ":" in name:
        raise InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {arn.resource.partition(':')[0]}'")
    return arn.scope, name


def does_not_exist(arn: str) -> ActivityDoesNotExist:
    return ActivityDoesNotExist(f"Activity does not exist: '{arn}'")


def topic_of(arn: str) -> str:
    """Woken when a task of the activity waits for a worker."""
    return f"stepfunctions:activity:{arn}"


def shown(activity: Activity) -> Reply:
    reply: Reply = {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created_at}
    return reply
