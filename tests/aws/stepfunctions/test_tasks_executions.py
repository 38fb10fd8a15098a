"""Tasks that start executions of other machines."""

import json
from typing import Any

import pytest

from tests.aws.stepfunctions.workflows import Workflows
from tests.conftest import Aws

START = "arn:aws:states:::states:startExecution"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"n": 1}, "ResultPath": "$.r", "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "it broke"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


def test_an_execution_is_started_and_left_alone(aws: Aws, flows: Workflows) -> None:
    child = flows.make(WAIT)
    parameters = {"StateMachineArn": child, "Name": "mine", "Input": {"a.$": "$.a"}}
    ended = flows.run_task(START, parameters, {"a": 1})
    assert ended.status == "SUCCEEDED"
    assert ended.output["ExecutionArn"] == child.replace("stateMachine", "execution") + ":mine"
    assert isinstance(ended.output["StartDate"], int)
    assert ended.output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    started = flows.states.describe_execution(executionArn=ended.output["ExecutionArn"])
    assert (started["status"], json.loads(started["input"])) == ("RUNNING", {"a": 1})


@pytest.mark.parametrize("pattern", ["sync", "sync:2"])
def test_a_task_waits_for_the_end_of_an_execution(aws: Aws, flows: Workflows, pattern: str) -> None:
    child = flows.make(PASS)
    given = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}
    ended = flows.run_task(f"{START}.{pattern}", {"StateMachineArn": child, "Input": given})
    output = ended.output
    assert ended.event("TaskSubmitted")["resource"] == f"startExecution.{pattern}"
    told: Any = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": ended.arn}
    result: Any = {**told, "r": {"n": 1}}
    if pattern == "sync":
        assert json.loads(output["Input"]) == told
        assert json.loads(output["Output"]) == result
    else:
        assert (output["Input"], output["Output"]) == (told, result)
    assert (output["Status"], output["StateMachineArn"]) == ("SUCCEEDED", child)
    assert output["StopDate"] >= output["StartDate"] > 10**12


def test_a_task_waits_until_it_is_over(aws: Aws, flows: Workflows) -> None:
    machine = flows.task(f"{START}.sync", {"StateMachineArn": flows.make(WAIT)})
    execution = flows.start(machine)
    assert flows.end_of(execution).status == "RUNNING"
    aws.advance(61)
    assert flows.end_of(execution).status == "SUCCEEDED"


def test_an_execution_that_failed_fails_the_task(flows: Workflows) -> None:
    child = flows.make(FAIL)
    ended = flows.run_task(f"{START}.sync:2", {"StateMachineArn": child})
    assert ended.error == "States.TaskFailed"
    told = json.loads(ended.cause)
    assert (told["Status"], told["Error"], told["Cause"]) == ("FAILED", "Broken", "it broke")


def test_an_execution_is_stopped_with_the_one_that_waits_for_it(aws: Aws, flows: Workflows) -> None:
    child = flows.make(WAIT)
    execution = flows.start(flows.task(f"{START}.sync", {"StateMachineArn": child}))
    aws.idle()
    flows.states.stop_execution(executionArn=execution)
    aws.idle()
    (found,) = flows.states.list_executions(stateMachineArn=child)["executions"]
    assert found["status"] == "ABORTED"


def test_a_started_execution_may_answer_with_the_token(aws: Aws, flows: Workflows) -> None:
    answer = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Parameters": {"TaskToken.$": "$.token", "Output": {"said": "yes"}},
        "End": True,
    }
    child = flows.make({"StartAt": "A", "States": {"A": answer}})
    parameters = {"StateMachineArn": child, "Input": {"token.$": "$$.Task.Token"}}
    ended = flows.run_task(f"{START}.waitForTaskToken", parameters)
    assert ended.output == {"said": "yes"}


def test_starting_what_is_not_there_or_twice_fails_the_task(aws: Aws, flows: Workflows) -> None:
    missing = flows.run_task(f"{START}.sync", {"StateMachineArn": flows.make(PASS) + "x"})
    assert missing.error == "StepFunctions.StateMachineDoesNotExistException"
    assert "Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist" in missing.cause
    assert missing.event("TaskSubmitFailed")["resource"] == "startExecution.sync"
    child = flows.make(WAIT)
    first = flows.task(START, {"StateMachineArn": child, "Name": "one", "Input": {"a.$": "$.a"}})
    assert flows.run(first, {"a": 1}).status == "SUCCEEDED"
    assert flows.run(first, {"a": 2}).error == "StepFunctions.ExecutionAlreadyExistsException"


def test_an_express_execution_is_left_alone_or_asked_for_by_the_sdk(flows: Workflows) -> None:
    child = flows.make(PASS, type="EXPRESS")
    assert flows.run_task(START, {"StateMachineArn": child}).status == "SUCCEEDED"
    sync = flows.run_task(
        "arn:aws:states:::aws-sdk:sfn:startSyncExecution", {"StateMachineArn": child, "Input": {"a": 1}}
    )
    assert (sync.output["Status"], json.loads(sync.output["Output"])) == ("SUCCEEDED", {"a": 1, "r": {"n": 1}})
