"""Chains of messaging under SIGKILL: what was acknowledged at one end arrives at the other, and dead letters too.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a tenth of it, default 2).
"""

import asyncio
import io
import itertools
import json
import os
import random
import zipfile
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.http_client import Connection, authorization, json_head, rest_head
from serein.kernel.clock import monotonic
from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 10, 1)
A_ROUND = 100
"""How much each sender sends at most before the server is killed."""
A_GROUP = 60
"""The same for the messages of a group."""
PATIENCE_SECONDS = 90.0
ACCOUNT, SETTINGS = "000000000000", {"clock": "system"}
ARN = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/f"
GROUPS = ("a", "b", "c", "d")
POISON = "a-3"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 30 * KILLS)]

SEND = json_head("127.0.0.1", "sqs", "AmazonSQS.SendMessage")
PUT = json_head("127.0.0.1", "events", "AWSEvents.PutEvents", "1.1")
SNS = (
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n" + authorization("sns")
).encode()
CODE = """
import boto3
sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName="done")["QueueUrl"]
def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=url, MessageBody=record["body"])
"""
Sender = Callable[[Connection, int], Coroutine[Any, Any, None]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[], ServerProcess]]:
    """Start a server on the test's data; the last one is stopped at its end."""
    servers: list[ServerProcess] = []

    def start() -> ServerProcess:
        servers.append(ServerProcess(tmp_path / "data", SETTINGS))
        return servers[-1]

    yield start
    servers[-1].stop()


async def _ask(connection: Connection, head: bytes, body: bytes) -> dict[str, Any] | bytes:
    status, reply = await connection.send(head, body)
    assert status == 200, reply
    return json.loads(reply) if reply[:1] == b"{" else reply


async def publish(connection: Connection, number: int) -> None:
    topic = ARN.format("sns", "news")
    form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": str(number)}
    await _ask(connection, SNS, urlencode(form).encode())


async def put(connection: Connection, number: int) -> None:
    entry = {"Source": "crash", "DetailType": "t", "Detail": json.dumps({"n": number})}
    reply = await _ask(connection, PUT, json.dumps({"Entries": [entry]}).encode())
    assert isinstance(reply, dict)
    assert reply["FailedEntryCount"] == 0


async def send(connection: Connection, number: int) -> None:
    url = f"http://127.0.0.1/{ACCOUNT}/in"
    await _ask(connection, SEND, json.dumps({"QueueUrl": url, "MessageBody": json.dumps({"n": number})}).encode())


async def sending(port: int, sender: Sender, numbers: Iterator[int], acknowledged: set[int]) -> None:
    """Send until the round is over or the server is gone."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        for number in itertools.islice(numbers, A_ROUND):
            await sender(connection, number)
            acknowledged.add(number)
    except (OSError, EOFError):
        return


async def killed_amid(server: ServerProcess, work: list[Coroutine[Any, Any, None]]) -> None:
    """Kill the server while the work goes on, or soon after."""
    tasks = [asyncio.create_task(each) for each in work]
    await asyncio.wait(tasks, timeout=random.uniform(0.02, 0.3), return_when=asyncio.ALL_COMPLETED)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*tasks)


def prepare(session: Serein) -> None:
    """SNS → SQS → function → SQS; SQS → pipe → bus → SNS → SQS; a rule and a topic with queues that aren't there."""
    sqs, sns, events = session.client("sqs"), session.client("sns"), session.client("events")
    for name in ("work", "done", "in", "relayed", "letters"):
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "3"})
    letters = {"deadLetterTargetArn": ARN.format("sqs", "letters")}
    for topic, queue in (("news", "work"), ("news", "gone"), ("relay", "relayed")):
        sns.create_topic(Name=topic)
        attributes = {"RawMessageDelivery": "true", "RedrivePolicy": json.dumps(letters)}
        endpoint = {"Protocol": "sqs", "Endpoint": ARN.format("sqs", queue)}
        sns.subscribe(TopicArn=ARN.format("sns", topic), Attributes=attributes, **endpoint)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    session.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=3,
    )
    session.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=ARN.format("sqs", "work"))
    session.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=ARN.format("sqs", "in"),
        Target=ARN.format("events", "event-bus/default"),
        TargetParameters={"InputTemplate": '{"n": <$.body.n>}'},
    )
    events.put_rule(Name="r", EventPattern='{"detail": {"n": [{"exists": true}]}}')
    taken = {"InputPath": "$.detail.n"}
    dead = {"DeadLetterConfig": {"Arn": ARN.format("sqs", "letters")}}
    targets = [
        {"Id": "topic", "Arn": ARN.format("sns", "relay"), **taken},
        {"Id": "gone", "Arn": ARN.format("sqs", "gone"), **taken, **dead},
    ]
    events.put_targets(Rule="r", Targets=targets)


def take(session: Serein, queue: str, found: set[int]) -> None:
    """Take some messages from a queue; a dead letter of a rule is the event."""
    sqs, url = session.client("sqs"), f"{session.endpoint}/{ACCOUNT}/{queue}"
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", ()):
        body = json.loads(message["Body"])
        found.add(body["detail"]["n"] if isinstance(body, dict) else body)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_what_was_acknowledged_goes_through_the_whole_chain(started: Callable[[], ServerProcess]) -> None:
    server = started()
    prepare(Serein(server.endpoint, ACCOUNT))
    senders: dict[Sender, tuple[Iterator[int], set[int]]] = {
        publish: (itertools.count(0, 3), set()),
        put: (itertools.count(1, 3), set()),
        send: (itertools.count(2, 3), set()),
    }
    for _ in range(KILLS):
        work = [sending(server.port, sender, *given) for sender, given in senders.items()]
        asyncio.run(killed_amid(server, work))
        server = started()
    published, put_on_bus, sent = (acknowledged for _, acknowledged in senders.values())
    assert published and put_on_bus and sent
    session = Serein(server.endpoint, ACCOUNT)
    expected = {
        "done": published,
        "relayed": put_on_bus | sent,
        "letters": published | put_on_bus | sent,
    }
    deadline = monotonic() + PATIENCE_SECONDS
    for queue, wanted in expected.items():
        found: set[int] = set()
        while not wanted <= found:
            assert monotonic() < deadline, f"{queue} lacks {sorted(wanted - found)}"
            take(session, queue, found)


async def publishing(port: int, group: str, acknowledged: dict[str, int]) -> None:
    """Publish a group's messages one after the other; the one without an answer comes again in the next round."""
    topic = ARN.format("sns", "ordered.fifo")
    try:
        connection = await Connection("127.0.0.1", port).open()
        for _ in range(A_GROUP):
            text = f"{group}-{acknowledged[group]}"
            form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": text}
            form |= {"MessageGroupId": group, "MessageDeduplicationId": text}
            await _ask(connection, SNS, urlencode(form).encode())
            acknowledged[group] += 1
    except (OSError, EOFError):
        return


async def whole_round(port: int, acknowledged: dict[str, int]) -> None:
    await asyncio.gather(*[publishing(port, group, acknowledged) for group in GROUPS])


def received(session: Serein, queue: str) -> dict[str, list[str]]:
    """The messages of each group as they come, one at a time; the poison fails whenever it comes."""
    sqs, url = session.client("sqs"), f"{session.endpoint}/{ACCOUNT}/{queue}"
    order: dict[str, list[str]] = {group: [] for group in GROUPS}
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 1, "AttributeNames": ["MessageGroupId"]}
    while messages := sqs.receive_message(**asked).get("Messages"):
        handle = {"QueueUrl": url, "ReceiptHandle": messages[0]["ReceiptHandle"]}
        if messages[0]["Body"] == POISON and queue == "ordered.fifo":
            sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            continue
        order[messages[0]["Attributes"]["MessageGroupId"]].append(messages[0]["Body"])
        sqs.delete_message(**handle)
    return order


def test_a_fifo_chain_keeps_its_order_around_a_poison_message(started: Callable[[], ServerProcess]) -> None:
    server = started()
    session = Serein(server.endpoint, ACCOUNT)
    sqs, sns = session.client("sqs"), session.client("sns")
    redrive = {"deadLetterTargetArn": ARN.format("sqs", "letters.fifo"), "maxReceiveCount": 3}
    sqs.create_queue(QueueName="letters.fifo", Attributes={"FifoQueue": "true"})
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "60", "RedrivePolicy": json.dumps(redrive)}
    sqs.create_queue(QueueName="ordered.fifo", Attributes=attributes)
    topic = sns.create_topic(Name="ordered.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    endpoint = {"Protocol": "sqs", "Endpoint": ARN.format("sqs", "ordered.fifo")}
    sns.subscribe(TopicArn=topic, Attributes={"RawMessageDelivery": "true"}, **endpoint)
    acknowledged = dict.fromkeys(GROUPS, 0)
    for _ in range(KILLS):
        asyncio.run(killed_amid(server, [publishing(server.port, group, acknowledged) for group in GROUPS]))
        server = started()
    session = Serein(server.endpoint, ACCOUNT)
    # The last round isn't killed: what had no answer before is published again, under the same deduplication id.
    asyncio.run(whole_round(server.port, acknowledged))
    session.wait_until_idle(60)
    order = received(session, "ordered.fifo")
    expected = {group: [f"{group}-{number}" for number in range(acknowledged[group])] for group in GROUPS}
    expected["a"].remove(POISON)
    assert order == expected
    assert received(session, "letters.fifo")["a"] == [POISON]


async def schedule(connection: Connection, number: int) -> None:
    """Have a schedule start an execution in a moment."""
    due = datetime.now(UTC) + timedelta(seconds=2)
    target = {"Arn": ARN.format("states", "stateMachine:by-schedule"), "RoleArn": ROLE}
    body = {
        "ScheduleExpression": f"at({due:%Y-%m-%dT%H:%M:%S})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {**target, "Input": json.dumps({"n": number})},
    }
    head = rest_head("127.0.0.1", "POST", f"/schedules/s{number}", "scheduler")
    await _ask(connection, head, json.dumps(body).encode())


def relaying(queue: str) -> str:
    """A machine that waits a little, and sends the number in its input to a queue."""
    send_number = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {
            "QueueUrl": f"http://127.0.0.1/{ACCOUNT}/{queue}",
            "MessageBody.$": "States.Format('{}', $.n)",
        },
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}],
        "End": True,
    }
    states = {
        "Look": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsNumeric": True, "Next": "Rest"}]},
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Send"},
        "Send": send_number,
    }
    return json.dumps({"StartAt": "Look", "States": states})


def prepare_workflows(session: Serein) -> None:
    """A rule → machine → SQS; schedules → machine → SQS; SQS → pipe with an Express machine in it → SQS."""
    sqs, machines, events = session.client("sqs"), session.client("stepfunctions"), session.client("events")
    for name in ("in", "by-rule", "by-schedule", "by-pipe"):
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "3"})
    for name in ("by-rule", "by-schedule"):
        machines.create_state_machine(name=name, definition=relaying(name), roleArn=ROLE)
    enriched = {"Type": "Pass", "Output": '{% [$states.input.{"twice": n * 2}] %}', "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": enriched}}
    machines.create_state_machine(name="twice", definition=json.dumps(definition), roleArn=ROLE, type="EXPRESS")
    events.put_rule(Name="r", EventPattern='{"source": ["crash"]}')
    target = {"Arn": ARN.format("states", "stateMachine:by-rule"), "RoleArn": ROLE, "InputPath": "$.detail"}
    events.put_targets(Rule="r", Targets=[{"Id": "1", **target}])
    session.client("pipes").create_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Source=ARN.format("sqs", "in"),
        Enrichment=ARN.format("states", "stateMachine:twice"),
        EnrichmentParameters={"InputTemplate": '{"n": <$.body.n>}'},
        Target=ARN.format("sqs", "by-pipe"),
        TargetParameters={"InputTemplate": "<$.twice>"},
    )


def test_what_was_acknowledged_goes_through_state_machines(started: Callable[[], ServerProcess]) -> None:
    server = started()
    prepare_workflows(Serein(server.endpoint, ACCOUNT))
    senders: dict[Sender, tuple[Iterator[int], set[int]]] = {
        put: (itertools.count(0, 3), set()),
        schedule: (itertools.count(1, 3), set()),
        send: (itertools.count(2, 3), set()),
    }
    for _ in range(KILLS):
        work = [sending(server.port, sender, *given) for sender, given in senders.items()]
        asyncio.run(killed_amid(server, work))
        server = started()
    put_on_bus, scheduled, sent = (acknowledged for _, acknowledged in senders.values())
    assert put_on_bus and scheduled and sent
    session = Serein(server.endpoint, ACCOUNT)
    expected = {"by-rule": put_on_bus, "by-schedule": scheduled, "by-pipe": {2 * number for number in sent}}
    deadline = monotonic() + PATIENCE_SECONDS
    for queue, wanted in expected.items():
        found: set[int] = set()
        while not wanted <= found:
            assert monotonic() < deadline, f"{queue} lacks {sorted(wanted - found)}"
            take(session, queue, found)
    session.wait_until_idle(60)
    machines = session.client("stepfunctions")
    for name in ("by-rule", "by-schedule"):
        pages = machines.get_paginator("list_executions").paginate(
            stateMachineArn=ARN.format("states", f"stateMachine:{name}")
        )
        executions = [each for page in pages for each in page["executions"]]
        assert {each["status"] for each in executions} == {"SUCCEEDED"}
        # Each event, and each invocation of a schedule, started one, although the server was killed in between.
        assert len(executions) == len({each["name"].partition("_")[0] for each in executions})
