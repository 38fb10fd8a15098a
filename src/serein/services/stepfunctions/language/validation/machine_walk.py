"""The walk through a definition: each machine's and each state's own checks, and those across machines."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from serein.services.stepfunctions.language.building import language_of
from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation.fields import (
    COMMENT,
    Field,
    Fields,
    check_alternatives,
    check_fields,
    required,
)
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.graph import machines_within
from serein.services.stepfunctions.language.validation.map_fields import (
    check_map,
    check_processor_config,
    is_distributed,
)
from serein.services.stepfunctions.language.validation.state_fields import ALTERNATIVES, ONE_OF, STATE_FIELDS
from serein.services.stepfunctions.language.validation.task_checks import check_task
from serein.services.stepfunctions.language.validation.values import (
    MAXIMUM_SECONDS,
    check_anything,
    check_object,
    check_text,
    number,
    type_error,
    words,
)

_LONGEST_NAME = 80
_UNNAMEABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DEEPEST = 50

_BRANCH: Fields = COMMENT | {"StartAt": required(check_text), "States": required(check_object)}
_ITERATOR: Fields = _BRANCH | {"ProcessorConfig": Field(check_anything)}
_MACHINE: Fields = _BRANCH | {
    "Version": Field(check_text),
    "TimeoutSeconds": Field(number(1, MAXIMUM_SECONDS, takes_expression=False)),
    "QueryLanguage": Field(words("JSONPath", "JSONata")),
}
_WITH_TRANSITION = frozenset({"Task", "Pass", "Wait", "Parallel", "Map"})


@dataclass(frozen=True, slots=True)
class Walk:
    """What is known on the way into a definition."""

    findings: Findings
    language: QueryLanguage
    """Of the whole machine."""
    is_express: bool
    names: dict[str, str] = field(default_factory=dict)
    """Where each state's name was found first."""
    labels: set[str] = field(default_factory=set)
    variables: frozenset[str] = frozenset()
    """What the machines around assign."""
    depth: int = 0


def check_machine(document: Any, findings: Findings, machine_type: str) -> None:
    """Check everything of a definition but its graph."""
    language: QueryLanguage = language_of(document, "JSONPath") if isinstance(document, dict) else "JSONPath"
    walk = Walk(findings, language, is_express=machine_type == "EXPRESS")
    _check(walk, document, "", _MACHINE)


def check_single_state(name: str, state: Any, findings: Findings) -> None:
    """Check one state that belongs to no machine: where it leads to isn't asked."""
    _check_state(Walk(findings, "JSONPath", is_express=False, names={name: ""}), state, "")


def _check(walk: Walk, machine: Any, location: str, fields: Fields) -> None:
    findings = walk.findings
    if walk.depth > _DEEPEST:
        findings.error("The states are too deeply nested", location, "TOO_DEEPLY_NESTED")
        return
    if not check_fields(findings, machine, location, walk.language, fields):
        return
    states = machine.get("States")
    if not isinstance(states, dict):
        return
    if not states:
        findings.error("Value can not be empty", f"{location}/States")
    _check_names(walk, states, f"{location}/States")
    assigned = frozenset(name for state in states.values() for name in _assigned_by(state, walk.language))
    for name in sorted(assigned & walk.variables):
        findings.error(f"The variable '{name}' is assigned in an outer scope already", location)
    within = replace(walk, variables=walk.variables | assigned)
    for name, state in states.items():
        _check_state(within, state, f"{location}/States/{name}")


def _check_names(walk: Walk, states: Mapping[str, Any], location: str) -> None:
    for name in states:
        here = f"{location}/{name}"
        if not name or len(name) > _LONGEST_NAME:
            walk.findings.error(f"The state name must have 1 to {_LONGEST_NAME} characters", here, "INVALID_STATE_NAME")
        elif _UNNAMEABLE.search(name):
            walk.findings.error("The state name has characters that are not allowed", here, "INVALID_STATE_NAME")
        if name in walk.names:
            walk.findings.error(f"Duplicate State name: {name}", here, "DUPLICATE_STATE_NAME")
        walk.names.setdefault(name, here)
    for name in getattr(states, "repeated", ()):
        walk.findings.error(f"Duplicate State name: {name}", f"{location}/{name}", "DUPLICATE_STATE_NAME")


def _check_state(walk: Walk, state: Any, location: str) -> None:
    findings = walk.findings
    if not isinstance(state, dict):
        type_error(findings, "Object", location)
        return
    kind = state.get("Type")
    fields = STATE_FIELDS.get(kind) if isinstance(kind, str) else None
    if fields is None or not isinstance(kind, str):
        if "Type" not in state:
            findings.error("These fields are required: [Type]", location)
        else:
            findings.error(f"Value is not one of the allowed values: [{', '.join(STATE_FIELDS)}]", f"{location}/Type")
        return
    if walk.language == "JSONata" and state.get("QueryLanguage") == "JSONPath":
        findings.error("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", location)
    language = language_of(state, walk.language)
    check_fields(findings, state, location, language, fields, ONE_OF.get(kind, ()))
    for names in ALTERNATIVES.get(kind, ()):
        check_alternatives(findings, state, location, names)
    if kind in _WITH_TRANSITION:
        _check_transition(findings, state, location)
    check = _CHECKS.get(kind)
    if check is not None:
        check(walk, state, location)


def _check_transition(findings: Findings, state: Mapping[str, Any], location: str) -> None:
    if "Next" in state and state.get("End") is True:
        check_alternatives(findings, state, location, ("Next", "End"))
    elif "Next" not in state and state.get("End", False) is False:
        findings.error("One of these fields is required: [Next, End]", location)


def _check_task(walk: Walk, state: dict[str, Any], location: str) -> None:
    if isinstance(state.get("Resource"), str):
        check_task(walk.findings, state, location, is_express=walk.is_express)


def _check_parallel(walk: Walk, state: dict[str, Any], location: str) -> None:
    branches = state.get("Branches")
    if branches is None:
        return
    if not isinstance(branches, list):
        type_error(walk.findings, "Array", f"{location}/Branches")
        return
    if not branches:
        walk.findings.error("Value can not be empty", f"{location}/Branches")
    within = replace(walk, depth=walk.depth + 1)
    for place, branch in machines_within(state):
        _check(within, branch, f"{location}/{place}", _BRANCH)


def _check_map(walk: Walk, state: dict[str, Any], location: str) -> None:
    findings = walk.findings
    check_map(findings, state, location)
    label = state.get("Label")
    if isinstance(label, str):
        if label in walk.labels:
            findings.error(f"Duplicate Label name: {label}", f"{location}/Label", "DUPLICATE_LABEL_NAME")
        walk.labels.add(label)
    within = replace(walk, depth=walk.depth + 1)
    if is_distributed(state):
        if walk.is_express:
            findings.error("Express state machine does not support Distributed Map", location)
        child_type = state["ItemProcessor"]["ProcessorConfig"].get("ExecutionType")
        # AWS: the iterations of a Distributed Map are executions of their own and don't see variables around it.
        within = replace(within, is_express=walk.is_express or child_type == "EXPRESS", variables=frozenset())
    for place, processor in machines_within(state):
        inside = f"{location}/{place}"
        if isinstance(processor, dict) and "ProcessorConfig" in processor:
            check_processor_config(findings, processor["ProcessorConfig"], f"{inside}/ProcessorConfig", walk.language)
        _check(within, processor, inside, _ITERATOR if place == "ItemProcessor" else _BRANCH)


_CHECKS = {"Task": _check_task, "Parallel": _check_parallel, "Map": _check_map}


def _assigned_by(state: Any, inherited: QueryLanguage) -> Iterator[str]:
    if not isinstance(state, dict):
        return
    holders = [state]
    for name in ("Choices", "Catch"):
        entries = state.get(name)
        holders += [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    is_jsonpath = language_of(state, inherited) == "JSONPath"
    for holder in holders:
        assigned = holder.get("Assign")
        for key in assigned if isinstance(assigned, dict) else ():
            yield key.removesuffix(".$") if is_jsonpath else key
