"""Executions: started, described, stopped, listed, redriven, with their history."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.stepfunctions.workflows import Workflows
from tests.conftest import Aws

Create = Callable[..., Any]
WAITING = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
PASSING = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAILING = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
COUNTER = """
import json
from pathlib import Path

def handler(event, context):
    place = Path(f"/tmp/{event['id']}")
    count = int(place.read_text()) + 1 if place.exists() else 1
    place.write_text(str(count))
    if count < event["needs"]:
        raise ValueError(f"no. {count}")
    return {"count": count}
"""


@pytest.fixture
def workflows(aws: Aws) -> Workflows:
    return Workflows(aws)


@pytest.fixture
def create(aws: Aws) -> Create:
    """Create a Python function."""
    from tests.aws.lambda_.conftest import package

    def create_function(source: str, name: str = "f", **settings: Any) -> str:
        made = aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=f"arn:aws:iam::{aws.account}:role/r",
            Handler="app.handler",
            Code={"ZipFile": package(source)},
            **settings,
        )
        arn: str = made["FunctionArn"]
        return arn

    return create_function


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """The code and the message of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_execution_is_started_and_described(aws: Aws, workflows: Workflows) -> None:
    machine, states = workflows.make(PASSING), workflows.states
    started = states.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}', traceHeader="Root=1-2-3")
    arn = started["executionArn"]
    assert arn == machine.replace("stateMachine", "execution") + ":one"
    aws.idle()
    found = states.describe_execution(executionArn=arn)
    found.pop("ResponseMetadata")
    assert found.pop("stopDate") >= found.pop("startDate") == started["startDate"]
    assert found == {
        "executionArn": arn,
        "stateMachineArn": machine,
        "name": "one",
        "status": "SUCCEEDED",
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a": 1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1-2-3",
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
    bare = states.describe_execution(executionArn=arn, includedData="METADATA_ONLY")
    assert "input" not in bare
    assert "output" not in bare


def test_a_failed_execution_says_why(workflows: Workflows) -> None:
    ended = workflows.run(workflows.make(FAILING))
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "E", "C")
    found = workflows.states.describe_execution(executionArn=ended.arn)
    assert found["redriveStatus"] == "REDRIVABLE"
    assert "redriveStatusReason" not in found
    assert ended.event("ExecutionFailed") == {"error": "E", "cause": "C"}


def test_starting_is_idempotent_while_the_execution_runs(workflows: Workflows) -> None:
    machine, states = workflows.make(WAITING), workflows.states
    request = {"stateMachineArn": machine, "name": "one", "input": '{"a":1}'}
    first = states.start_execution(**request)
    again = states.start_execution(**request)
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    code, message = refused(states.start_execution, **{**request, "input": "{}"})
    assert (code, message) == ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    states.stop_execution(executionArn=first["executionArn"])
    assert refused(states.start_execution, **request)[0] == "ExecutionAlreadyExists"


def test_a_name_is_free_again_ninety_days_after_the_end(aws: Aws, workflows: Workflows) -> None:
    machine, states = workflows.make(PASSING), workflows.states
    arn = states.start_execution(stateMachineArn=machine, name="one")["executionArn"]
    aws.advance(89 * 86_400)
    assert refused(states.start_execution, stateMachineArn=machine, name="one")[0] == "ExecutionAlreadyExists"
    aws.advance(2 * 86_400)
    assert refused(states.describe_execution, executionArn=arn)[0] == "ExecutionDoesNotExist"
    assert states.start_execution(stateMachineArn=machine, name="one")["executionArn"] == arn


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"name": "a b"}, ("InvalidName", "Invalid Name: 'a b'")),
        ({"input": "{"}, ("InvalidExecutionInput", None)),
        ({"input": '"' + "é" * 140_000 + '"'}, ("ValidationException", None)),
        ({"stateMachineArn": "nonsense"}, ("InvalidArn", None)),
        ({"stateMachineArn": "{machine}x"}, ("StateMachineDoesNotExist", "State Machine Does Not Exist: '{machine}x'")),
    ],
)
def test_what_cannot_be_started_is_refused(workflows: Workflows, request_: dict[str, str], expected: Any) -> None:
    machine = workflows.make(PASSING)
    request = {"stateMachineArn": machine, **request_}
    request["stateMachineArn"] = request["stateMachineArn"].replace("{machine}", machine)
    code, message = refused(workflows.states.start_execution, **request)
    assert code == expected[0]
    if expected[1] is not None:
        assert message == expected[1].replace("{machine}", machine)


def test_executions_that_are_not_there_are_refused(workflows: Workflows) -> None:
    states = workflows.states
    machine = workflows.make(PASSING)
    missing = machine.replace("stateMachine", "execution") + ":no"
    for call in (
        states.describe_execution,
        states.get_execution_history,
        states.stop_execution,
        states.redrive_execution,
    ):
        expected = ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{missing}'")
        assert refused(call, executionArn=missing) == expected
        assert refused(call, executionArn=machine)[0] == "InvalidArn"


def test_history_comes_in_pages_in_both_directions(workflows: Workflows) -> None:
    each = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    machine = workflows.make(
        {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": each, "MaxConcurrency": 1, "End": True}}}
    )
    ended = workflows.run(machine, [1, 2, 3, 4, 5, 6])
    assert [event["id"] for event in ended.history] == list(range(1, len(ended.history) + 1))
    states = workflows.states
    for is_reverse in (False, True):
        found: list[Any] = []
        request = {"executionArn": ended.arn, "maxResults": 7, "reverseOrder": is_reverse}
        while True:
            page = states.get_execution_history(**request)
            assert 0 < len(page["events"]) <= 7
            found += page["events"]
            if "nextToken" not in page:
                break
            request["nextToken"] = page["nextToken"]
        assert found == (ended.history[::-1] if is_reverse else ended.history)
    bare = states.get_execution_history(executionArn=ended.arn, includeExecutionData=False)["events"]
    assert all("input" not in str(event) or "inputDetails" in str(event) for event in bare)
    assert bare[1]["stateEnteredEventDetails"] == {"name": "M", "inputDetails": {"truncated": False}}
    assert refused(states.get_execution_history, executionArn=ended.arn, nextToken="x")[0] == "InvalidToken"


def test_history_has_large_payloads_whole(workflows: Workflows) -> None:
    given = {"text": "é" * 20_000, "items": [1, 2]}
    each = {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Parameters": {"all.$": "$$.Execution.Input"}, "End": True}},
    }
    mapped = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": each, "ResultPath": None, "Next": "B"}
    states = {"A": {"Type": "Wait", "Seconds": 0, "Next": "M"}, "M": mapped, "B": {"Type": "Pass", "End": True}}
    ended = workflows.run(workflows.make({"StartAt": "A", "States": states}), given)
    assert ended.output == given
    texts = [
        json.loads(details[member])
        for event in ended.history
        for details in event.values()
        if isinstance(details, dict)
        for member in ("input", "output")
        if member in details
    ]
    assert len(texts) == 12
    assert all(text in (given, {"all": given}, 1, 2) for text in texts)
    backwards = workflows.states.get_execution_history(executionArn=ended.arn, reverseOrder=True)["events"]
    assert backwards == ended.history[::-1]


def test_an_execution_is_stopped_once(aws: Aws, workflows: Workflows) -> None:
    states = workflows.states
    arn = workflows.start(workflows.make(WAITING))
    stopped = states.stop_execution(executionArn=arn, error="Enough", cause="It lasted.")
    assert states.stop_execution(executionArn=arn)["stopDate"] == stopped["stopDate"]
    aws.advance(200)
    ended = workflows.end_of(arn)
    assert (ended.status, ended.error, ended.cause) == ("ABORTED", "Enough", "It lasted.")
    assert [(event["previousEventId"], event["type"]) for event in ended.history] == [
        (0, "ExecutionStarted"),
        (0, "WaitStateEntered"),
        (0, "ExecutionAborted"),
    ]


def test_executions_are_listed_the_latest_first(aws: Aws, workflows: Workflows) -> None:
    waiting, states = workflows.make(WAITING, publish=True), workflows.states
    arns = [workflows.start(waiting) for _ in range(3)]
    of_version = workflows.start(f"{waiting}:1")
    states.stop_execution(executionArn=arns[0])
    listed = states.list_executions(stateMachineArn=waiting)["executions"]
    assert [each["executionArn"] for each in listed] == [of_version, *reversed(arns)]
    assert listed[0]["stateMachineVersionArn"] == f"{waiting}:1"
    assert "stopDate" not in listed[0]
    assert listed[-1]["stopDate"]
    aborted = states.list_executions(stateMachineArn=waiting, statusFilter="ABORTED")["executions"]
    assert [each["executionArn"] for each in aborted] == [arns[0]]
    narrowed = states.list_executions(stateMachineArn=f"{waiting}:1")["executions"]
    assert [each["executionArn"] for each in narrowed] == [of_version]
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=waiting, PaginationConfig={"PageSize": 3})
    assert [len(page["executions"]) for page in pages] == [3, 1]
    assert refused(states.list_executions)[0] == "ValidationException"
    by_redrive = {"stateMachineArn": waiting, "redriveFilter": "REDRIVEN"}
    assert refused(states.list_executions, **by_redrive)[0] == "ValidationException"
    pending = {"stateMachineArn": waiting, "statusFilter": "PENDING_REDRIVE"}
    assert refused(states.list_executions, **pending)[0] == "ValidationException"


def test_a_function_is_performed_and_tried_again(aws: Aws, workflows: Workflows, create: Create) -> None:
    function = create(COUNTER)
    retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 30, "MaxAttempts": 2}]
    machine = workflows.task(function, Retry=retry)
    arn = workflows.start(machine, {"id": aws.unique("id"), "needs": 3})
    assert workflows.end_of(arn).status == "RUNNING"
    aws.advance(30)
    aws.advance(60)
    ended = workflows.end_of(arn)
    assert ended.output == {"count": 3}
    failed = [event for event in ended.history if event["type"] == "LambdaFunctionFailed"]
    details = [event["lambdaFunctionFailedEventDetails"] for event in failed]
    assert [(each["error"], json.loads(each["cause"])["errorMessage"]) for each in details] == [
        ("ValueError", "no. 1"),
        ("ValueError", "no. 2"),
    ]
    assert (failed[1]["timestamp"] - failed[0]["timestamp"]).total_seconds() >= 30


def test_a_machines_time_is_up(aws: Aws, workflows: Workflows) -> None:
    arn = workflows.start(workflows.make({**WAITING, "TimeoutSeconds": 50}))
    aws.advance(49)
    assert workflows.end_of(arn).status == "RUNNING"
    aws.advance(1)
    ended = workflows.end_of(arn)
    assert ended.status == "TIMED_OUT"
    assert ended.history[-1]["type"] == "ExecutionTimedOut"
    assert workflows.states.describe_execution(executionArn=arn)["redriveStatus"] == "REDRIVABLE"


def test_a_redrive_goes_on_where_the_execution_failed(aws: Aws, workflows: Workflows, create: Create) -> None:
    function, states = create(COUNTER), workflows.states
    machine = workflows.make(
        {
            "StartAt": "Before",
            "States": {
                "Before": {"Type": "Pass", "Next": "T"},
                "T": {"Type": "Task", "Resource": function, "End": True},
            },
        }
    )
    ended = workflows.run(machine, {"id": aws.unique("id"), "needs": 2})
    assert ended.status == "FAILED"
    aws.advance(60)
    redriven = states.redrive_execution(executionArn=ended.arn, clientToken="t")["redriveDate"]
    after = workflows.end_of(ended.arn)
    assert after.output == {"count": 2}
    assert [event["type"] for event in after.history].count("PassStateEntered") == 1
    assert after.event("ExecutionRedriven") == {"redriveCount": 1}
    found = states.describe_execution(executionArn=ended.arn)
    assert (found["redriveCount"], found["redriveDate"]) == (1, redriven)
    assert states.redrive_execution(executionArn=ended.arn, clientToken="t")["redriveDate"] == redriven
    code, message = refused(states.redrive_execution, executionArn=ended.arn, clientToken="u")
    assert code == "ExecutionNotRedrivable"
    assert message.endswith("Execution is SUCCEEDED and cannot be redriven")


def test_a_redrive_comes_too_late_after_two_weeks(aws: Aws, workflows: Workflows) -> None:
    ended = workflows.run(workflows.make(FAILING))
    aws.advance(14 * 86_400)
    code, message = refused(workflows.states.redrive_execution, executionArn=ended.arn)
    assert (code, message.rpartition(": ")[2]) == ("ExecutionNotRedrivable", "Execution redrivable period exceeded")


def test_an_express_execution_answers_at_once(workflows: Workflows, create: Create) -> None:
    machine = workflows.make(
        {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": create(COUNTER), "End": True}}}, type="EXPRESS"
    )
    states = workflows.states
    given = json.dumps({"id": "express", "needs": 0})
    reply = states.start_sync_execution(stateMachineArn=machine, name="n", input=given, traceHeader="Root=1")
    prefix = machine.replace("stateMachine", "express") + ":n:"
    assert reply["executionArn"].startswith(prefix)
    assert (reply["status"], reply["name"], reply["input"]) == ("SUCCEEDED", "n", given)
    assert json.loads(reply["output"])["count"] >= 1
    assert reply["billingDetails"]["billedMemoryUsedInMB"] == 64
    assert reply["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0
    bare = states.start_sync_execution(stateMachineArn=machine, input=given, includedData="METADATA_ONLY")
    assert "output" not in bare
    failed = states.start_sync_execution(stateMachineArn=machine, input='{"id": "x", "needs": 99}')
    assert (failed["status"], failed["error"]) == ("FAILED", "ValueError")
    for call in (states.describe_execution, states.get_execution_history, states.stop_execution):
        assert refused(call, executionArn=reply["executionArn"])[0] == "InvalidArn"
    assert refused(states.list_executions, stateMachineArn=machine)[0] == "StateMachineTypeNotSupported"
    standard = workflows.make(PASSING)
    assert refused(states.start_sync_execution, stateMachineArn=standard)[0] == "StateMachineTypeNotSupported"


def test_an_express_execution_lasts_five_minutes_at_most(aws: Aws, workflows: Workflows) -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 400, "End": True}}}
    long, short = (workflows.make(each, type="EXPRESS") for each in (wait, {**wait, "TimeoutSeconds": 70}))
    with ThreadPoolExecutor(2) as callers:
        replies = [
            callers.submit(workflows.states.start_sync_execution, stateMachineArn=each) for each in (long, short)
        ]
        while not all(reply.done() for reply in replies):
            aws.advance(10)
    ended = [reply.result() for reply in replies]
    assert [each["status"] for each in ended] == ["TIMED_OUT", "TIMED_OUT"]
    lasted = [(each["stopDate"] - each["startDate"]).total_seconds() for each in ended]
    assert lasted == [300, 70]
    assert ended[1]["billingDetails"]["billedDurationInMilliseconds"] == 70_000


def test_an_express_execution_does_several_things_at_once(workflows: Workflows, create: Create) -> None:
    function = create(COUNTER)
    task = {"Type": "Task", "Resource": function, "ResultSelector": {"n.$": "$.count"}, "End": True}
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Caught"}]
    each = {"StartAt": "T", "States": {"T": task}}
    mapped = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": each,
        "ResultPath": "$.done",
        "Catch": catch,
        "End": True,
    }
    states = {"M": mapped, "Caught": {"Type": "Pass", "OutputPath": "$.why.Error", "End": True}}
    machine = workflows.make({"StartAt": "M", "States": states}, type="EXPRESS")
    items = [{"id": f"several-{number}", "needs": 0} for number in range(5)]
    reply = workflows.states.start_sync_execution(stateMachineArn=machine, input=json.dumps({"items": items}))
    assert len(json.loads(reply["output"])["done"]) == 5
    items[2]["needs"] = 10**6
    reply = workflows.states.start_sync_execution(stateMachineArn=machine, input=json.dumps({"items": items}))
    assert reply["output"] == '"ValueError"'


def test_an_express_execution_goes_on_by_itself(aws: Aws, workflows: Workflows) -> None:
    queue = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$"},
        "End": True,
    }
    wait = {"Type": "Wait", "Seconds": 20, "Next": "S"}
    machine = workflows.make({"StartAt": "W", "States": {"W": wait, "S": send}}, type="EXPRESS")
    first = workflows.start(machine, {"n": 1})
    assert ":express:" in first
    aws.idle()
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=queue)
    aws.advance(20)
    (message,) = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"]) == {"n": 1}
