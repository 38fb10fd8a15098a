"""A state machine as it was when an execution began, and what an ARN given to StartExecution leads to."""

from dataclasses import dataclass, field
from typing import Any, Literal

from serein.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Revision:
    """Never changes; kept as long as an execution of it is."""

    id: str
    machine_arn: str
    """Without a version or an alias."""
    name: str
    type: Literal["STANDARD", "EXPRESS"]
    definition: str
    role_arn: str
    is_initial: bool = False
    created_at: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """Logging, tracing and encryption, as stored."""


@dataclass(frozen=True, slots=True)
class Startable:
    """What an execution is to be started of."""

    scope: Scope
    """Whose the machine is."""
    revision: Revision
    version_arn: str = ""
    """The version that runs; set for a version's ARN and for an alias's."""
    alias_arn: str = ""
