"""State machines as targets of EventBridge's rules."""

import json
from typing import Any

import pytest

from queues import Queue, refusal
from state_machines import StateMachines, sending
from tests.aws.events.conftest import entry

SHOP = json.dumps({"source": ["shop"]})


@pytest.fixture
def machines(aws: Any) -> StateMachines:
    return StateMachines(aws)


def connect(aws: Any, *targets: dict[str, Any], rule: str = "r") -> str:
    """Make a rule with these targets. Returns its ARN."""
    events = aws.client("events")
    arn: str = events.put_rule(Name=rule, EventPattern=SHOP)["RuleArn"]
    role = f"arn:aws:iam::{aws.account}:role/events"
    numbered = [{"Id": str(number), "RoleArn": role, **target} for number, target in enumerate(targets)]
    assert events.put_targets(Rule=rule, Targets=numbered)["FailedEntryCount"] == 0
    return arn


def put(aws: Any, detail: Any) -> str:
    """Put an event. Returns its id."""
    reply = aws.client("events").put_events(Entries=[entry(detail)])
    aws.idle()
    return str(reply["Entries"][0]["EventId"])


def test_an_event_starts_executions_with_what_each_target_makes_of_it(aws: Any, machines: StateMachines) -> None:
    whole, part, template, constant = (machines.make(name=name) for name in ("whole", "part", "template", "constant"))
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>, "text": "no. <id>"}'}
    connect(
        aws,
        {"Arn": whole},
        {"Arn": part, "InputPath": "$.detail"},
        {"Arn": template, "InputTransformer": transformer},
        {"Arn": constant, "Input": '{"fixed": true}'},
    )
    event_id = put(aws, {"id": 7})
    (execution,) = machines.executions(whole)
    event = json.loads(execution["input"])
    assert (event["id"], event["detail"], event["source"]) == (event_id, {"id": 7}, "shop")
    assert execution["name"].startswith(f"{event_id}_")
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", event)
    assert machines.inputs(part) == [{"id": 7}]
    assert machines.inputs(template) == [{"order": 7, "text": "no. 7"}]
    assert machines.inputs(constant) == [{"fixed": True}]


def test_versions_aliases_and_express_machines_are_targets(aws: Any, machines: StateMachines) -> None:
    queue = Queue(aws, "q")
    standard = machines.make(name="standard", publish=True)
    version = f"{standard}:1"
    alias = machines.client.create_state_machine_alias(
        name="PROD", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
    )["stateMachineAliasArn"]
    express = machines.make(sending(queue.url), name="express", type="EXPRESS")
    connect(aws, {"Arn": version}, {"Arn": alias}, {"Arn": express, "InputPath": "$.detail"})
    put(aws, {"id": 8})
    first, second = machines.executions(standard)
    assert {first.get("stateMachineAliasArn"), second.get("stateMachineAliasArn")} == {None, alias}
    assert (first["stateMachineVersionArn"], second["stateMachineVersionArn"]) == (version, version)
    assert queue.bodies() == [{"id": 8}]


def test_what_can_not_be_started_goes_to_the_dead_letter_queue(aws: Any, machines: StateMachines) -> None:
    letters = Queue(aws, "letters")
    dead = {"DeadLetterConfig": {"Arn": letters.arn}, "RetryPolicy": {"MaximumRetryAttempts": 3}}
    gone, here = f"{machines.prefix}:stateMachine:gone", machines.make()
    no_json = {"InputPathsMap": {}, "InputTemplate": "no json"}
    rule = connect(
        aws,
        {"Arn": gone, **dead},
        {"Arn": f"{here}:NOALIAS", **dead},
        {"Arn": here, "InputTransformer": no_json, **dead},
    )
    put(aws, {"id": 9})
    told = {}
    for message in letters.messages():
        attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
        assert json.loads(message["Body"])["detail"] == {"id": 9}
        assert attributes["RULE_ARN"] == rule
        assert "RETRY_ATTEMPTS" not in attributes
        told[attributes["TARGET_ARN"]] = (attributes["ERROR_CODE"], attributes["ERROR_MESSAGE"])
    assert told[gone][0] == "NO_RESOURCE" and gone in told[gone][1]
    assert told[f"{here}:NOALIAS"][0] == "NO_RESOURCE"
    assert told[here][0] == "INVALID_JSON"
    assert machines.executions(here) == []


def test_a_replay_starts_another_execution_of_the_same_event(aws: Any, machines: StateMachines) -> None:
    events, machine = aws.client("events"), machines.make()
    rule = connect(aws, {"Arn": machine, "InputPath": "$.detail"})
    bus = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/default"
    archive = events.create_archive(ArchiveName="a", EventSourceArn=bus)["ArchiveArn"]
    put(aws, {"id": 10})
    aws.advance(60)
    now = aws.clock.now()
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=now - 3600,
        EventEndTime=now,
        Destination={"Arn": bus, "FilterArns": [rule]},
    )
    aws.idle()
    assert machines.inputs(machine) == [{"id": 10}] * 2


def test_a_machine_as_a_target_needs_a_role(aws: Any, machines: StateMachines) -> None:
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern=SHOP)
    machine = f"{machines.prefix}:stateMachine:m"
    refused = refusal(events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": machine}])
    assert refused == ("ValidationException", f"RoleArn is required for target {machine}.")
