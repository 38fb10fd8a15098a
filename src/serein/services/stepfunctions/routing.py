"""What aliases route to: one or two versions of a state machine, with weights that add up to 100."""

from collections.abc import Mapping, Sequence
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import InvalidArn, ResourceNotFound, ValidationException
from serein.services.stepfunctions.machines import Alias, Machine, MachineArn, machine_arn, parse_machine_arn
from serein.services.stepfunctions.store.machines import find_machine
from serein.services.stepfunctions.store.versions import find_alias, find_version


def parse_routing(given: Sequence[Mapping[str, Any]]) -> tuple[MachineArn, tuple[tuple[int, int], ...]]:
    """The machine, and the numbers of its versions with their weights. Raises ValidationException, InvalidArn."""
    arns = [parse_machine_arn(route["stateMachineVersionArn"]) for route in given]
    for arn, route in zip(arns, given, strict=True):
        if arn.version is None or arn.label:
            raise _invalid(f"'{route['stateMachineVersionArn']}' is not the ARN of a state machine version")
    if len({(arn.scope, arn.name) for arn in arns}) > 1:
        raise _invalid("all versions must belong to the same state machine")
    if len({arn.version for arn in arns}) < len(arns):
        raise _invalid("each version must be given once only")
    if sum(route["weight"] for route in given) != 100:
        raise _invalid("the sum of all weights must be 100")
    return arns[0], tuple((arn.version or 0, route["weight"]) for arn, route in zip(arns, given, strict=True))


def require_versions(tx: Transaction, scope: Scope, arn: MachineArn, routing: Sequence[tuple[int, int]]) -> Machine:
    """The machine whose versions an alias routes to. Raises ResourceNotFound when one isn't there."""
    machine = find_machine(tx, scope, arn.name) if arn.scope == scope else None
    if machine is None:
        raise not_found(f"{machine_arn(arn.scope, arn.name)}:{routing[0][0]}")
    for number, _ in routing:
        if find_version(tx, machine.id, number) is None:
            raise not_found(f"{machine.arn}:{number}")
    return machine


def require_alias(tx: Transaction, scope: Scope, text: str) -> tuple[Machine, Alias]:
    """The alias of an ARN, and its machine. Raises InvalidArn, ResourceNotFound."""
    arn = parse_machine_arn(text)
    if not arn.alias or arn.label:
        raise InvalidArn(f"Invalid Arn: '{text}'")
    machine = find_machine(tx, scope, arn.name) if arn.scope == scope else None
    alias = None if machine is None else find_alias(tx, machine.id, arn.alias)
    if machine is None or alias is None:
        raise not_found(text)
    return machine, alias


def shown_routing(machine: Machine, alias: Alias) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{machine.arn}:{number}", "weight": weight} for number, weight in alias.routing]


def not_found(arn: str) -> ResourceNotFound:
    return ResourceNotFound(f"Resource not found: '{arn}'", resourceName=arn)


def _invalid(message: str) -> ValidationException:
    return ValidationException(f"Invalid routing configuration: {message}", reason="INVALID_ROUTING_CONFIGURATION")
