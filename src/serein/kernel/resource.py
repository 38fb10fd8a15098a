"""CloudFormation's view of a service: resource types, written as calls.

A service's `resources.py` holds one class per `AWS::Service::Type`, marked `@resource("AWS::SQS::Queue")`.
CloudFormation finds them by scan and drives them; they reach their service only through `Deployment.call`, so a
resource behaves as if the user had made it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope

C = TypeVar("C", bound=type)
Properties = dict[str, Any]


class GivenUp(Exception):
    """Raised by a handler whose step isn't wanted any more, once what it had begun is stopped."""


class AlreadyExists(AwsError):
    """A handler finds that somebody else has made the resource, by a call that would make it their own."""

    def __init__(self, type_name: str, identifier: str) -> None:
        super().__init__(f"Resource of type '{type_name}' with identifier '{identifier}' already exists.")


class Deployment(Protocol):
    """What a resource handler is given besides the properties."""

    scope: Scope
    stack_name: str
    stack_id: str
    logical_id: str
    tags: dict[str, str]
    """The stack's own tags and the `aws:cloudformation:*` ones, for resources that can be tagged."""
    update_policy: dict[str, Any]
    """The resource's UpdatePolicy while it is updated; empty otherwise, and when an update is taken back."""

    @property
    def now(self) -> float:
        """The platform's time, in seconds since the epoch."""

    @property
    def is_taken_back(self) -> bool:
        """Whether the step belongs to taking a change of the stack back."""

    @property
    def purpose(self) -> str:
        """What this step is for: the same whenever the step is made again, after a crash."""

    async def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an operation for the stack's account and region."""

    async def begun(self, physical_id: str) -> None:
        """Say that the resource is there, and goes by this id: right after the call that makes it.

        For a `create` that has more to do. Should that fail, taking the step back deletes what there is.
        """

    def has_called(self, service: str, operation: str) -> bool:
        """Whether the step, which a crash has cut short before, had made such a call: what it finds may be its own."""

    def physical_name(self, maximum_length: int = 64, *, is_lower_case: bool = False, suffix: str = "") -> str:
        """A name as CloudFormation forms it, `stack-LogicalId-RANDOM`, cut to fit; the same for the whole operation."""

    async def sleep(self, seconds: float) -> None:
        """Wait before looking again whether a state has come about: so long on the platform's clock, or less."""

    async def is_given_up(self) -> bool:
        """Whether the step isn't wanted any more: another one failed, or the update is cancelled."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that exists: what Ref answers and what GetAtt can."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    ref: str | None = None
    """What Ref answers when that isn't the physical id."""


class Resource(Protocol):
    """A resource type. Property names and values are the template's, intrinsics resolved.

    An error of the service (AwsError) fails the resource with its message.
    """

    replaced_by: frozenset[str]
    """Properties whose change needs a new resource (AWS's `Update requires: Replacement`)."""
    stored: frozenset[str]
    """Properties that are kept and have no effect; a deployment lists them."""
    properties: frozenset[str]
    """Every property the type has; any other is refused as CloudFormation refuses it."""

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        """Make the resource. `deployment.begun` comes between the call that makes it and any further one."""

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        """Change the resource in place; called when no changed property is in `replaced_by`."""

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        """Remove the resource; not an error when it is gone."""


def resource(type_name: str) -> Callable[[C], C]:
    """Mark a class as the handler of a resource type."""

    def mark(handler: C) -> C:
        type.__setattr__(handler, "__resource_type__", type_name)
        return handler

    return mark
