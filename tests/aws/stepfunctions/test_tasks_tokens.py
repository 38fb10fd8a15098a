"""Tasks that wait for an answer: callbacks with tokens, and workers of activities."""

import json
import threading
from typing import Any

import pytest

from queues import Queue, refusal
from tests.aws.stepfunctions.workflows import Workflows
from tests.conftest import Aws

SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


@pytest.fixture
def queue(aws: Aws) -> Queue:
    return Queue(aws, "tokens")


def waiting(flows: Workflows, queue: Queue, **members: Any) -> tuple[str, str]:
    """An execution that waits for an answer, and the token that it wants."""
    parameters = {"QueueUrl": queue.url, "MessageBody.$": "$$.Task.Token"}
    execution = flows.start(flows.task(SEND, parameters, **members))
    flows.aws.idle()
    (message,) = queue.messages()
    return execution, message["Body"]


def test_a_token_brings_the_output(flows: Workflows, queue: Queue) -> None:
    execution, token = waiting(flows, queue)
    running = flows.end_of(execution)
    assert running.status == "RUNNING"
    submitted = running.event("TaskSubmitted")
    assert (submitted["resourceType"], submitted["resource"]) == ("sqs", "sendMessage.waitForTaskToken")
    assert json.loads(submitted["output"])["MessageId"]
    flows.states.send_task_success(taskToken=token, output='{"yes": true}')
    ended = flows.end_of(execution)
    assert (ended.status, ended.output) == ("SUCCEEDED", {"yes": True})
    code, _ = refusal(flows.states.send_task_success, taskToken=token, output="{}")
    assert code == "TaskTimedOut"
    code, _ = refusal(flows.states.send_task_failure, taskToken=token)
    assert code == "TaskTimedOut"


def test_a_token_brings_the_failure(flows: Workflows, queue: Queue) -> None:
    execution, token = waiting(flows, queue)
    flows.states.send_task_failure(taskToken=token, error="No", cause="it may not")
    ended = flows.end_of(execution)
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "No", "it may not")
    assert ended.event("TaskFailed")["error"] == "No"


def test_heartbeats_keep_a_task_alive(aws: Aws, flows: Workflows, queue: Queue) -> None:
    execution, token = waiting(flows, queue, HeartbeatSeconds=10)
    for _ in range(3):
        aws.advance(8)
        flows.states.send_task_heartbeat(taskToken=token)
    assert flows.end_of(execution).status == "RUNNING"
    aws.advance(11)
    ended = flows.end_of(execution)
    # AWS: `HeartbeatTimeout` is a kind of `States.Timeout`.
    assert (ended.status, ended.error) == ("FAILED", "States.HeartbeatTimeout")
    assert refusal(flows.states.send_task_heartbeat, taskToken=token)[0] == "TaskTimedOut"


def test_a_token_is_good_for_as_long_as_its_task(aws: Aws, flows: Workflows, queue: Queue) -> None:
    execution, token = waiting(flows, queue, TimeoutSeconds=30)
    aws.advance(31)
    assert flows.end_of(execution).error == "States.Timeout"
    assert refusal(flows.states.send_task_success, taskToken=token, output="{}")[0] == "TaskTimedOut"


def test_tokens_and_outputs_must_be_right(flows: Workflows, queue: Queue) -> None:
    execution, token = waiting(flows, queue)
    for send in (flows.states.send_task_failure, flows.states.send_task_heartbeat):
        assert refusal(send, taskToken="nonsense")[0] == "InvalidToken"
    assert refusal(flows.states.send_task_success, taskToken="nonsense", output="{}")[0] == "InvalidToken"
    assert refusal(flows.states.send_task_success, taskToken=token, output="{nonsense")[0] == "InvalidOutput"
    assert flows.end_of(execution).status == "RUNNING"


def test_a_token_is_of_no_use_to_another_account(aws: Aws, flows: Workflows, queue: Queue) -> None:
    _, token = waiting(flows, queue)
    other = aws.client("stepfunctions", aws_access_key_id="999999999999")
    assert refusal(other.send_task_success, taskToken=token, output="{}")[0] == "TaskTimedOut"


@pytest.fixture
def activity(flows: Workflows) -> str:
    arn: str = flows.states.create_activity(name="approve")["activityArn"]
    return arn


def test_a_worker_takes_a_task_and_answers(flows: Workflows, activity: str) -> None:
    execution = flows.start(flows.task(activity, TimeoutSeconds=300), {"a": 1})
    task = flows.states.get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(task["input"]) == {"a": 1}
    flows.states.send_task_heartbeat(taskToken=task["taskToken"])
    flows.states.send_task_success(taskToken=task["taskToken"], output='"fine"')
    ended = flows.end_of(execution)
    assert ended.output == "fine"
    scheduled = ended.event("ActivityScheduled")
    assert (scheduled["resource"], json.loads(scheduled["input"])) == (activity, {"a": 1})
    assert scheduled["timeoutInSeconds"] == 300
    assert ended.event("ActivityStarted")["workerName"] == "me"
    assert json.loads(ended.event("ActivitySucceeded")["output"]) == "fine"


def test_a_worker_may_fail_a_task(flows: Workflows, activity: str) -> None:
    execution = flows.start(flows.task(activity))
    task = flows.states.get_activity_task(activityArn=activity)
    flows.states.send_task_failure(taskToken=task["taskToken"], error="Refused", cause="no")
    ended = flows.end_of(execution)
    assert (ended.error, ended.event("ActivityFailed")["cause"]) == ("Refused", "no")


def test_a_worker_that_waits_is_given_a_task_at_once(aws: Aws, flows: Workflows, activity: str) -> None:
    taken: list[dict[str, Any]] = []
    worker = threading.Thread(
        target=lambda: taken.append(aws.client("stepfunctions").get_activity_task(activityArn=activity))
    )
    worker.start()
    execution = flows.start(flows.task(activity), {"a": 2})
    worker.join(50)
    assert json.loads(taken[0]["input"]) == {"a": 2}
    flows.states.send_task_success(taskToken=taken[0]["taskToken"], output="{}")
    assert flows.end_of(execution).status == "SUCCEEDED"


def test_tasks_go_to_workers_in_their_order_and_once(flows: Workflows, activity: str) -> None:
    machine = flows.task(activity)
    for number in range(3):
        flows.start(machine, {"n": number})
    taken = [flows.states.get_activity_task(activityArn=activity) for _ in range(3)]
    assert sorted(json.loads(task["input"])["n"] for task in taken) == [0, 1, 2]
    assert len({task["taskToken"] for task in taken}) == 3


def test_a_task_that_is_over_is_not_given_to_a_worker(aws: Aws, flows: Workflows, activity: str) -> None:
    stopped = flows.start(flows.task(activity), {"n": 0})
    flows.states.stop_execution(executionArn=stopped)
    flows.start(flows.task(activity), {"n": 1})
    task = flows.states.get_activity_task(activityArn=activity)
    assert json.loads(task["input"]) == {"n": 1}


def test_a_worker_that_is_silent_loses_its_task(aws: Aws, flows: Workflows, activity: str) -> None:
    execution = flows.start(flows.task(activity, HeartbeatSeconds=10))
    aws.advance(60)
    assert flows.end_of(execution).status == "RUNNING"
    task = flows.states.get_activity_task(activityArn=activity)
    aws.advance(11)
    ended = flows.end_of(execution)
    assert ended.error == "States.HeartbeatTimeout"
    assert ended.event("ActivityTimedOut")["error"] == "States.HeartbeatTimeout"
    assert refusal(flows.states.send_task_success, taskToken=task["taskToken"], output="{}")[0] == "TaskTimedOut"


def test_the_time_of_a_task_begins_when_a_worker_takes_it(aws: Aws, flows: Workflows, activity: str) -> None:
    execution = flows.start(flows.task(activity, TimeoutSeconds=30))
    aws.advance(60)
    assert flows.end_of(execution).status == "RUNNING"
    flows.states.get_activity_task(activityArn=activity)
    aws.advance(31)
    assert flows.end_of(execution).error == "States.Timeout"


def test_an_activity_must_be_there_when_its_task_is_scheduled(flows: Workflows, activity: str) -> None:
    ended = flows.run_task(activity + "x")
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert f"{activity}x does not exist" in ended.cause
