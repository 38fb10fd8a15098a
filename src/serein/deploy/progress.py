"""How a deployment tells what it does: a line per step, and an event per step of a resource."""

from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]
"""Called with a short line for people ("Building OrderFunction"); must not block."""


@dataclass(frozen=True, slots=True)
class ResourceEvent:
    """A step of one resource of a stack, as CloudFormation tells it."""

    stack: str
    """The name of the root stack."""
    path: tuple[str, ...]
    """Logical ids from the root stack down: a resource of a nested stack comes after that stack's own id."""
    type: str
    status: str
    at: float
    """Seconds since the epoch, by the server's clock."""
    reason: str = ""
    physical_id: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it failed by itself: what is cancelled because another failed did not."""
        is_cancelled = self.reason.startswith("Resource ") and self.reason.lower().endswith("cancelled")
        return self.status.endswith("_FAILED") and not is_cancelled


Watch = Callable[[ResourceEvent], None]
"""Called with each step of a resource, in the order they happen; must not block."""


def silent(_line: str) -> None:
    """For callers that want no progress."""


def unwatched(_event: ResourceEvent) -> None:
    """For callers that want no events."""
