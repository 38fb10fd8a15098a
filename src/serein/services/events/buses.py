"""Buses: what one is, its name and ARN."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.scope import Scope

DEFAULT = "default"
MOST_BUSES = 100


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus. The default one exists without having been made; its revision is then empty."""

    scope: Scope
    name: str
    definition: dict[str, Any]
    """Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig and Policy, as they were given."""
    tags: dict[str, str]
    created_at: float
    modified_at: float
    revision: str

    @property
    def arn(self) -> str:
        return bus_arn(self.scope, self.name)


def bus_arn(scope: Scope, name: str) -> str:
    return arn_of("events", scope, f"event-bus/{name}")


def place_of(scope: Scope, name_or_arn: str | None) -> tuple[Scope, str]:
    """The scope and the name of the bus that a request means; the default one when it names none."""
    if not name_or_arn:
        return scope, DEFAULT
    arn = find_arn(name_or_arn)
    if arn is None:
        return scope, name_or_arn
    return arn.scope, arn.resource.removeprefix("event-bus/")


def described(bus: Bus) -> dict[str, Any]:
    """A bus in the shape of DescribeEventBus."""
    times = {"CreationTime": bus.created_at, "LastModifiedTime": bus.modified_at} if bus.revision else {}
    return {"Name": bus.name, "Arn": bus.arn, **bus.definition, **times}
