"""Map runs under SIGKILL: every item is one child's, none is lost, and the results are whole and in order.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a fifth of it, default 4).
"""

import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serein.kernel.clock import monotonic
from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 5, 1)
ACCOUNT, ITEMS = "000000000000", 1000
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
PATIENCE_SECONDS = 120.0
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 30 * KILLS)]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[], ServerProcess]]:
    """Start a server on the test's data; the last one is stopped at its end."""
    servers: list[ServerProcess] = []

    def start() -> ServerProcess:
        servers.append(ServerProcess(tmp_path / "data", {"clock": "system"}))
        return servers[-1]

    yield start
    servers[-1].stop()


def machine(kind: str) -> str:
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl.$": "$.queue", "MessageBody.$": "States.JsonToString($.item)"},
        "ResultPath": None,
        "OutputPath": "$.item.n",
        "End": True,
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "Send",
        "States": {"Send": send},
    }
    state = {
        "Type": "Map",
        "Label": "Each",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "data", "Key": "rows.jsonl"},
        },
        "ItemSelector": {"item.$": "$$.Map.Item.Value", "queue.$": "$.queue"},
        "ItemProcessor": processor,
        "MaxConcurrency": 20,
        "End": True,
    }
    return json.dumps({"StartAt": "Map", "States": {"Map": state}})


def begin(session: Serein, kind: str) -> str:
    s3, sqs, states = session.client("s3"), session.client("sqs"), session.client("stepfunctions")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="rows.jsonl", Body=b"".join(b'{"n":%d}\n' % number for number in range(ITEMS)))
    queue = sqs.create_queue(QueueName="sent")["QueueUrl"]
    made = states.create_state_machine(name="maps", definition=machine(kind), roleArn=ROLE)
    given = json.dumps({"queue": queue})
    return str(states.start_execution(stateMachineArn=made["stateMachineArn"], input=given)["executionArn"])


def ended(states: Any, arn: str) -> dict[str, Any]:
    """The execution once it has ended."""
    pause, until = threading.Event(), monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        shown: dict[str, Any] = states.describe_execution(executionArn=arn)
        if shown["status"] != "RUNNING":
            return shown
        pause.wait(0.1)
    (run,) = states.list_map_runs(executionArn=arn)["mapRuns"]
    pytest.fail(f"still running: {states.describe_map_run(mapRunArn=run['mapRunArn'])['executionCounts']}")


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_every_item_is_one_childs_though_the_server_is_killed(started: Callable[[], ServerProcess], kind: str) -> None:
    server = started()
    arn = begin(Serein(server.endpoint, ACCOUNT), kind)
    for _ in range(KILLS):
        threading.Event().wait(random.uniform(0.05, 0.6))
        server.kill()
        server = started()
    states = Serein(server.endpoint, ACCOUNT).client("stepfunctions")
    shown = ended(states, arn)
    assert shown["status"] == "SUCCEEDED", shown
    assert json.loads(shown["output"]) == list(range(ITEMS))
    (listed,) = states.list_map_runs(executionArn=arn)["mapRuns"]
    run = states.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert run["status"] == "SUCCEEDED"
    for counts in (run["itemCounts"], run["executionCounts"]):
        assert (counts["succeeded"], counts["total"], counts["running"], counts["pending"]) == (ITEMS, ITEMS, 0, 0)
    pages = states.get_paginator("list_executions").paginate(mapRunArn=listed["mapRunArn"])
    children = [child for page in pages for child in page["executions"]]
    assert len(children) == ITEMS
    assert {child["status"] for child in children} == {"SUCCEEDED"}
