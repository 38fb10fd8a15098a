"""Every diagnostic of a definition.

First what each field must be, by tables of fields; when all of that is right, how the states hang together.
"""

from collections import Counter
from functools import lru_cache
from typing import Any

from serein.services.stepfunctions.json_texts import BadJson, parse_json
from serein.services.stepfunctions.language.diagnostic import Diagnostic
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.graph import check_graph, machines_within
from serein.services.stepfunctions.language.validation.machine_walk import check_machine, check_single_state

INVALID_JSON = "INVALID_JSON_DESCRIPTION"


class _Object(dict[str, Any]):
    """A JSON object, with the names that it has more than once."""

    repeated: tuple[str, ...] = ()


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    counts = Counter(name for name, _ in pairs)
    found = _Object(plain)
    found.repeated = tuple(name for name, count in counts.items() if count > 1)
    return found


def diagnose(text: str, machine_type: str) -> list[Diagnostic]:
    """What is wrong with a definition, and what looks wrong, for a machine of the type STANDARD or EXPRESS."""
    return list(_diagnose(text, machine_type))


@lru_cache(maxsize=64)
def _diagnose(text: str, machine_type: str) -> tuple[Diagnostic, ...]:
    findings = Findings()
    try:
        document = parse_json(text, _object_of)
        if document in (None, {}, ""):
            findings.error("The definition is empty", None, "MISSING_DESCRIPTION")
            return tuple(findings.diagnostics)
        check_machine(document, findings, machine_type)
        if not findings.has_errors:
            check_graph(findings, document, "")
    except RecursionError:
        findings.error("The states are too deeply nested", None, "TOO_DEEPLY_NESTED")
    except BadJson as error:
        findings.error(str(error), None, INVALID_JSON)
    return tuple(findings.diagnostics)


def diagnose_state(name: str, text: str) -> list[Diagnostic]:
    """The same for the definition of a single state; where it leads to isn't asked."""
    findings = Findings()
    try:
        state = parse_json(text, _object_of)
        check_single_state(name, state, findings)
        if not findings.has_errors:
            for place, machine in machines_within(state):
                check_graph(findings, machine, f"/{place}")
    except RecursionError:
        findings.error("The states are too deeply nested", None, "TOO_DEEPLY_NESTED")
    except BadJson as error:
        findings.error(str(error), None, INVALID_JSON)
    return findings.diagnostics
