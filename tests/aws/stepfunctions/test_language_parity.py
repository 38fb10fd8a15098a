"""TestState and executions: a state does the same under test as in an execution."""

import json
import re
from typing import Any

from tests.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/states"
_WHERE = re.compile(r"^An error occurred while executing the state '\w+' \(entered at the event id #\d+\)\. ?")
_UNIQUE = re.compile(r"[0-9a-fA-F-]{36}|\b[A-Z0-9]{52}\b")
TABLE = {"TableName": "none", "Key": {"k": {"S": "1"}}}
GET, LIST = "arn:aws:states:::dynamodb:getItem", "arn:aws:states:::aws-sdk:sqs:listQueues"
JSONATA = {"QueryLanguage": "JSONata"}
CASES: list[tuple[dict[str, Any], Any]] = [
    ({"Type": "Pass", "InputPath": "$.a", "Parameters": {"c.$": "$.b"}, "ResultPath": "$.r"}, {"a": {"b": 1}}),
    ({"Type": "Pass", "InputPath": None}, {"a": 1}),
    ({"Type": "Pass", "OutputPath": None}, {"a": 1}),
    ({"Type": "Pass", "ResultPath": None, "Result": 5}, {"a": 1}),
    ({"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.b.c"}, {"b": 5}),
    ({"Type": "Pass", "Parameters": {"a.$": "$.nothing"}}, {"b": 5}),
    ({"Type": "Pass", "Parameters": {"a.$": "States.StringToJson($.b)"}}, {"b": "{"}),
    ({"Type": "Pass", "Output": "{% $sum('a') %}", **JSONATA}, {"a": 1}),
    ({"Type": "Pass", "Assign": {"a": "{% $states.input.q %}"}, **JSONATA}, {"a": 1}),
    ({"Type": "Wait", "SecondsPath": "$.s"}, {"s": -1}),
    ({"Type": "Wait", "SecondsPath": "$.s"}, {"s": "x"}),
    ({"Type": "Wait", "Seconds": 0, "InputPath": "$.a", "OutputPath": "$.b"}, {"a": {"b": 1}}),
    ({"Type": "Wait", "TimestampPath": "$.t"}, {"t": "yesterday"}),
    ({"Type": "Wait", "Seconds": "{% 1.5 %}", **JSONATA}, {}),
    ({"Type": "Wait", "Timestamp": "{% 'x' %}", **JSONATA}, {}),
    ({"Type": "Wait", "Timestamp": "{% 5 %}", **JSONATA}, {}),
    ({"Type": "Succeed", "InputPath": "$.a"}, {"a": 1}),
    ({"Type": "Succeed", "Output": "{% $states.input.b %}", **JSONATA}, {"a": 1}),
    ({"Type": "Fail"}, {}),
    ({"Type": "Fail", "ErrorPath": "$.x"}, {"a": 1}),
    ({"Type": "Fail", "ErrorPath": "$.a"}, {"a": 1}),
    ({"Type": "Fail", "Error": "{% 5 %}", **JSONATA}, {}),
    ({"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "E"}]}, {"a": 1}),
    ({"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 2, "Next": "E"}]}, {"a": 1}),
    ({"Type": "Choice", "Choices": [{"Condition": "{% 5 %}", "Next": "E"}], **JSONATA}, {"a": 1}),
    ({"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "E", "Output": 1}], **JSONATA}, {"a": 1}),
    ({"Type": "Task", "Resource": GET, "Parameters": TABLE}, {}),
    ({"Type": "Task", "Resource": GET, "Parameters": {**TABLE, "TableName.$": "$.a"}}, {"a": 1}),
    (
        {
            "Type": "Task",
            "Resource": GET,
            "Parameters": TABLE,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "E"}],
            "OutputPath": "$.a",
        },
        {"a": 1},
    ),
    ({"Type": "Task", "Resource": LIST, "ResultSelector": {"x.$": "$.nope"}}, {}),
    ({"Type": "Task", "Resource": LIST, "TimeoutSecondsPath": "$.x"}, {}),
    ({"Type": "Task", "Resource": LIST, "TimeoutSeconds": "{% 'x' %}", **JSONATA}, {}),
    ({"Type": "Task", "Resource": LIST, "Credentials": {"RoleArn.$": "$.x"}}, {}),
    ({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:none"}, {}),
]


def outcome(reply: dict[str, Any], *, has_failed: bool) -> tuple[Any, str, str]:
    output = json.loads(reply["output"]) if "output" in reply else None
    text = _UNIQUE.sub("ID", json.dumps(output))
    if not has_failed:
        return text, "", ""
    return text, reply.get("error", ""), _UNIQUE.sub("ID", _WHERE.sub("", reply.get("cause", "")))


def test_a_state_does_the_same_under_test_as_in_an_execution(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    for number, (state, given) in enumerate(CASES):
        definition = state if state["Type"] in ("Choice", "Succeed", "Fail") else {**state, "Next": "E"}
        tried = states.test_state(definition=json.dumps(definition), input=json.dumps(given), roleArn=ROLE)
        machine: dict[str, Any] = {"StartAt": "TestState", "States": {"TestState": definition}}
        if state["Type"] not in ("Succeed", "Fail"):
            machine["States"]["E"] = {"Type": "Succeed"}
        arn = states.create_state_machine(
            name=f"m{number}", type="EXPRESS", roleArn=ROLE, definition=json.dumps(machine)
        )["stateMachineArn"]
        ended = states.start_sync_execution(stateMachineArn=arn, input=json.dumps(given))
        assert outcome(tried, has_failed=tried["status"] == "FAILED") == outcome(
            ended, has_failed=ended["status"] == "FAILED"
        ), state
