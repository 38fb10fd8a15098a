"""Checks of JSONata expressions (`{% ... %}`), anywhere in a definition's values."""

from dataclasses import dataclass
from typing import Any

from serein.services.stepfunctions.language.validation.findings import Findings

INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


@dataclass(frozen=True, slots=True)
class Offered:
    """What `$states` has where an expression stands, besides its input and context."""

    result: bool = False
    error_output: bool = False


NOTHING_MORE = Offered()


def is_expression(text: str) -> bool:
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def check_value(findings: Findings, value: Any, location: str, offered: Offered = NOTHING_MORE) -> None:
    """Check every expression in a JSON value."""
    if isinstance(value, str):
        check_string(findings, value, location, offered)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_value(findings, item, f"{location}/{key}", offered)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_value(findings, item, f"{location}[{index}]", offered)


def check_string(findings: Findings, text: str, location: str, offered: Offered = NOTHING_MORE) -> None:
    """Check a string that may be an expression."""
    if not is_expression(text):
        # AWS: "Improperly opening or closing the expression will result in a validation error" (developer guide,
        # Transforming data with JSONata); a text that begins with something else, a space even, is just a text.
        if text.startswith("{%"):
            findings.error("A JSONata expression must begin with '{%' and end with '%}'", location, INVALID)
        return
    message, problems = _examine(text[2:-2].strip())
    if message is not None:
        findings.error(message, location, INVALID)
        return
    for name, problem in problems:
        if name == "result" and offered.result:
            continue
        if name == "errorOutput" and offered.error_output:
            continue
        findings.error(problem, location, UNSUPPORTED)


def _examine(source: str) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """Why an expression can't be parsed, or None; and what it refers to that isn't everywhere, with the message."""
    # JSONata takes time to import, and most definitions have none of it.
    from serein.services.stepfunctions.query.references import examine_expression

    message, _, problems = examine_expression(source)
    return message, problems
