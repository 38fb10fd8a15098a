"""What AWS finds wrong with the tasks of a definition when a machine is made."""

import json
from typing import Any

import pytest

from queues import refusal
from tests.aws.stepfunctions.workflows import ROLE
from tests.conftest import Aws


def definition(resource: str, parameters: Any) -> str:
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    inner = {"StartAt": "T", "States": {"T": task}}
    return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}})


@pytest.mark.parametrize(
    ("resource", "parameters", "fault"),
    [
        (
            "lambda:invoke",
            {"FunctionName": "f", "Nope": 1},
            'The field "Nope" is not supported by Step Functions',
        ),
        ("sqs:sendMessage", {"QueueUrl": "u"}, 'The field "MessageBody" is required but was missing'),
        (
            "aws-sdk:s3:getObject",
            {"Bucket": "b", "Keyy": "k"},
            'The field "Keyy" is not supported by Step Functions',
        ),
        ("aws-sdk:s3:getObject", {"Bucket": "b"}, 'The field "Key" is required but was missing'),
    ],
)
def test_fields_of_parameters_are_checked(aws: Aws, resource: str, parameters: Any, fault: str) -> None:
    states = aws.client("stepfunctions")
    text = definition(f"arn:aws:states:::{resource}", parameters)
    location = "/States/P/Branches[0]/States/T/Parameters"
    found = states.validate_state_machine_definition(definition=text)
    assert found["result"] == "FAIL"
    told = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": fault, "location": location}
    assert told in found["diagnostics"]
    code, message = refusal(states.create_state_machine, name="m", definition=text, roleArn=ROLE)
    assert code == "InvalidDefinition"
    assert f"SCHEMA_VALIDATION_FAILED: {fault} at {location}" in message


@pytest.mark.parametrize(
    "resource",
    [
        "aws-sdk:s3:getobject",
        "aws-sdk:nothing:getObject",
        "aws-sdk:s3:selectObjectContent",
        "aws-sdk:s3:getObject.sync",
        "dynamodb:query",
        "lambda:invoke.sync",
    ],
)
def test_resources_must_be_integrated(aws: Aws, resource: str) -> None:
    text = definition(f"arn:aws:states:::{resource}", {})
    found = aws.client("stepfunctions").validate_state_machine_definition(definition=text)
    assert found["result"] == "FAIL"
    assert f"The resource provided arn:aws:states:::{resource} is not recognized" in found["diagnostics"][0]["message"]


@pytest.mark.parametrize("resource", ["batch:submitJob.sync", "aws-sdk:rekognition:detectLabels"])
def test_what_is_not_here_is_warned_of(aws: Aws, resource: str) -> None:
    text = definition(f"arn:aws:states:::{resource}", {"Image.$": "$"} if "rekognition" in resource else {})
    found = aws.client("stepfunctions").validate_state_machine_definition(definition=text, severity="WARNING")
    assert found["result"] == "OK"
    assert found["diagnostics"][-1]["message"].startswith(f"Serein does not implement arn:aws:states:::{resource}")
