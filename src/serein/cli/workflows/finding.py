"""Finding the state machine or the execution that a command names."""

from collections.abc import Callable, Iterator
from typing import Any

from serein.cli.connection import CommandFailed

_TYPE = "AWS::StepFunctions::StateMachine"
_MOST_NAMES = 12


def all_machines(states: Any) -> list[dict[str, Any]]:
    """As ListStateMachines shows them, by name."""
    pages = states.get_paginator("list_state_machines").paginate()
    found = [machine for page in pages for machine in page["stateMachines"]]
    return sorted(found, key=lambda machine: machine["name"])


def require_machine(states: Any, stacks: Callable[[], Any], given: str) -> tuple[dict[str, Any], str]:
    """The machine that is meant by a name, an ARN or a logical id, and its ARN with the version or alias that follows.

    `stacks` makes a client of CloudFormation. Raises CommandFailed, with the names there are.
    """
    machines = all_machines(states)
    stem, qualifier = _parted(given)
    meant = [each for each in machines if stem in (each["name"], each["stateMachineArn"])]
    if not meant:
        arns = {arn for logical_id, arn in _made_by_stacks(stacks()) if logical_id == stem}
        meant = [each for each in machines if each["stateMachineArn"] in arns]
    if len(meant) > 1:
        names = ", ".join(each["name"] for each in meant)
        raise CommandFailed(f"{stem} is in several stacks: {names}. Give the name.")
    if not meant:
        names = ", ".join(each["name"] for each in machines[:_MOST_NAMES]) or "none"
        raise CommandFailed(f"There is no state machine {stem}. State machines: {names}.")
    arn = meant[0]["stateMachineArn"]
    return meant[0], f"{arn}:{qualifier}" if qualifier else arn


def require_execution(states: Any, stacks: Callable[[], Any], given: str) -> str:
    """The ARN of the execution that is meant: an ARN, MACHINE/NAME, or the latest of MACHINE. Raises CommandFailed."""
    if ":execution:" in given:
        return given
    if ":express:" in given:
        raise CommandFailed("Executions of Express state machines aren't kept; their logs tell of them.")
    name, _, execution = given.partition("/")
    machine, _ = require_machine(states, stacks, name)
    if execution:
        return f"{machine['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{execution}"
    latest = find_latest(states, machine)
    if latest is None:
        raise CommandFailed(f"{machine['name']} has no executions.")
    return str(latest["executionArn"])


def find_latest(states: Any, machine: dict[str, Any]) -> dict[str, Any] | None:
    """The execution that was started last; None for a machine without any, and for Express."""
    if machine["type"] == "EXPRESS":
        return None
    request = {"stateMachineArn": machine["stateMachineArn"], "maxResults": 1}
    found: list[dict[str, Any]] = states.list_executions(**request)["executions"]
    return found[0] if found else None


def _parted(given: str) -> tuple[str, str]:
    """What is given without the version or alias that follows, and that."""
    count = 7 if given.startswith("arn:") else 1
    parts = given.split(":")
    return ":".join(parts[:count]), ":".join(parts[count:])


def _made_by_stacks(stacks: Any) -> Iterator[tuple[str, str]]:
    """Logical id and ARN of each machine of a stack."""
    for page in stacks.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            rows = stacks.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
            for row in (each for shown in rows for each in shown["StackResourceSummaries"]):
                if row["ResourceType"] == _TYPE and "PhysicalResourceId" in row:
                    yield row["LogicalResourceId"], row["PhysicalResourceId"]
