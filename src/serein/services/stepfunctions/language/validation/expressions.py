"""Checks of JSONata expressions (`{% ... %}`), anywhere in a definition's values."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.services.stepfunctions.language.validation.findings import Findings

INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
_PLACEHOLDER = re.compile(r"\{\{\w+\}\}")
_NAMES = {"name": "", "wildcard": "*", "descendant": "**", "parent": "%"}
_PARTS_BESIDE = (
    *("lhs", "rhs", "expression", "expressions", "arguments", "procedure", "body", "condition", "then", "_else"),
    *("lhs_object", "rhs_terms", "next_function"),
)
"""The parts of a node that see the same context as the node."""
_PARTS_WITHIN = ("stages", "predicate", "group", "terms", "expr", "pattern", "update", "delete")
"""The parts that see what the node found."""


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
        stripped = text.strip()
        # AWS: "Improperly opening or closing the expression will result in a validation error" (developer guide,
        # Transforming data with JSONata).
        if stripped.startswith("{%") or stripped.endswith("%}"):
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


@lru_cache(maxsize=4096)
def _examine(source: str) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """Why an expression can't be parsed, or None; and what it refers to that isn't everywhere, with the message."""
    # JSONata takes 60 ms to import, and most definitions have none of it.
    from jsonata.jexception import JException
    from jsonata.parser import Parser

    if not source:
        return "Unexpected end of expression", ()
    found: dict[str, str] = {}
    try:
        for name, message in _references(Parser().parse(source), has_context=False):
            found.setdefault(message, name)
    except JException as error:
        return _worded(error.error, JException.error_codes.get(error.error), (error.current, error.expected)), ()
    except RecursionError:
        return "The expression is too deeply nested", ()
    return None, tuple((name, message) for message, name in found.items())


def _worded(code: str, template: str | None, values: tuple[Any, Any]) -> str:
    """A syntax error in the words of JSONata's reference implementation, which quotes values."""
    quoted = iter(values)
    return _PLACEHOLDER.sub(lambda _: json.dumps(next(quoted, None)), template or code).replace(
        " Object ", " function "
    )


def _references(node: Any, *, has_context: bool) -> Iterator[tuple[str, str]]:
    """What a part of an expression refers to that isn't everywhere, as (member of $states or "", message).

    `has_context`: whether names are looked up in something there, which isn't so at the top level.
    """
    if isinstance(node, list | tuple):
        for item in node:
            yield from _references(item, has_context=has_context)
        return
    kind = getattr(node, "type", None)
    if kind is None:
        return
    if kind in _NAMES and not has_context:
        yield "", f"Reference to '{_NAMES[kind] or node.value}' at the top level is not supported."
    elif kind == "variable" and node.value == "$":
        yield "", "Reference to '$$' is not supported."
    elif kind == "variable" and node.value == "" and not has_context:
        yield "", "Reference to '$' at the top level is not supported."
    elif kind == "path":
        yield from _path_references(node.steps, has_context=has_context)
    for name in _PARTS_BESIDE:
        yield from _references(getattr(node, name, None), has_context=has_context)
    for name in _PARTS_WITHIN:
        part = getattr(node, name, None)
        yield from _references(getattr(part, "lhs_object", None) or part, has_context=True)


def _path_references(steps: list[Any], *, has_context: bool) -> Iterator[tuple[str, str]]:
    first = steps[0]
    if first.type == "variable" and first.value == "states" and len(steps) > 1 and steps[1].type == "name":
        member = steps[1].value
        if member in ("result", "errorOutput"):
            yield member, f"Reference to '$states.{member}' is not supported in this field."
    for index, step in enumerate(steps):
        yield from _references(step, has_context=has_context or index > 0)
