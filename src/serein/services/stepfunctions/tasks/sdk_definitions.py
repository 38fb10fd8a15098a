"""What is wrong with the SDK integrations of a whole definition, by AWS's API models.

Why apart from the other diagnostics: those need the text alone, these a platform that has the models.
"""

import json
from collections.abc import Iterator
from typing import Any

from serein.kernel.call import Platform
from serein.services.stepfunctions.language.diagnostic import Diagnostic
from serein.services.stepfunctions.tasks.checking import find_sdk_warning, sdk_faults
from serein.services.stepfunctions.tasks.resources import UnknownResource, parse_resource

_MARK = ":aws-sdk:"
_CODE, _NOT_HERE = "SCHEMA_VALIDATION_FAILED", "NOT_IMPLEMENTED"


def diagnose_sdk_tasks(platform: Platform, definition: str) -> list[Diagnostic]:
    """The findings of a definition that has no other errors."""
    if _MARK not in definition:
        return []
    found: list[Diagnostic] = []
    for state, location in _states(json.loads(definition), ""):
        found += _diagnose(platform, state, location)
    return found


def _diagnose(platform: Platform, state: dict[str, Any], location: str) -> Iterator[Diagnostic]:
    text = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(text, str) or _MARK not in text:
        return
    try:
        resource = parse_resource(text)
    except UnknownResource:
        return
    faults = sdk_faults(platform, resource, {})
    if str(UnknownResource(text)) in faults:
        yield Diagnostic("ERROR", _CODE, faults[0], f"{location}/Resource")
        return
    given = "Arguments" if "Arguments" in state else "Parameters"
    for fault in sdk_faults(platform, resource, state[given]) if given in state else faults:
        yield Diagnostic("ERROR", _CODE, fault, f"{location}/{given}")
    if warning := find_sdk_warning(platform, resource):
        yield Diagnostic("WARNING", _NOT_HERE, warning, f"{location}/Resource")


def _states(machine: Any, location: str) -> Iterator[tuple[dict[str, Any], str]]:
    for name, state in machine.get("States", {}).items():
        here = f"{location}/States/{name}"
        yield state, here
        for number, branch in enumerate(state.get("Branches", ())):
            yield from _states(branch, f"{here}/Branches[{number}]")
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _states(state[field], f"{here}/{field}")
