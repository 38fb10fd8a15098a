"""Stacks and their resources as stored, and what CloudFormation calls their states."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.scope import Scope
from serein.services.cloudformation.parameters import Parameter

COMPLETE_FOR_UPDATE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_FAILED",
    }
)
"""States from which an update may start. AWS: the failed ones only when rollback was disabled before."""


@dataclass(slots=True)
class Definition:
    """What a stack is to be: everything that an operation carries out and that a rollback goes back to."""

    template_text: str
    processed: dict[str, Any]
    """The template after its transforms."""
    parameters: dict[str, Parameter]
    tags: dict[str, str]
    capabilities: list[str]
    notification_arns: list[str]
    role_arn: str = ""

    @property
    def description(self) -> str:
        return str(self.processed.get("Description", ""))


@dataclass(slots=True)
class Settings:
    """What steers a stack's operations."""

    disable_rollback: bool = False
    retain_except_on_create: bool = False
    """A rollback removes what it made even where the template says Retain."""
    on_failure: str = "ROLLBACK"
    termination_protection: bool = False
    timeout_minutes: int = 0
    policy: str = ""
    policy_during_update: str = ""
    """Instead of the other one, while the update that runs does."""
    rollback_configuration: dict[str, Any] = field(default_factory=dict)
    watched_until: float = 0.0
    """When the rollback triggers' alarms are no longer watched; 0 while resources are still made or changed."""
    deletion_mode: str = ""
    deployment_config: dict[str, Any] = field(default_factory=dict)
    parent_id: str = ""
    root_id: str = ""
    wait_token: str = ""
    """Of the parent's resource that waits for this stack."""
    failure: str = ""
    """Why the last operation failed, for the parent's resource that waits for it."""
    client_token: str = ""
    token_action: str = ""
    """The operation that the client token came with."""
    change_set_id: str = ""
    stack_set_operation: str = ""
    """The stack set's ARN and operation that work on this stack; told when the stack comes to rest."""
    is_delete_wanted: bool = False
    """A deletion was asked for while an operation ran: it comes next."""
    is_cancel_wanted: bool = False
    """The update that runs is to be taken back."""
    imports: dict[str, str] = field(default_factory=dict)
    """Physical ids, by logical ids, of what the operation takes into the stack instead of making it."""
    retain: list[str] = field(default_factory=list)
    """Resources that a DeleteStack is to leave alone."""


@dataclass(slots=True)
class Stack:
    stack_id: str
    scope: Scope
    name: str
    status: str
    reason: str
    created_at: float
    updated_at: float | None
    deleted_at: float | None
    operation: str
    """The operation under way or made last; each has its own."""
    turn: int
    is_parked: bool
    definition: Definition
    previous: Definition | None
    settings: Settings
    outputs: list[dict[str, str]]

    @property
    def times_out_at(self) -> float | None:
        """When a creation that isn't over yet fails."""
        minutes = self.settings.timeout_minutes
        return self.created_at + 60 * minutes if minutes and self.status == "CREATE_IN_PROGRESS" else None

    @property
    def is_live(self) -> bool:
        return self.status != "DELETE_COMPLETE"

    @property
    def is_busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


_EARLIER, _TORN = "earlier_properties", "is_torn"
_UNMADE = frozenset({"CREATE_IN_PROGRESS", "CREATE_FAILED", "IMPORT_IN_PROGRESS", "IMPORT_FAILED"})


@dataclass(slots=True)
class StackResource:
    """A resource of a stack. `slot` is empty for the current one, and its token for one that is to be removed."""

    logical_id: str
    type: str
    slot: str = ""
    physical_id: str = ""
    reference: Any = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    previous: dict[str, Any] | None = None
    """What the resource was before the running operation changed it."""
    token: str = ""
    """The random end of its physical name; drawn before the resource is made."""
    operation: str = ""
    """The last operation that touched it."""
    status: str = ""
    reason: str = ""
    updated_at: float = 0.0
    policies: dict[str, str] = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)

    @property
    def is_replacing(self) -> bool:
        """Whether it is the new resource of a replacement, and not made yet, or only half."""
        return self.previous is not None and "slot" in self.previous and not self.reference

    @property
    def is_unmade(self) -> bool:
        """Whether it is not made yet, or only half: it may have a physical id all the same."""
        return self.status in _UNMADE or self.is_replacing

    def snapshot(self) -> dict[str, Any]:
        """What a rollback needs to bring the resource back."""
        return {
            "physical_id": self.physical_id,
            "reference": self.reference,
            "attributes": self.attributes,
            "properties": self.properties,
            "token": self.token,
            "type": self.type,
            "policies": self.policies,
            "dependencies": self.dependencies,
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        for name, value in snapshot.items():
            if name not in (_EARLIER, _TORN):
                setattr(self, name, value)

    def note_change(self, properties: dict[str, Any]) -> None:
        """Take on the properties of a change that is about to be made; what a rollback goes back to is kept.

        Of a resource that an operation has changed, and left like that as it failed, that isn't what it is now.
        """
        if self.previous is None:
            self.previous = self.snapshot()
        else:
            is_torn = self.status.endswith("_FAILED") and self.properties != self.previous["properties"]
            self.previous = self.previous | {_EARLIER: self.properties, _TORN: is_torn}
        self.properties = properties

    @property
    def stable_properties(self) -> dict[str, Any]:
        """Those that a rollback goes back to."""
        found: dict[str, Any] = self.previous["properties"] if self.previous else self.properties
        return found

    @property
    def earlier_properties(self) -> dict[str, Any]:
        """Those before the change under way."""
        found: dict[str, Any] = (self.previous or {}).get(_EARLIER, self.stable_properties)
        return found

    @property
    def is_torn(self) -> bool:
        """Whether a change before the one under way failed, and nobody knows how much of it was made."""
        return bool((self.previous or {}).get(_TORN))


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of DescribeStackEvents, still without its number and time."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    properties: str = ""
