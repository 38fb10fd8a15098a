"""Checks of a Choice state's rules."""

from typing import Any, Final

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation import expressions
from serein.services.stepfunctions.language.validation.fields import Field, check_fields
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.templates import assignment, template
from serein.services.stepfunctions.language.validation.values import (
    Check,
    check_boolean,
    check_text,
    number,
    reference_path,
    text_or_expression,
    timestamp,
    type_error,
)

_BOOLEAN_FIELDS = ("And", "Or", "Not")
_DEEPEST = 100


def _comparators() -> dict[str, Check]:
    kinds: dict[str, Check] = {
        "String": text_or_expression,
        "Numeric": number(is_whole=False),
        "Timestamp": timestamp,
    }
    relations = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    found: dict[str, Check] = {kind + relation: check for kind, check in kinds.items() for relation in relations}
    found["BooleanEquals"] = check_boolean
    found |= dict.fromkeys([f"{name}Path" for name in found], reference_path())
    found["StringMatches"] = text_or_expression
    unary = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")
    return found | dict.fromkeys(unary, check_boolean)


COMPARATORS: Final = _comparators()
_RULE = {"Next": Field(check_text, is_required=True), "Comment": Field(check_text)}
_JSONATA_RULE = _RULE | {"Assign": Field(assignment()), "Output": Field(template())}


def _check_condition(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if isinstance(value, str):
        if not expressions.is_expression(value):
            findings.error("The value for the field 'Condition' must be a JSONata expression", location)
        expressions.check_string(findings, value, location)
    elif not isinstance(value, bool):
        type_error(findings, "Boolean", location)


def check_choices(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    """The field Choices."""
    if not isinstance(value, list):
        type_error(findings, "Array", location)
        return
    if not value:
        findings.error("Value can not be empty", location)
    for index, rule in enumerate(value):
        inside = f"{location}[{index}]"
        if not isinstance(rule, dict):
            type_error(findings, "Object", inside)
        elif language == "JSONata":
            _check_jsonata_rule(findings, rule, inside)
        else:
            _check_test(findings, rule, inside, depth=0)


def _check_jsonata_rule(findings: Findings, rule: dict[str, Any], location: str) -> None:
    tests = [name for name in rule if name == "Variable" or name in COMPARATORS or name in _BOOLEAN_FIELDS]
    for name in tests:
        findings.error(
            f"The QueryLanguage is set to 'JSONata', but field '{name}' is only supported for the 'JSONPath' "
            "QueryLanguage",
            location,
        )
    rest = {name: value for name, value in rule.items() if name not in tests}
    fields = _JSONATA_RULE | {"Condition": Field(_check_condition, is_required=not tests)}
    check_fields(findings, rest, location, "JSONata", fields)


def _check_test(findings: Findings, test: Any, location: str, depth: int) -> None:
    """A rule when `depth` is 0, else a test within one."""
    if not isinstance(test, dict):
        type_error(findings, "Object", location)
        return
    if depth > _DEEPEST:
        findings.error("The choice rule is too deeply nested", location, "TOO_DEEPLY_NESTED")
        return
    fields: dict[str, Field] = {"Comment": Field(check_text)}
    if depth == 0:
        fields |= _RULE | {"Assign": Field(assignment())}
        fields |= {"Output": Field(template(), "JSONata"), "Condition": Field(_check_condition, "JSONata")}
    operators = [name for name in test if name in _BOOLEAN_FIELDS or name in COMPARATORS]
    if len(operators) != 1:
        problem = "Exactly one comparison or boolean expression is required"
        findings.error(problem + (f", found: [{', '.join(operators)}]" if operators else ""), location)
    if any(name in COMPARATORS for name in operators) or not operators:
        fields["Variable"] = Field(reference_path(), is_required=True)
    fields |= {name: Field(check) for name, check in COMPARATORS.items()}
    fields |= dict.fromkeys(("And", "Or"), Field(_within(depth)))
    fields["Not"] = Field(lambda found, value, inside, _: _check_test(found, value, inside, depth + 1))
    check_fields(findings, test, location, "JSONPath", fields)


def _within(depth: int) -> Check:
    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, list):
            type_error(findings, "Array", location)
            return
        if not value:
            findings.error("Value can not be empty", location)
        for index, item in enumerate(value):
            _check_test(findings, item, f"{location}[{index}]", depth + 1)

    return check
