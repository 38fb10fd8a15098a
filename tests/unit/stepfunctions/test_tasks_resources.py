"""What a Task state's Resource names, and what AWS finds wrong with it and its parameters."""

from typing import Any

import pytest

from serein.services.stepfunctions.tasks import (
    Resource,
    UnknownResource,
    find_resource_fault,
    find_warning,
    parameter_faults,
    parse_resource,
)

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:work"


@pytest.mark.parametrize("suffix", ["", ":$LATEST", ":7", ":live"])
def test_a_function_is_named_by_its_arn(suffix: str) -> None:
    found = parse_resource(LAMBDA + suffix)
    assert (found.kind, found.region, found.account, found.pattern) == ("lambda", "us-east-1", "123456789012", "")
    assert found.arn == LAMBDA + suffix


def test_an_activity_is_named_by_its_arn() -> None:
    found = parse_resource("arn:aws:states:eu-west-1:123456789012:activity:approve")
    assert (found.kind, found.region, found.account) == ("activity", "eu-west-1", "123456789012")


@pytest.mark.parametrize(
    ("text", "kind", "service", "action", "pattern"),
    [
        ("arn:aws:states:::lambda:invoke", "service", "lambda", "invoke", ""),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "service", "sqs", "sendMessage", "waitForTaskToken"),
        ("arn:aws:states:::states:startExecution.sync", "service", "states", "startExecution", "sync"),
        ("arn:aws-cn:states:::states:startExecution.sync:2", "service", "states", "startExecution", "sync:2"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "sdk", "s3", "getObject", ""),
        ("arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject", "sdk", "s3", "getObject", ""),
        ("arn:aws:states:us-east-1:123456789012:lambda:invoke", "service", "lambda", "invoke", ""),
        ("arn:aws:states:::emr-containers:startJobRun.sync", "service", "emr-containers", "startJobRun", "sync"),
    ],
)
def test_an_operation_is_named_with_its_pattern(text: str, kind: str, service: str, action: str, pattern: str) -> None:
    found = parse_resource(text)
    assert (found.kind, found.service, found.action, found.pattern) == (kind, service, action, pattern)


@pytest.mark.parametrize(
    "text",
    [
        "work",
        "arn:aws:states:::lambda",
        "arn:aws:states:::lambda:invoke.async",
        "arn:aws:lambda:us-east-1:123456789012:layer:work",
        "arn:aws:states:::aws-sdk:s3",
        f"{LAMBDA}:1:2",
    ],
)
def test_other_texts_are_no_resources(text: str) -> None:
    with pytest.raises(UnknownResource, match="is not recognized"):
        parse_resource(text)


def test_history_tells_the_service_and_the_action() -> None:
    def told(text: str) -> tuple[str, str]:
        found: Resource = parse_resource(text)
        return found.history_type, found.history_name

    assert told("arn:aws:states:::states:startExecution.sync:2") == ("states", "startExecution.sync:2")
    assert told("arn:aws:states:::aws-sdk:dynamodb:getItem.waitForTaskToken") == (
        "aws-sdk:dynamodb",
        "getItem.waitForTaskToken",
    )


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:states:::lambda:invokeFunction",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "arn:aws:states:::aws-sdk:dynamodb:getItem.sync",
    ],
)
def test_what_step_functions_does_not_integrate_is_refused(text: str) -> None:
    fault = find_resource_fault(parse_resource(text))
    assert fault == (
        f"The resource provided {text} is not recognized. The value is not a valid resource ARN, or the resource is "
        "not available in this region."
    )


@pytest.mark.parametrize(
    "text",
    [
        LAMBDA,
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::aws-sdk:dynamodb:getItem.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::batch:submitJob.sync",
    ],
)
def test_what_it_integrates_is_taken(text: str) -> None:
    assert find_resource_fault(parse_resource(text)) == ""


def test_a_service_that_is_not_here_is_warned_of() -> None:
    assert "batch:submitJob.sync" in find_warning(parse_resource("arn:aws:states:::batch:submitJob.sync"))
    assert find_warning(parse_resource("arn:aws:states:::lambda:invoke")) == ""


@pytest.mark.parametrize(
    ("parameters", "faults"),
    [
        ({"FunctionName": "f", "Payload.$": "$"}, []),
        ({"FunctionName.$": "$.f"}, []),
        ("{% $states.input %}", []),
        ({"Payload": {}}, ['The field "FunctionName" is required but was missing']),
        ({"FunctionName": "f", "TaskToken": "x"}, ['The field "TaskToken" is not supported by Step Functions']),
        ({"FunctionName": "f", "TaskToken.$": "$$.Task.Token"}, []),
    ],
)
def test_fields_of_parameters_are_checked_as_the_definition_has_them(parameters: Any, faults: list[str]) -> None:
    assert parameter_faults(parse_resource("arn:aws:states:::lambda:invoke"), parameters) == faults


def test_parameters_of_functions_and_sdk_calls_are_their_own() -> None:
    assert parameter_faults(parse_resource(LAMBDA), {"anything": 1}) == []
    assert parameter_faults(parse_resource("arn:aws:states:::aws-sdk:s3:getObject"), {"anything": 1}) == []
