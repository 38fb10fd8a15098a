"""How something ends that a state waits for, and how an execution ends."""

from dataclasses import dataclass
from typing import Any

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
PENDING_REDRIVE = "PENDING_REDRIVE"


@dataclass(frozen=True, slots=True)
class Done:
    """It ended well; `output` is a JSON value."""

    output: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """It failed. Either may be absent."""

    error: str | None
    cause: str | None = None
    how: str = "Failed"
    """What history calls it: `Failed` or `TimedOut`."""


Outcome = Done | Failed


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job was started, or a message with a task's token sent; the task goes on. `output` is the call's."""

    output: Any


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of an execution; `output` is JSON text."""

    status: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None
