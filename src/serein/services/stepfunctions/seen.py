"""What is seen of an execution: a step of a Standard one, or the whole of an Express one."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.scope import Scope

_RUNNING = "RUNNING"
_BEGINNINGS = frozenset({"ExecutionStarted", "ExecutionRedriven"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One step of a Standard execution, or the whole of an Express one. Times are seconds since the epoch."""

    scope: Scope
    arn: str
    name: str
    machine_name: str
    machine_arn: str
    revision_id: str
    is_express: bool
    events: list[dict[str, Any]]
    """The history events of the step, in AWS's form and order."""
    status: str
    """After the step; RUNNING while it goes on."""
    started_at: float
    stopped_at: float | None = None
    input: str = "{}"
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    version_arn: str = ""
    alias_arn: str = ""
    redrive_count: int = 0
    redriven_at: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether it was started or redriven with this step."""
        return bool(self.events) and self.events[0]["type"] in _BEGINNINGS

    @property
    def has_ended(self) -> bool:
        return self.status != _RUNNING
