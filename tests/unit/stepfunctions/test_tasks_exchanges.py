"""HTTP requests of tasks: their parameters, and how replies are shown."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.tasks.exchanges import find_pairs, find_url, is_forbidden, method_fault, shown_reply
from serein.services.stepfunctions.tasks.failures import bad_parameters
from serein.services.stepfunctions.tasks.functions import failure_in
from serein.services.stepfunctions.tasks.requests import TaskRequest, caller_with
from serein.services.stepfunctions.tasks.resources import parse_resource
from serein.services.stepfunctions.tasks.web import form_pairs

ROLE = "arn:aws:iam::123456789012:role/service-role/machine"


def request_of(execution_arn: str, credentials: str = "") -> TaskRequest:
    resource = parse_resource("arn:aws:states:::events:putEvents")
    return TaskRequest(resource, {}, execution_arn, "State", ROLE, credentials)


@pytest.mark.parametrize(
    ("execution", "machine"),
    [
        ("arn:aws:states:eu-west-1:1:execution:Work:e1", "arn:aws:states:eu-west-1:1:stateMachine:Work"),
        ("arn:aws:states:eu-west-1:1:express:Work:e1:uuid", "arn:aws:states:eu-west-1:1:stateMachine:Work"),
        ("arn:aws:states:eu-west-1:1:execution:Work/Map:e1", "arn:aws:states:eu-west-1:1:stateMachine:Work"),
    ],
)
def test_the_machine_is_told_by_the_execution(execution: str, machine: str) -> None:
    assert request_of(execution).machine_arn == machine


def test_calls_come_from_a_session_of_the_role() -> None:
    caller = caller_with(ROLE, "arn:aws:states:eu-west-1:1:execution:Work:e1")
    assert caller is not None
    assert caller.arn == "arn:aws:sts::123456789012:assumed-role/machine/e1"
    assert caller.service is None
    assert caller_with("", "arn") is None


def test_credentials_of_a_state_win_over_the_role_of_the_machine() -> None:
    other = "arn:aws:iam::210987654321:role/other"
    assert request_of("arn:aws:states:eu-west-1:1:execution:W:e", other).acting_role_arn == other
    assert request_of("arn:aws:states:eu-west-1:1:execution:W:e").acting_role_arn == ROLE


@pytest.mark.parametrize(
    ("values", "takes_texts", "pairs"),
    [
        ({"a": ["1", 2, True]}, False, [("a", "1"), ("a", "2"), ("a", "true")]),
        ({"a": "1"}, False, None),
        ({"a": "1", "b": 2.5}, True, [("a", "1"), ("b", "2.5")]),
        ({"a": [{}]}, True, None),
        ("?a=1", True, None),
        ({}, True, []),
    ],
)
def test_headers_and_queries_are_pairs(values: Any, takes_texts: bool, pairs: list[tuple[str, str]] | None) -> None:
    assert find_pairs(values, takes_texts=takes_texts) == pairs


@pytest.mark.parametrize("method", [["GET"], None, "FETCH", {}])
def test_a_method_is_one_of_seven(method: Any) -> None:
    assert method_fault({"Method": method}) == "The value of the field 'Method' has an invalid format"
    assert method_fault({"Method": "PATCH"}) == ""


@pytest.mark.parametrize("text", ["https://[", "nothing", "https://a:b", 5, None, ["https://a"]])
def test_other_values_are_no_urls(text: Any) -> None:
    assert find_url(text) is None


def test_some_headers_are_not_for_tasks() -> None:
    assert is_forbidden("X-Amz-Date")
    assert is_forbidden("X-Forwarded-For")
    assert is_forbidden("Authorization")
    assert not is_forbidden("Authorization", allows_authorization=True)
    assert not is_forbidden("X-Custom")


def test_a_reply_is_shown_with_its_json() -> None:
    headers = [("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")]
    assert shown_reply(201, headers, b'{"a":1}') == {
        "Headers": {"content-type": ["application/json"], "x-a": ["1", "2"]},
        "ResponseBody": {"a": 1},
        "StatusCode": 201,
        "StatusText": "Created",
    }
    assert shown_reply(200, [], b"plain")["ResponseBody"] == "plain"
    assert shown_reply(200, [("content-type", "application/json")], b"{")["ResponseBody"] == "{"


@pytest.mark.parametrize(
    ("array_format", "form"),
    [
        ("INDICES", "a[0]=1&a[1]=x+y"),
        ("REPEAT", "a=1&a=x+y"),
        ("BRACKETS", "a[]=1&a[]=x+y"),
        ("COMMAS", "a=1%2Cx+y"),
        ("NONE", "a=%5B1%2C+%22x+y%22%5D"),
    ],
)
def test_arrays_of_forms_have_five_formats(array_format: str, form: str) -> None:
    assert "&".join(form_pairs({"a": [1, "x y"]}, array_format)) == form


def test_objects_of_forms_are_in_brackets() -> None:
    value = {"a": {"b": {"c": True}}, "n": None, "l": [{"d": "e"}]}
    assert form_pairs(value, "INDICES") == ["a[b][c]=true", "l[0][d]=e"]


def test_a_function_says_how_it_failed() -> None:
    payload = b'{"errorMessage": "bad", "errorType": "ValueError"}'
    failure = failure_in(payload)
    assert (failure.error, failure.cause) == ("ValueError", '{"errorMessage":"bad","errorType":"ValueError"}')


def test_a_failure_without_a_type_is_unknown() -> None:
    failure = failure_in(b'{"errorMessage":"Task timed out"}')
    assert failure.error == "Lambda.Unknown"
    assert failure.cause == (
        "The cause could not be determined because Lambda did not return an error type. Returned payload: "
        '{"errorMessage":"Task timed out"}'
    )


def test_bad_parameters_are_told_whole() -> None:
    failure: StateFailed = bad_parameters({"a": "ü"}, ['The field "a" is not supported by Step Functions', "x"])
    assert failure.error == "States.Runtime"
    assert failure.cause is not None
    shown = json.dumps({"a": "ü"}, ensure_ascii=False, separators=(",", ":"))
    assert failure.cause == (
        f"The Parameters '{shown}' could not be used to start the Task: "
        '[The field "a" is not supported by Step Functions, x]'
    )
