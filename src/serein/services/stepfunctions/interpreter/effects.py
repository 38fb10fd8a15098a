"""What a run of the interpreter wants done once it is durable."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serein.services.stepfunctions.distributed.plan import Plan
    from serein.services.stepfunctions.language import Map, Task


@dataclass(frozen=True, slots=True)
class Perform:
    """Make the call of a Task state: once for each `task`, the number of the attempt."""

    frame_id: int
    task: int
    state: "Task"
    parameters: Any
    credentials_role_arn: str = ""


@dataclass(frozen=True, slots=True)
class OfferActivity:
    """Let a worker of an activity have a task."""

    frame_id: int
    task: int
    resource: str
    token: str
    input: str
    """JSON text."""
    timeout_seconds: int | None
    heartbeat_seconds: int | None


@dataclass(frozen=True, slots=True)
class BeginMapRun:
    """Begin a map run for a distributed Map state that was entered; the state waits until it is over."""

    frame_id: int
    task: int
    state: "Map"
    plan: "Plan"
    is_redriven: bool = False
    """Whether the state goes on with the map run that it had, if it had one."""


@dataclass(frozen=True, slots=True)
class Watch:
    """See to it that the frame's `poll` timer is due once the job is over that its task has started."""

    frame_id: int
    state: "Task"
    submitted: Any


@dataclass(frozen=True, slots=True)
class Abandon:
    """Give up what a state has waited for: a job, a map run, an activity's worker."""

    frame_id: int
    task: int
    state: "Task | Map"
    submitted: Any = None


Effect = Perform | OfferActivity | BeginMapRun | Watch | Abandon
