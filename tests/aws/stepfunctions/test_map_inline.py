"""Inline Map states on a server: iterations with tasks, side by side or in turn, and redriven where they failed."""

import json
from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/states"


@pytest.fixture
def states(aws: Any) -> Any:
    return aws.client("stepfunctions")


def start(states: Any, processor: dict[str, Any], given: Any, language: str = "JSONPath", **fields: Any) -> str:
    state = {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
    definition = json.dumps({"QueryLanguage": language, "StartAt": "Map", "States": {"Map": state}})
    made = states.create_state_machine(name="inline", definition=definition, roleArn=ROLE)
    started = states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(given))
    return str(started["executionArn"])


def output(states: Any, arn: str) -> Any:
    shown = states.describe_execution(executionArn=arn)
    assert shown["status"] == "SUCCEEDED", shown
    return json.loads(shown["output"])


def types(states: Any, arn: str) -> list[str]:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event["type"] for page in pages for event in page["events"]]


def one_state(**state: Any) -> dict[str, Any]:
    return {"StartAt": "Each", "States": {"Each": {"End": True, **state}}}


def sending(url: str) -> dict[str, Any]:
    parameters = {"QueueUrl": url, "MessageBody.$": "States.JsonToString($)"}
    return one_state(Type="Task", Resource="arn:aws:states:::sqs:sendMessage", Parameters=parameters, ResultPath=None)


def test_iterations_perform_tasks_and_keep_their_order(aws: Any, states: Any) -> None:
    url = aws.client("sqs").create_queue(QueueName="sent")["QueueUrl"]
    selector = {"n.$": "$$.Map.Item.Value", "all.$": "States.ArrayLength($)"}
    arn = start(states, sending(url), [*range(60)], ItemSelector=selector)
    aws.idle()
    assert output(states, arn) == [{"n": n, "all": 60} for n in range(60)]
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "60"
    names = types(states, arn)
    assert names[:4] == ["ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapIterationStarted"]
    assert names[-3:] == ["MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"]
    assert names.count("MapIterationStarted") == names.count("MapIterationSucceeded") == 60


def test_iterations_wait_their_turn_on_the_clock(aws: Any, states: Any) -> None:
    arn = start(states, one_state(Type="Wait", Seconds=10), {"k": 1, "l": 2, "m": 3}, MaxConcurrency=2)
    aws.idle()
    assert types(states, arn).count("MapIterationStarted") == 2
    aws.advance(10)
    assert types(states, arn).count("MapIterationStarted") == 3
    aws.advance(10)
    assert output(states, arn) == [{"Key": key, "Value": value} for key, value in (("k", 1), ("l", 2), ("m", 3))]


def test_items_and_selectors_may_be_expressions(aws: Any, states: Any) -> None:
    selector = {"twice": "{% $states.context.Map.Item.Value * 2 %}", "by": "{% $states.input.by %}"}
    processor = one_state(Type="Pass", Output="{% $states.input.twice & $states.input.by %}")
    given = {"rows": [{"n": 1}, {"n": 5}], "by": "x"}
    arn = start(states, processor, given, "JSONata", Items="{% $states.input.rows.n %}", ItemSelector=selector)
    aws.idle()
    assert output(states, arn) == ["2x", "10x"]


def test_a_redrive_repeats_the_iterations_that_failed_alone(aws: Any, states: Any) -> None:
    """An iteration sends to a queue that is not there until the redrive."""
    sqs = aws.client("sqs")
    first = sqs.create_queue(QueueName="first")["QueueUrl"]
    second = first.replace("first", "second")
    parameters = {"QueueUrl.$": "$", "MessageBody": "x"}
    task = one_state(Type="Task", Resource="arn:aws:states:::sqs:sendMessage", Parameters=parameters, ResultPath=None)
    arn = start(states, task, [first, second, first], MaxConcurrency=1)
    aws.idle()
    assert states.describe_execution(executionArn=arn)["status"] == "FAILED"
    sqs.create_queue(QueueName="second")
    states.redrive_execution(executionArn=arn)
    aws.idle()
    assert output(states, arn) == [first, second, first]
    counts = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
        for url in (first, second)
    ]
    assert counts == ["2", "1"]
    names = types(states, arn)
    assert names.count("MapIterationFailed") == 1
    assert names.count("MapIterationSucceeded") == 3


def test_maps_in_express_machines_are_the_same(aws: Any, states: Any) -> None:
    inner = {"Type": "Map", "ItemProcessor": one_state(Type="Pass"), "ResultSelector": {"got.$": "$"}, "End": True}
    machine = {"StartAt": "M", "States": {"M": inner}}
    made = states.create_state_machine(name="express", definition=json.dumps(machine), roleArn=ROLE, type="EXPRESS")
    reply = states.start_sync_execution(stateMachineArn=made["stateMachineArn"], input="[1,[2],null]")
    assert (reply["status"], json.loads(reply["output"])) == ("SUCCEEDED", {"got": [1, [2], None]})
