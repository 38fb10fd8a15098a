"""How something ends that a state waits for, and how an execution ends."""

from dataclasses import dataclass
from typing import Any

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
PENDING_REDRIVE = "PENDING_REDRIVE"
_LONGEST_ERROR, _LONGEST_CAUSE = 256, 32_768


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

    def __post_init__(self) -> None:
        """AWS: error and cause are as long as the members of the API's shapes may be."""
        if self.error is not None and len(self.error) > _LONGEST_ERROR:
            object.__setattr__(self, "error", self.error[:_LONGEST_ERROR])
        if self.cause is not None and len(self.cause) > _LONGEST_CAUSE:
            object.__setattr__(self, "cause", self.cause[:_LONGEST_CAUSE])


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
