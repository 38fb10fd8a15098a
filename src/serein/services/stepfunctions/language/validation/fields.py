"""Which fields an object of a definition has, and the checks that follow from it alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.values import Check, check_text, type_error


@dataclass(frozen=True, slots=True)
class Field:
    """A field's check, the only language that has it if there is one, and whether it must be there."""

    check: Check
    only: QueryLanguage | None = None
    is_required: bool = False


Fields = dict[str, Field]
COMMENT: Fields = {"Comment": Field(check_text)}


def in_jsonpath(check: Check) -> Field:
    return Field(check, "JSONPath")


def in_jsonata(check: Check) -> Field:
    return Field(check, "JSONata")


def required(check: Check) -> Field:
    return Field(check, is_required=True)


def check_fields(
    findings: Findings,
    holder: Any,
    location: str,
    language: QueryLanguage,
    fields: Fields,
    one_of: Iterable[tuple[str, ...]] = (),
) -> bool:
    """Check an object's fields; `one_of` are groups of which one must be there. False when it is no object."""
    if not isinstance(holder, dict):
        type_error(findings, "Object", location)
        return False
    missing = [name for name, field in fields.items() if field.is_required and name not in holder]
    if missing:
        findings.error(f"These fields are required: [{', '.join(missing)}]", location)
    for group in one_of:
        if not any(name in holder for name in group):
            findings.error(f"One of these fields is required: [{', '.join(group)}]", location)
        check_alternatives(findings, holder, location, group)
    for name, value in holder.items():
        field = fields.get(name)
        if field is None:
            findings.error(f"Field '{name}' is not supported", location)
        elif field.only is not None and field.only != language:
            findings.error(
                f"The QueryLanguage is set to '{language}', but field '{name}' is only supported for the "
                f"'{field.only}' QueryLanguage",
                location,
            )
        else:
            field.check(findings, value, f"{location}/{name}", language)
    return True


def check_alternatives(findings: Findings, holder: Mapping[str, Any], location: str, names: tuple[str, ...]) -> None:
    """At most one of the fields may be there."""
    if sum(name in holder for name in names) > 1:
        findings.error(f"There should only be one of the following fields: [{', '.join(names)}]", location)


def nested(fields: Fields, *alternatives: tuple[str, ...]) -> Check:
    """An object with fields of its own; of each of the `alternatives`, at most one."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if check_fields(findings, value, location, language, fields):
            for names in alternatives:
                check_alternatives(findings, value, location, names)

    return check
