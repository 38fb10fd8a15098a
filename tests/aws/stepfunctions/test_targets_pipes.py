"""State machines as targets and as enrichments of pipes."""

import json
from typing import Any

import pytest

from queues import Queue
from state_machines import FAIL, StateMachines, sending

FORGETTING = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
WAITING = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
BODY = {"InputTemplate": '{"n": <$.body.n>}'}


@pytest.fixture
def machines(aws: Any) -> StateMachines:
    return StateMachines(aws)


@pytest.fixture
def source(aws: Any) -> Queue:
    return Queue(aws, "source", VisibilityTimeout="30")


def connect(aws: Any, source: Queue, target: str, **members: Any) -> None:
    pipes = aws.client("pipes")
    role = f"arn:aws:iam::{aws.account}:role/pipes"
    pipes.create_pipe(Name="pipe", Source=source.arn, Target=target, RoleArn=role, **members)
    assert pipes.describe_pipe(Name="pipe")["CurrentState"] == "RUNNING"


def batches(size: int) -> dict[str, Any]:
    return {"SourceParameters": {"SqsQueueParameters": {"BatchSize": size, "MaximumBatchingWindowInSeconds": 1}}}


def answering(result: str) -> dict[str, Any]:
    """An Express machine's definition whose output is a JSONata expression."""
    state = {"Type": "Pass", "Output": f"{{% {result} %}}", "End": True}
    return {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}


def test_a_standard_machine_is_started_and_forgotten(aws: Any, machines: StateMachines, source: Queue) -> None:
    machine = machines.make()
    connect(aws, source, machine, TargetParameters={**FORGETTING, **BODY}, **batches(1))
    source.send({"n": 1}, {"n": 2})
    aws.idle()
    assert sorted(machines.inputs(machine), key=str) == [[{"n": 1}], [{"n": 2}]]
    assert source.depth() == 0


def test_an_express_machine_gets_a_batch_and_its_failure_fails_the_batch(
    aws: Any, machines: StateMachines, source: Queue
) -> None:
    seen = Queue(aws, "seen")
    good = machines.make(sending(seen.url), type="EXPRESS")
    connect(aws, source, good, TargetParameters=BODY, **batches(10))
    source.send({"n": 1}, {"n": 2})
    aws.advance(2)
    (batch,) = seen.bodies()
    assert sorted(each["n"] for each in batch) == [1, 2]
    assert source.depth() == 0
    bad = machines.make(FAIL, name="bad", type="EXPRESS")
    pipes = aws.client("pipes")
    role = f"arn:aws:iam::{aws.account}:role/pipes"
    pipes.update_pipe(Name="pipe", RoleArn=role, Target=bad, TargetParameters=WAITING)
    source.send({"n": 3})
    aws.advance(2)
    assert (seen.depth(), source.depth()) == (0, 1)
    pipes.update_pipe(Name="pipe", RoleArn=role, Target=good, TargetParameters=BODY)
    aws.advance(60)
    assert [each["n"] for each in seen.bodies()[0]] == [3]


def test_an_express_machine_reports_which_messages_failed(aws: Any, machines: StateMachines, source: Queue) -> None:
    failures = '{"batchItemFailures": [$states.input[$number($.body) > 1].{"itemIdentifier": messageId}]}'
    machine = machines.make(answering(failures), type="EXPRESS")
    connect(aws, source, machine, **batches(10))
    source.send("1", "2")
    aws.advance(2)
    assert source.depth() == 1


def test_a_standard_machine_answers_nobody(aws: Any, machines: StateMachines, source: Queue) -> None:
    """AWS: StartSyncExecution is of Express machines; a pipe that waits for a Standard one fails."""
    machine = machines.make()
    connect(aws, source, machine, **batches(1))
    source.send({"n": 1})
    aws.idle()
    assert (machines.executions(machine), source.depth()) == ([], 1)


def test_an_express_machine_enriches_batches(aws: Any, machines: StateMachines, source: Queue) -> None:
    target = Queue(aws, "target")
    twice = answering('$states.input.{"twice": n * 2}')
    machine = machines.make(twice, type="EXPRESS")
    connect(aws, source, target.arn, Enrichment=machine, EnrichmentParameters=BODY, **batches(10))
    source.send({"n": 1}, {"n": 2}, {"n": 3})
    aws.advance(2)
    assert sorted(each["twice"] for each in target.bodies()) == [2, 4, 6]
    assert source.depth() == 0


@pytest.mark.parametrize("result", ["[]", '""', "{}"])
def test_an_enrichment_without_a_result_ends_the_batch(
    aws: Any, machines: StateMachines, source: Queue, result: str
) -> None:
    target = Queue(aws, "target")
    machine = machines.make(answering(result), type="EXPRESS")
    connect(aws, source, target.arn, Enrichment=machine, **batches(1))
    source.send("x")
    aws.idle()
    assert (target.depth(), source.depth()) == (0, 0)


def test_an_enrichment_that_fails_fails_the_batch(aws: Any, machines: StateMachines, source: Queue) -> None:
    target, group = Queue(aws, "target"), f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/aws/vendedlogs/pipes/p"
    aws.client("logs").create_log_group(logGroupName="/aws/vendedlogs/pipes/p")
    machine = machines.make(FAIL, type="EXPRESS")
    destination = {"Level": "ERROR", "CloudwatchLogsLogDestination": {"LogGroupArn": group}}
    connect(aws, source, target.arn, Enrichment=machine, LogConfiguration=destination, **batches(1))
    source.send("x")
    aws.idle()
    assert (target.depth(), source.depth()) == (0, 1)
    (first, *_) = aws.client("logs").filter_log_events(logGroupName="/aws/vendedlogs/pipes/p")["events"]
    record = json.loads(first["message"])
    assert record["messageType"] == "ENRICHMENT_INVOCATION_FAILED"
    assert "Broken" in record["error"]["message"]
