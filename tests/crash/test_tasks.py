"""Tasks of state machines under SIGKILL: what waits for an answer goes on waiting, what was started is started once."""

import json
import random
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from serein.kernel.clock import monotonic
from serein.testing import Serein, ServerProcess

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
START = "arn:aws:states:::states:startExecution.sync:2"
PATIENCE_SECONDS = 60.0
NESTED = 12
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def make(states: Any, name: str, state: dict[str, Any]) -> str:
    definition = json.dumps({"StartAt": "S", "States": {"S": {**state, "End": True}}})
    made: str = states.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    return made


def task(resource: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **({"Parameters": parameters} if parameters else {})}


def test_tasks_that_wait_for_an_answer_get_it_after_a_crash(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "virtual"})
    session = Serein(server.endpoint, ACCOUNT)
    states, sqs = session.client("stepfunctions"), session.client("sqs")
    url = sqs.create_queue(QueueName="tokens")["QueueUrl"]
    body = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    activity = states.create_activity(name="work")["activityArn"]
    nap = make(states, "nap", {"Type": "Wait", "Seconds": 60})
    calling = make(states, "calling", task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", body))
    working = make(states, "working", task(activity))
    nesting = make(states, "nesting", task(START, {"StateMachineArn": nap}))
    arns = [states.start_execution(stateMachineArn=each)["executionArn"] for each in (calling, working, nesting)]
    taken = states.get_activity_task(activityArn=activity)["taskToken"]
    arns.append(states.start_execution(stateMachineArn=working)["executionArn"])
    session.wait_until_idle()
    server.kill()

    server = ServerProcess(tmp_path, {"clock": "virtual"})
    session = Serein(server.endpoint, ACCOUNT)
    states, sqs = session.client("stepfunctions"), session.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    waiting = states.get_activity_task(activityArn=activity)["taskToken"]
    for token in (message["Body"], taken, waiting):
        states.send_task_success(taskToken=token, output='"answered"')
    session.clock.advance(61)
    session.wait_until_idle()
    found = [states.describe_execution(executionArn=arn) for arn in arns]
    assert [each["status"] for each in found] == ["SUCCEEDED"] * 4
    assert [found[place]["output"] for place in (0, 1, 3)] == ['"answered"'] * 3
    assert len(states.list_executions(stateMachineArn=nap)["executions"]) == 1
    server.stop()


def test_a_nested_execution_is_started_once_whenever_the_server_is_killed(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "system"})
    states = Serein(server.endpoint, ACCOUNT).client("stepfunctions")
    child = make(states, "child", {"Type": "Pass", "Result": 1})
    parent = make(states, "parent", task(START, {"StateMachineArn": child}))
    is_killed = threading.Event()

    def begin() -> None:
        for _ in range(NESTED):
            try:
                states.start_execution(stateMachineArn=parent)
            except (BotoCoreError, ClientError):
                assert is_killed.is_set()
                return

    beginner = threading.Thread(target=begin)
    beginner.start()
    threading.Event().wait(random.uniform(0.01, 0.2))
    is_killed.set()
    server.kill()
    beginner.join()

    server = ServerProcess(tmp_path, {"clock": "system"})
    states = Serein(server.endpoint, ACCOUNT).client("stepfunctions")
    deadline, pause = monotonic() + PATIENCE_SECONDS, threading.Event()
    while states.list_executions(stateMachineArn=parent, statusFilter="RUNNING")["executions"]:
        assert monotonic() < deadline
        pause.wait(0.05)
    parents = states.list_executions(stateMachineArn=parent)["executions"]
    assert {each["status"] for each in parents} <= {"SUCCEEDED"}
    assert len(states.list_executions(stateMachineArn=child)["executions"]) == len(parents)
    server.stop()
