"""Executions of state machines under SIGKILL: all end, nothing that was exited runs again, history only grows.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a tenth of it, default 2).
"""

import io
import json
import os
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from postgres import postgres_server
from serein.kernel.clock import monotonic
from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 10, 1)
EXECUTIONS, ITEMS = 5, [0, 1, 2, 3]
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
PATIENCE_SECONDS = 120.0
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 30 * KILLS)]

UNSTEADY = """
import boto3
table = boto3.resource("dynamodb").Table("effects")

def handler(event, context):
    reply = table.update_item(
        Key={"pk": event["name"] + "-unsteady"},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    if reply["Attributes"]["n"] == 1:
        raise ValueError("not yet")
    return event["name"]
"""


def counting(step: str, **fields: Any) -> dict[str, Any]:
    """A task that counts how often it was performed; `step` is what tells it from others, as an expression."""
    parameters = {
        "TableName": "effects",
        "Key": {"pk": {"S.$": step}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    end = {} if "Next" in fields else {"End": True}
    resource = "arn:aws:states:::dynamodb:updateItem"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "ResultPath": None, **end, **fields}


def definition() -> str:
    """Every way of going on: a wait, branches, iterations a few at a time, and a function that must be tried again."""
    named = "States.Format('{}-SIDE', $.name)"
    left = {
        "StartAt": "Nap",
        "States": {
            "Nap": {"Type": "Wait", "Seconds": 1, "Next": "Left"},
            "Left": counting(named.replace("SIDE", "left")),
        },
    }
    right = {"StartAt": "Right", "States": {"Right": counting(named.replace("SIDE", "right"))}}
    each = {
        "StartAt": "Each",
        "States": {"Each": counting("States.Format('{}-{}', $.name, $.item)", OutputPath="$.item")},
    }
    retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:unsteady"
    states = {
        "First": counting("States.Format('{}-first', $.name)", Next="Sides"),
        "Sides": {"Type": "Parallel", "Branches": [left, right], "ResultPath": None, "Next": "All"},
        "All": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"name.$": "$.name", "item.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 2,
            "ItemProcessor": each,
            "ResultPath": "$.done",
            "Next": "Unsteady",
        },
        "Unsteady": {"Type": "Task", "Resource": function, "Retry": retry, "ResultPath": "$.got", "End": True},
    }
    return json.dumps({"StartAt": "First", "States": states})


def prepare(session: Serein) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", UNSTEADY)
    session.client("lambda").create_function(
        FunctionName="unsteady",
        Runtime="python3.11",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": content.getvalue()},
        Timeout=30,
    )
    session.client("dynamodb").create_table(
        TableName="effects",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    states = session.client("stepfunctions")
    machine = states.create_state_machine(name="m", definition=definition(), roleArn=ROLE)["stateMachineArn"]
    return str(machine)


def history(states: Any, arn: str) -> list[dict[str, Any]]:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]


def effects(session: Serein) -> dict[str, int]:
    items = session.resource("dynamodb").Table("effects").scan(ConsistentRead=True)["Items"]
    return {item["pk"]: int(item["n"]) for item in items}


def exited(name: str, events: list[dict[str, Any]]) -> set[str]:
    """The steps that an execution has left for good, by the names of their effects."""
    steps = set()
    for event in events:
        details = event.get("stateExitedEventDetails", {})
        state = details.get("name")
        if event["type"] == "TaskStateExited":
            steps.add(f"{name}-{details['output'] if state == 'Each' else state.lower()}")
    return steps


def ended(states: Any, arn: str) -> dict[str, Any]:
    """The execution once it has ended."""
    deadline, pause = monotonic() + PATIENCE_SECONDS, threading.Event()
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING" and monotonic() < deadline:
        pause.wait(0.05)
    return dict(found)


def begin(states: Any, machine: str, number: int) -> str:
    given = json.dumps({"name": f"e{number}", "items": ITEMS})
    started = states.start_execution(stateMachineArn=machine, name=f"e{number}", input=given)
    return str(started["executionArn"])


def check(states: Any, name: str, arn: str, seen: list[dict[str, Any]]) -> None:
    """An execution ends as it would have without the kills; what was seen of it before is how it began."""
    found = ended(states, arn)
    assert found["status"] == "SUCCEEDED", (found, history(states, arn)[-3:])
    assert json.loads(found["output"]) == {"name": name, "items": ITEMS, "done": ITEMS, "got": name}
    events = history(states, arn)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["previousEventId"] < event["id"] for event in events)
    assert events[: len(seen)] == seen
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("Entered")]
    assert sorted(entered) == sorted(["First", "Sides", "Nap", "Left", "Right", "All", "Unsteady", *["Each"] * 4])


def test_every_execution_ends_and_nothing_that_was_exited_runs_again(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    machine = prepare(session)
    arns: dict[str, str] = {}
    seen: dict[str, list[dict[str, Any]]] = {}
    settled: dict[str, int] = {}
    for _ in range(KILLS):
        states = session.client("stepfunctions")
        for number in range(len(arns), len(arns) + EXECUTIONS):
            arns[f"e{number}"] = begin(states, machine, number)
        threading.Event().wait(random.uniform(0.3, 2.0))
        seen = {name: history(states, arn) for name, arn in arns.items()}
        left = set().union(*(exited(name, events) for name, events in seen.items()))
        settled |= {step: count for step, count in effects(session).items() if step in left}
        server.kill()
        server = ServerProcess(tmp_path / "data", settings)
        session = Serein(server.endpoint, ACCOUNT)
    states = session.client("stepfunctions")
    for name, arn in arns.items():
        check(states, name, arn, seen[name])
    counts = effects(session)
    assert {step: counts[step] for step in settled} == settled
    assert len(counts) == len(arns) * (len(ITEMS) + 4)
    # Why so: only what is under way when the server is killed is performed once more.
    assert max(counts.values()) <= KILLS + 2
    server.stop()


def test_an_express_execution_that_was_started_begins_anew(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    nap = {"Type": "Wait", "Seconds": 1, "Next": "After"}
    steps = {name: f"States.Format('{{}}-{name.lower()}', $.name)" for name in ("Before", "After")}
    states = {"Before": counting(steps["Before"], Next="Nap"), "Nap": nap, "After": counting(steps["After"])}
    definition = json.dumps({"StartAt": "Before", "States": states})
    client = session.client("stepfunctions")
    made = client.create_state_machine(name="x", definition=definition, roleArn=ROLE, type="EXPRESS")
    names = [f"e{number}" for number in range(EXECUTIONS)]
    for name in names:
        client.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps({"name": name}))
    threading.Event().wait(random.uniform(0.0, 1.0))
    server.kill()
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    deadline, pause = monotonic() + PATIENCE_SECONDS, threading.Event()
    wanted = {f"{name}-{step}" for name in names for step in ("before", "after")}
    while (counts := effects(session)).keys() != wanted and monotonic() < deadline:
        pause.wait(0.1)
    assert counts.keys() == wanted
    assert set(counts.values()) <= {1, 2}
    server.stop()


@pytest.mark.postgres
def test_executions_of_a_server_that_is_gone_go_on_at_another(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "blobs").symlink_to(tmp_path / "blobs")
    with postgres_server() as url:
        # Why virtual: a server is gone when the test says so.
        settings = {"clock": "virtual", "database": url}
        server, other = ServerProcess(tmp_path / "a", settings), ServerProcess(tmp_path / "b", settings)
        try:
            machine = prepare(Serein(server.endpoint, ACCOUNT))
            states = Serein(server.endpoint, ACCOUNT).client("stepfunctions")
            arns = {f"e{number}": begin(states, machine, number) for number in range(EXECUTIONS)}
            threading.Event().wait(random.uniform(0.05, 0.5))
            seen = {name: history(states, arn) for name, arn in arns.items()}
            server.kill()
            session = Serein(other.endpoint, ACCOUNT)
            for _ in range(8):
                session.clock.advance(30)
                session.wait_until_idle(60)
            states = session.client("stepfunctions")
            for name, arn in arns.items():
                check(states, name, arn, seen[name])
        finally:
            server.kill()
            other.stop()
