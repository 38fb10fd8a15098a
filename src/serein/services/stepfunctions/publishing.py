"""Versions: how the latest revision of a state machine becomes one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from serein.kernel.database import Transaction
from serein.services.stepfunctions.errors import ServiceQuotaExceededException, ValidationException
from serein.services.stepfunctions.machines import Machine, Version
from serein.services.stepfunctions.store.machines import put_machine
from serein.services.stepfunctions.store.versions import append_version, count_versions, find_version_of

_MOST_VERSIONS = 1000


def require_publishing(request: Mapping[str, Any]) -> None:
    """Raise ValidationException when a request describes a version that it doesn't publish."""
    if "versionDescription" in request and not request.get("publish"):
        raise ValidationException("Version description can only be set when publish is true")


def publish(tx: Transaction, machine: Machine, description: str) -> Version:
    """The version of the machine's latest revision, made now if there is none. Raises the quota's error."""
    found = find_version_of(tx, machine.id, machine.revision.id)
    if found is not None:
        return found
    if count_versions(tx, machine.id) >= _MOST_VERSIONS:
        raise ServiceQuotaExceededException(
            f"The maximum number of versions ({_MOST_VERSIONS}) of the state machine '{machine.arn}' has been reached"
        )
    number = machine.last_version + 1
    version = Version(machine.id, number, machine.revision.id, description, tx.now)
    append_version(tx, version)
    put_machine(tx, replace(machine, last_version=number))
    return version


def version_arn(machine: Machine, number: int) -> str:
    return f"{machine.arn}:{number}"
