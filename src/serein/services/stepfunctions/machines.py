"""State machines as they are kept: the machine, its revisions, versions and aliases, and what an ARN of one means."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import InvalidArn, StateMachineDoesNotExist, ValidationException

STANDARD, EXPRESS = "STANDARD", "EXPRESS"
INITIAL = "INITIAL"
"""What the revision of a machine is called that was never updated."""
_PREFIX = "stateMachine:"


def machine_arn(scope: Scope, name: str) -> str:
    return arn_of("states", scope, _PREFIX + name)


@dataclass(frozen=True, slots=True)
class Revision:
    """What a machine was from one update to the next."""

    id: str
    is_initial: bool
    definition: str
    role_arn: str
    settings: dict[str, Any]
    """`logging`, `tracing` and `encryption` in the API's form, defaults included; not to be changed."""
    created_at: float

    @property
    def shown_id(self) -> str:
        """The `revisionId` of the API: none before the first update."""
        return "" if self.is_initial else self.id

    @property
    def logging(self) -> dict[str, Any]:
        found: dict[str, Any] = self.settings["logging"]
        return found

    @property
    def is_traced(self) -> bool:
        return bool(self.settings["tracing"]["enabled"])


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine with its latest revision."""

    id: str
    scope: Scope
    name: str
    type: str
    status: str
    last_version: int
    tags: dict[str, str]
    created_with: dict[str, Any]
    """`publish` and `versionDescription` of the request that made it."""
    created_at: float
    revision: Revision

    @property
    def arn(self) -> str:
        return machine_arn(self.scope, self.name)

    @property
    def is_deleting(self) -> bool:
        return self.status == "DELETING"


@dataclass(frozen=True, slots=True)
class Version:
    machine_id: str
    number: int
    revision_id: str
    description: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Alias:
    machine_id: str
    name: str
    description: str
    routing: tuple[tuple[int, int], ...]
    """One or two versions with their weights, which add up to 100."""
    created_at: float
    updated_at: float

    def version_for(self, fraction: float) -> int:
        """The version that an execution gets which draws `fraction` of [0, 1)."""
        left = fraction * 100
        for number, weight in self.routing:
            left -= weight
            if left < 0:
                return number
        return self.routing[-1][0]


@dataclass(frozen=True, slots=True)
class Target:
    """What an execution runs: a revision of a machine, and by which ARN it was found."""

    machine: Machine
    revision: Revision
    """The machine's latest, or the version's."""
    version: int | None = None
    alias: str = ""

    @property
    def type(self) -> str:
        return self.machine.type

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def definition(self) -> str:
        return self.revision.definition

    @property
    def role_arn(self) -> str:
        return self.revision.role_arn

    @property
    def machine_arn(self) -> str:
        return self.machine.arn

    @property
    def version_arn(self) -> str:
        """Empty when the execution isn't of a version."""
        return f"{self.machine.arn}:{self.version}" if self.version is not None else ""

    @property
    def alias_arn(self) -> str:
        """Empty when the execution isn't of an alias."""
        return f"{self.machine.arn}:{self.alias}" if self.alias else ""


@dataclass(frozen=True, slots=True)
class MachineArn:
    """The parts of a state machine's ARN, plain or qualified."""

    scope: Scope
    name: str
    version: int | None = None
    alias: str = ""
    label: str = field(default="")
    """The Distributed Map that `stateMachine:NAME/LABEL` is about."""

    @property
    def is_qualified(self) -> bool:
        return self.version is not None or bool(self.alias) or bool(self.label)


def parse_arn(text: str, kind: str = "stateMachine") -> str:
    """What an ARN of Step Functions has after its kind. Raises InvalidArn when it is no ARN of that kind."""
    arn = find_arn(text)
    if arn is None:
        raise InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {text}'")
    if arn.service != "states":
        raise InvalidArn(f"Invalid Arn: 'Invalid ARN service: {arn.service}'")
    found, _, rest = arn.resource.partition(":")
    if found != kind:
        raise InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {found}'")
    if not rest:
        raise InvalidArn(f"Invalid Arn: '{text}'")
    return rest


def parse_machine_arn(text: str) -> MachineArn:
    """The parts of a machine's, a version's or an alias' ARN. Raises InvalidArn."""
    rest = parse_arn(text)
    parts = text.split(":", 5)
    scope = Scope(parts[4], parts[3])
    name, _, qualifier = rest.partition(":")
    name, slash, label = name.partition("/")
    if not name or (slash and not label) or ":" in qualifier or rest.endswith(":"):
        raise InvalidArn(f"Invalid Arn: '{text}'")
    if qualifier.isdecimal() and qualifier.isascii() and len(qualifier) < 19:
        return MachineArn(scope, name, version=int(qualifier), label=label)
    return MachineArn(scope, name, alias=qualifier, label=label)


def does_not_exist(arn: str) -> StateMachineDoesNotExist:
    return StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")


def require_plain(arn: str) -> MachineArn:
    """The parts of a machine's own ARN. Raises InvalidArn, and ValidationException for that of a version or alias."""
    parsed = parse_machine_arn(arn)
    if parsed.label:
        raise labeled(arn)
    if parsed.is_qualified:
        raise ValidationException(f"The ARN of a state machine without a version or an alias is required: '{arn}'")
    return parsed


def labeled(arn: str) -> ValidationException:
    return ValidationException(
        f"This operation does not support the ARN of a Map state: '{arn}'", reason="API_DOES_NOT_SUPPORT_LABELED_ARNS"
    )
