"""The fields of each type of state."""

from collections.abc import Mapping
from typing import Any, Final

from serein.services.stepfunctions.language.states import QueryLanguage
from serein.services.stepfunctions.language.validation import expressions
from serein.services.stepfunctions.language.validation.choices import check_choices
from serein.services.stepfunctions.language.validation.expressions import Offered
from serein.services.stepfunctions.language.validation.fields import (
    COMMENT,
    Field,
    Fields,
    check_fields,
    in_jsonata,
    in_jsonpath,
    required,
)
from serein.services.stepfunctions.language.validation.findings import Findings
from serein.services.stepfunctions.language.validation.map_fields import MAP_FIELDS
from serein.services.stepfunctions.language.validation.templates import assignment, check_static_result, template
from serein.services.stepfunctions.language.validation.values import (
    MAXIMUM_SECONDS,
    Check,
    check_anything,
    check_boolean,
    check_text,
    each,
    number,
    path,
    reference_path,
    text_or_expression,
    timestamp,
    type_error,
    words,
)

_LONGEST_DELAY_SECONDS = 31_622_399
_RESULT = Offered(result=True)
_ERROR = Offered(error_output=True)
_TARGET_PATH = reference_path(may_be_null=True, is_target=True)


_RETRIER: Fields = COMMENT | {
    "ErrorEquals": required(each(check_text)),
    "IntervalSeconds": Field(number(1, MAXIMUM_SECONDS, takes_expression=False)),
    "MaxAttempts": Field(number(0, MAXIMUM_SECONDS, takes_expression=False)),
    "BackoffRate": Field(number(1.0, is_whole=False, takes_expression=False)),
    "MaxDelaySeconds": Field(number(1, _LONGEST_DELAY_SECONDS, takes_expression=False)),
    "JitterStrategy": Field(words("FULL", "NONE")),
}
_CATCHER: Fields = COMMENT | {
    "ErrorEquals": required(each(check_text)),
    "Next": required(check_text),
    "ResultPath": in_jsonpath(_TARGET_PATH),
    "Assign": Field(assignment(_ERROR)),
    "Output": in_jsonata(template(_ERROR)),
}


def _handlers(fields: Fields) -> Check:
    """The entries of Retry or Catch: States.ALL stands alone, in the last."""

    def check(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
        if not isinstance(value, list):
            type_error(findings, "Array", location)
            return
        for index, entry in enumerate(value):
            inside = f"{location}[{index}]"
            if not check_fields(findings, entry, inside, language, fields):
                continue
            errors = entry.get("ErrorEquals")
            if not isinstance(errors, list) or "States.ALL" not in errors:
                continue
            if len(errors) > 1:
                findings.error("'States.ALL' must appear alone", f"{inside}/ErrorEquals")
            if index < len(value) - 1:
                findings.error("'States.ALL' must be in the last element", f"{inside}/ErrorEquals")

    return check


def _check_credentials(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if not isinstance(value, dict):
        type_error(findings, "Object", location)
        return
    if not any(name in value for name in ("RoleArn", "RoleArn.$")):
        findings.error("These fields are required: [RoleArn]", location)
    for name in value:
        if name not in ("RoleArn", "RoleArn.$"):
            findings.error(f"Field '{name}' is not supported", location)
    template()(findings, value, location, language)


def _check_resource(findings: Findings, value: Any, location: str, language: QueryLanguage) -> None:
    if not isinstance(value, str):
        type_error(findings, "String", location)
    elif expressions.is_expression(value):
        findings.error("Value is not a valid resource ARN", location)


_COMMON: Fields = COMMENT | {"Type": required(check_text), "QueryLanguage": Field(words("JSONPath", "JSONata"))}
_DATA: Fields = {
    "InputPath": in_jsonpath(path(may_be_null=True)),
    "OutputPath": in_jsonpath(path(may_be_null=True)),
}
_TRANSITION: Fields = {"Next": Field(check_text), "End": Field(check_boolean)}
_GIVING: Fields = {"Assign": Field(assignment()), "Output": in_jsonata(template())}
_PERFORMING: Fields = {
    "Assign": Field(assignment(_RESULT)),
    "Output": in_jsonata(template(_RESULT)),
    "ResultPath": in_jsonpath(_TARGET_PATH),
    "ResultSelector": in_jsonpath(template(is_object=True)),
    "Retry": Field(_handlers(_RETRIER)),
    "Catch": Field(_handlers(_CATCHER)),
}

STATE_FIELDS: Final[Mapping[str, Fields]] = {
    "Task": _COMMON
    | _DATA
    | _TRANSITION
    | _PERFORMING
    | {
        "Resource": required(_check_resource),
        "Parameters": in_jsonpath(template()),
        "Arguments": in_jsonata(template()),
        "TimeoutSeconds": Field(number(1, MAXIMUM_SECONDS)),
        "TimeoutSecondsPath": in_jsonpath(reference_path()),
        "HeartbeatSeconds": Field(number(1, MAXIMUM_SECONDS)),
        "HeartbeatSecondsPath": in_jsonpath(reference_path()),
        "Credentials": Field(_check_credentials),
    },
    "Pass": _COMMON
    | _DATA
    | _TRANSITION
    | _GIVING
    | {
        "Parameters": in_jsonpath(template()),
        "Result": in_jsonpath(check_static_result),
        "ResultPath": in_jsonpath(_TARGET_PATH),
    },
    "Choice": _COMMON | _DATA | _GIVING | {"Choices": required(check_choices), "Default": Field(check_text)},
    "Wait": _COMMON
    | _DATA
    | _TRANSITION
    | _GIVING
    | {
        "Seconds": Field(number(0, MAXIMUM_SECONDS)),
        "SecondsPath": in_jsonpath(reference_path()),
        "Timestamp": Field(timestamp),
        "TimestampPath": in_jsonpath(reference_path()),
    },
    "Succeed": _COMMON | _DATA | {"Output": in_jsonata(template())},
    "Fail": _COMMON
    | {
        "Error": Field(text_or_expression),
        "ErrorPath": in_jsonpath(reference_path(takes_intrinsic=True)),
        "Cause": Field(text_or_expression),
        "CausePath": in_jsonpath(reference_path(takes_intrinsic=True)),
    },
    "Parallel": _COMMON
    | _DATA
    | _TRANSITION
    | _PERFORMING
    | {
        "Branches": required(check_anything),
        "Parameters": in_jsonpath(template()),
        "Arguments": in_jsonata(template()),
    },
    "Map": _COMMON
    | _DATA
    | _TRANSITION
    | _PERFORMING
    | MAP_FIELDS
    | {
        "Parameters": in_jsonpath(template()),
        "ItemProcessor": Field(check_anything),
        "Iterator": Field(check_anything),
    },
}

ALTERNATIVES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Task": (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
}
"""Fields of which there may be one at most."""

ONE_OF: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Wait": (("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),),
    "Map": (("ItemProcessor", "Iterator"),),
}
"""Fields of which there must be exactly one."""
