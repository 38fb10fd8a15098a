"""Checks of single values of a definition: types, bounds, allowed words, paths."""

import math
import re
from collections.abc import Callable
from typing import Any

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation import expressions, paths
from serein.services.stepfunctions.language.validation.findings import Findings

Check = Callable[[Findings, Any, str, QueryLanguage], None]
"""Puts what is wrong with a value, at a location, in a query language, into the findings."""

MAXIMUM_SECONDS = 99_999_999
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


def type_error(findings: Findings, expected: str, location: str) -> None:
    findings.error(f"Expected value of type {expected}", location)


def check_anything(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """Any JSON is right."""


def check_text(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """A string; in JSONata no expression in it is looked for."""
    if not isinstance(value, str):
        type_error(findings, "String", location)


def check_boolean(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if not isinstance(value, bool):
        type_error(findings, "Boolean", location)


def check_object(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if not isinstance(value, dict):
        type_error(findings, "Object", location)


def text_or_expression(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """A string, which in JSONata may be an expression."""
    if not isinstance(value, str):
        type_error(findings, "String", location)
    elif language == "JSONata":
        expressions.check_string(findings, value, location)
    elif paths.looks_like_path(value):
        findings.warning(
            "NO_PATH", f"Field value looks like a path, but field name does not end with 'Path': {value}", location
        )


def timestamp(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """A moment as RFC 3339 has it, or in JSONata an expression."""
    text_or_expression(findings, value, location, language)
    if not isinstance(value, str) or _TIMESTAMP.fullmatch(value) is not None:
        return
    if not paths.looks_like_path(value) and not value.startswith("{%"):
        findings.error("Value is not a valid timestamp", location)


def words(*allowed: str) -> Check:
    """One of some words."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, str):
            type_error(findings, "String", location)
        elif value not in allowed:
            findings.error(f"Value is not one of the allowed values: [{', '.join(allowed)}]", location)

    return check


def number(
    minimum: float | None = None,
    maximum: float | None = None,
    *,
    is_whole: bool = True,
    takes_expression: bool = True,
) -> Check:
    """A number within bounds; in JSONata maybe an expression."""
    expected = "Integer" if is_whole else "Number"

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if takes_expression and language == "JSONata" and isinstance(value, str):
            if expressions.is_expression(value):
                expressions.check_string(findings, value, location)
            else:
                type_error(findings, expected, location)
            return
        if not _is_number(value) or (is_whole and value != int(value)):
            type_error(findings, expected, location)
        elif minimum is not None and value < minimum:
            findings.error(f"Minimum value is {minimum}", location)
        elif maximum is not None and value > maximum:
            findings.error(f"Maximum value is {maximum}", location)

    return check


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def path(*, may_be_null: bool = False) -> Check:
    """A JSONPath into the input, the context object or a variable."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if value is None and may_be_null:
            return
        if not isinstance(value, str):
            type_error(findings, "String", location)
            return
        problem = paths.find_path_problem(value)
        if problem is not None:
            findings.error(f"Value is not a Path{problem}", location)

    return check


def reference_path(
    *, may_be_null: bool = False, is_target: bool = False, takes_context: bool = True, takes_intrinsic: bool = False
) -> Check:
    """A path of a single node. `is_target`: of a node to write, in the input alone."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if value is None and may_be_null:
            return
        if not isinstance(value, str):
            type_error(findings, "String", location)
            return
        if takes_intrinsic and value.startswith("States."):
            if paths.has_intrinsic_problem(value):
                findings.error("Value must be a valid JSONPath or a valid intrinsic function call", location)
            return
        problem = paths.find_reference_problem(value, is_target=is_target, takes_context=takes_context)
        if problem is not None:
            findings.error(f"Value is not a Reference Path{problem}", location)

    return check


def each(check_item: Check) -> Check:
    """An array of values, at least one, that each pass a check."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, list):
            type_error(findings, "Array", location)
            return
        if not value:
            findings.error("Value can not be empty", location)
        for index, item in enumerate(value):
            check_item(findings, item, f"{location}[{index}]", language)

    return check
