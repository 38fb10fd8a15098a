"""Checks of how a machine's states hang together: transitions, ends, reachability."""

from collections.abc import Iterator, Mapping
from typing import Any

from serein.services.stepfunctions.language.validation.findings import Findings

MISSING_TARGET = "MISSING_TRANSITION_TARGET"
MISSING_END = "MISSING_END_STATE"


def machines_within(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The machines inside a state, each with its place in the state: `ItemProcessor`, `Branches[0]`."""
    if state.get("Type") == "Parallel" and isinstance(state.get("Branches"), list):
        for index, branch in enumerate(state["Branches"]):
            yield f"Branches[{index}]", branch
    elif state.get("Type") == "Map":
        for name in ("ItemProcessor", "Iterator"):
            if name in state:
                yield name, state[name]


def transitions_of(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The names of states that a state may go to, each with its place in the state."""
    if "Next" in state:
        yield "Next", state["Next"]
    for index, rule in enumerate(state.get("Choices") or ()):
        yield f"Choices[{index}]/Next", rule.get("Next")
    if "Default" in state:
        yield "Default", state["Default"]
    for index, catcher in enumerate(state.get("Catch") or ()):
        yield f"Catch[{index}]/Next", catcher.get("Next")


def check_graph(findings: Findings, machine: Mapping[str, Any], location: str) -> None:
    """Check a machine whose fields are right, and those within it."""
    states = machine["States"]
    reached = set()
    for place, target in _targets(machine):
        if target in states:
            reached.add(target)
        else:
            findings.error(f"Missing 'Next' target: {target}", f"{location}/{place}", MISSING_TARGET)
    # AWS: without an end, unreachable states aren't told of; and a state counts as reached when anything points to
    # it, be that reachable or not (ValidateStateMachineDefinition).
    if not any(_is_terminal(state) for state in states.values()):
        findings.error("Workflow has no terminal state", None, MISSING_END)
    else:
        for name in states:
            if name not in reached:
                findings.error(f'State "{name}" is not reachable.', f"{location}/States/{name}", MISSING_TARGET)
    for name, state in states.items():
        for place, inner in machines_within(state):
            check_graph(findings, inner, f"{location}/States/{name}/{place}")


def _targets(machine: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "StartAt", machine["StartAt"]
    for name, state in machine["States"].items():
        for place, target in transitions_of(state):
            yield f"States/{name}/{place}", target


def _is_terminal(state: Mapping[str, Any]) -> bool:
    return state["Type"] in ("Succeed", "Fail") or state.get("End") is True
