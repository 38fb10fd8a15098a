"""Stack sets, their instances, operations and results, as stored."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.scope import Scope


@dataclass(slots=True)
class StackSet:
    set_id: str
    """`name:uuid`, as AWS forms it."""
    scope: Scope
    name: str
    status: str
    created_at: float
    template_text: str
    parameters: dict[str, str]
    capabilities: list[str]
    tags: dict[str, str]
    description: str = ""
    administration_role_arn: str = ""
    execution_role_name: str = ""
    is_managed: bool = False
    """Operations that would be refused while another one runs wait for it."""
    client_token: str = ""
    drift: dict[str, Any] = field(default_factory=dict)
    """The StackSetDriftDetectionDetails of the last check."""

    @property
    def arn(self) -> str:
        scope = self.scope
        return f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}:stackset/{self.set_id}"


@dataclass(slots=True)
class Instance:
    """What a stack set has in one account and region. `stack_id` is empty until the stack was begun."""

    set_id: str
    account: str
    region: str
    stack_id: str = ""
    status: str = "OUTDATED"
    detailed_status: str = "PENDING"
    reason: str = ""
    overrides: dict[str, str] = field(default_factory=dict)
    drift_status: str = "NOT_CHECKED"
    drift_checked_at: float | None = None
    last_operation_id: str = ""


@dataclass(slots=True)
class SetOperation:
    """`action` is AWS's, or IMPORT, which AWS shows as CREATE."""

    set_id: str
    operation_id: str
    action: str
    status: str
    created_at: float
    ended_at: float | None = None
    preferences: dict[str, Any] = field(default_factory=dict)
    retains_stacks: bool = False
    targets: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    failed_count: int = 0
    drift: dict[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(slots=True)
class Result:
    """What an operation does in one account and region. `stack_name` is drawn before the stack is made."""

    position: int
    account: str
    region: str
    stack_name: str
    status: str = "PENDING"
    reason: str = ""
    stack_id: str = ""
    """Set once the stack's own operation has begun."""
    gate: dict[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in ("SUCCEEDED", "FAILED", "CANCELLED")

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)
