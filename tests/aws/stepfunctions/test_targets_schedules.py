"""State machines as targets of EventBridge Scheduler."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from queues import Queue
from state_machines import StateMachines
from tests.aws.scheduler.conftest import OFF, ROLE

UNIVERSAL = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"


@pytest.fixture
def machines(aws: Any) -> StateMachines:
    return StateMachines(aws)


def schedule(aws: Any, name: str, expression: str, target: dict[str, Any], **members: Any) -> None:
    aws.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow=OFF,
        Target={"RoleArn": ROLE, **target},
        **members,
    )


def test_schedules_start_executions_when_they_are_due(aws: Any, machines: StateMachines) -> None:
    templated, universal, plain = (machines.make(name=name) for name in ("templated", "universal", "plain"))
    given = json.dumps({"due": "<aws.scheduler.scheduled-time>"})
    schedule(aws, "templated", "rate(1 hour)", {"Arn": templated, "Input": given})
    request = {"StateMachineArn": universal, "Input": given, "Name": "once-<aws.scheduler.execution-id>"}
    schedule(aws, "universal", "rate(1 hour)", {"Arn": UNIVERSAL, "Input": json.dumps(request)})
    due = datetime.fromtimestamp(aws.clock.now() + 1800, UTC)
    schedule(aws, "plain", f"at({due:%Y-%m-%dT%H:%M:%S})", {"Arn": plain})
    aws.idle()
    before = (len(machines.executions(templated)), len(machines.executions(universal)), machines.executions(plain))
    assert before == (1, 1, [])
    aws.advance(7300)
    assert len({each["due"] for each in machines.inputs(templated)}) == 3
    executions = machines.executions(universal)
    assert len(executions) == 3
    assert all(each["name"].startswith("once-") for each in executions)
    (event,) = machines.inputs(plain)
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    assert event["time"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"


def test_what_can_not_be_started_is_a_dead_letter(aws: Any, machines: StateMachines) -> None:
    letters = Queue(aws, "letters")
    dead = {"DeadLetterConfig": {"Arn": letters.arn}}
    gone = f"{machines.prefix}:stateMachine:gone"
    schedule(aws, "templated", "rate(1 day)", {"Arn": gone, "Input": '{"n": 1}', **dead})
    request = json.dumps({"StateMachineArn": machines.make(), "Input": "no json"})
    schedule(aws, "universal", "rate(1 day)", {"Arn": UNIVERSAL, "Input": request, **dead})
    aws.idle()
    told = {}
    for message in letters.messages():
        attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
        told[attributes["TARGET_ARN"]] = (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"], message["Body"])
    assert told[gone] == ("StateMachineDoesNotExist", "0", '{"n": 1}')
    assert told[UNIVERSAL] == ("InvalidExecutionInput", "0", request)


def test_the_input_of_a_machine_must_be_json(aws: Any, machines: StateMachines) -> None:
    with pytest.raises(aws.client("scheduler").exceptions.ValidationException):
        schedule(aws, "s", "rate(1 day)", {"Arn": machines.make(), "Input": "no json"})
