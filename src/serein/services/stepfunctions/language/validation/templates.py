"""Checks of values that have computed parts: payload templates of JSONPath and values with JSONata expressions."""

from typing import Any

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation import expressions, paths
from serein.services.stepfunctions.language.validation.expressions import NOTHING_MORE, Offered
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.values import Check, type_error
from serein.services.stepfunctions.query.variables import LONGEST_NAME, is_variable_name


def template(offered: Offered = NOTHING_MORE, *, is_object: bool = False) -> Check:
    """A value with computed parts, in either language. `is_object`: it must be an object (or an expression)."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if language == "JSONata":
            if is_object and not isinstance(value, dict) and not _is_expression(value):
                type_error(findings, "Object", location)
                return
            expressions.check_value(findings, value, location, offered)
            return
        if is_object and not isinstance(value, dict):
            type_error(findings, "Object", location)
            return
        _check_template(findings, value, location)

    return check


def assignment(offered: Offered = NOTHING_MORE) -> Check:
    """The variables that Assign sets, by name."""
    check_values = template(offered)

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, dict):
            type_error(findings, "Object", location)
            return
        for key in value:
            _check_variable(findings, key.removesuffix(".$") if language == "JSONPath" else key, f"{location}/{key}")
        check_values(findings, value, location, language)

    return check


def _check_variable(findings: Findings, name: str, location: str) -> None:
    if name == "states":
        findings.error("The variable name 'states' is reserved", location)
    elif len(name) > LONGEST_NAME:
        findings.error(f"The variable name '{name}' exceeds the maximum length of {LONGEST_NAME} characters", location)
    elif not is_variable_name(name):
        findings.error(f"'{name}' is not a valid variable name", location)


def _check_template(findings: Findings, value: Any, location: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            inside = f"{location}/{key}"
            if key.endswith(".$"):
                _check_computed(findings, key, item, inside)
            elif isinstance(item, str):
                _warn_of_plain_path(findings, item, inside)
            else:
                _check_template(findings, item, inside)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_template(findings, item, f"{location}[{index}]")


def _check_computed(findings: Findings, key: str, value: Any, location: str) -> None:
    is_right = isinstance(value, str) and (
        not paths.has_intrinsic_problem(value)
        if value.startswith("States.")
        else paths.find_path_problem(value) is None
    )
    if not is_right:
        # AWS: https://github.com/aws/amazon-states-language-service/issues/26 has the words, from before intrinsic
        # functions.
        findings.error(
            f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call", location
        )


def _warn_of_plain_path(findings: Findings, text: str, location: str) -> None:
    if paths.looks_like_path(text):
        findings.warning(
            "NO_DOLLAR", f"No .$ on a field that appears to be a JSONPath or Intrinsic Function: {text}", location
        )


def check_static_result(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """A Pass state's Result, which is never computed."""
    if isinstance(value, dict):
        for key, item in value.items():
            inside = f"{location}/{key}"
            if key.endswith(".$"):
                _warn_of_static(findings, inside)
            else:
                check_static_result(findings, item, inside, language)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_static_result(findings, item, f"{location}[{index}]", language)
    elif isinstance(value, str) and paths.looks_like_path(value):
        _warn_of_static(findings, location)


def _warn_of_static(findings: Findings, location: str) -> None:
    findings.warning(
        "PASS_RESULT_IS_STATIC", "Attempt to use a path in the Result of a Pass state, which is static", location
    )


def _is_expression(value: Any) -> bool:
    return isinstance(value, str) and expressions.is_expression(value)
