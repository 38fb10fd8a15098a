"""What is to be done once a transaction has committed, for which execution."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.scope import Scope
from serein.services.stepfunctions.interpreter.effects import Perform
from serein.services.stepfunctions.language import Task


@dataclass(frozen=True, slots=True)
class PollJob:
    """See whether the job is over that a task waits for."""

    frame_id: int
    task: int
    state: Task
    submitted: Any
    credentials_role_arn: str
    again_at: float
    """When somebody else looks, unless what was seen is known by then."""


@dataclass(frozen=True, slots=True)
class RunExpress:
    """Run an Express execution, from its beginning."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One thing to do; what it is about is durable."""

    execution_id: int
    arn: str
    scope: Scope
    role_arn: str
    trace_id: str
    what: Perform | PollJob | RunExpress


Launches = list[Launch]
