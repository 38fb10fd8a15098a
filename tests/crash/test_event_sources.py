"""Functions that are fed from queues and streams by a server that is killed with SIGKILL again and again.

Each event reaches its function at least once; groups of a FIFO queue, keys of a stream and items of a table are told in
order; a batch that fails is tried as often as its mapping says, however often the server dies meanwhile.
`SEREIN_CRASH_KILLS` sets how many times the server is killed (default 2).
"""

import asyncio
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

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "2"))
EVENTS_A_ROUND = 96
"""Of each source."""
KEYS = 8
PATIENCE_SECONDS = 60.0 + 2 * KILLS
ACCOUNT = "000000000000"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + 20 * KILLS)]

CODE = """
import base64, json, time, boto3
table = boto3.client('dynamodb')
def told(record):
    if 'kinesis' in record:
        return json.loads(base64.b64decode(record['kinesis']['data']))
    if 'dynamodb' in record:
        image = record['dynamodb']['NewImage']
        return image['pk']['S'], int(image['v']['N'])
    return json.loads(record['body'])
def handler(event, context):
    values = {}
    for record in event['Records']:
        key, value = told(record)
        values.setdefault(key, []).append(value)
    sk = f'{time.time_ns():020}-{context.aws_request_id}'
    requests = [
        {'PutRequest': {'Item': {'pk': {'S': key}, 'sk': {'S': sk}, 'vs': {'S': json.dumps(found)}}}}
        for key, found in values.items()
    ]
    for start in range(0, len(requests), 25):
        left = table.batch_write_item(RequestItems={'seen': requests[start:start + 25]})['UnprocessedItems']
        if left:
            raise ValueError(left)
    if 'poison' in values:
        raise ValueError('poison')
"""


class World:
    """Two queues, a data stream and a table, all of which feed one function."""

    def __init__(self, session: Serein) -> None:
        self._session = session
        self._sqs, self._kinesis = session.client("sqs"), session.client("kinesis")

    def create(self) -> None:
        session, arn = self._session, f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
        make_seen(session)
        make_function(session)
        visibility = {"VisibilityTimeout": "2"}
        self._sqs.create_queue(QueueName="plain", Attributes=visibility)
        self._sqs.create_queue(QueueName="groups.fifo", Attributes={"FifoQueue": "true", **visibility})
        self._kinesis.create_stream(StreamName="keys", ShardCount=2)
        stream_arn = make_table(
            session, "items", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        )
        functions = session.client("lambda")
        for queue in ("plain", "groups.fifo"):
            functions.create_event_source_mapping(FunctionName="told", EventSourceArn=arn.format("sqs", queue))
        for stream in (arn.format("kinesis", "stream/keys"), stream_arn):
            functions.create_event_source_mapping(
                FunctionName="told",
                EventSourceArn=stream,
                StartingPosition="TRIM_HORIZON",
                BatchSize=20,
                ParallelizationFactor=2,
            )

    def write(self, first: int) -> None:
        """Write a round of events to each source; values of a key follow one another."""
        dynamodb = self._session.client("dynamodb")
        for start in range(first, first + EVENTS_A_ROUND, KEYS):
            events = [(start + n, start // KEYS) for n in range(KEYS)]
            self._sqs.send_message_batch(
                QueueUrl=self._url("plain"),
                Entries=[{"Id": str(n), "MessageBody": json.dumps(["plain", number])} for number, n in each(events)],
            )
            self._sqs.send_message_batch(
                QueueUrl=self._url("groups.fifo"),
                Entries=[
                    {
                        "Id": str(n),
                        "MessageBody": json.dumps([f"group{n}", value]),
                        "MessageGroupId": str(n),
                        "MessageDeduplicationId": f"{n}-{value}",
                    }
                    for n, (_, value) in enumerate(events)
                ],
            )
            self._kinesis.put_records(
                StreamName="keys",
                Records=[
                    {"Data": json.dumps([f"key{n}", value]).encode(), "PartitionKey": f"key{n}"}
                    for n, (_, value) in enumerate(events)
                ],
            )
            items = [{"pk": {"S": f"item{n}"}, "v": {"N": str(value)}} for n, (_, value) in enumerate(events)]
            dynamodb.batch_write_item(RequestItems={"items": [{"PutRequest": {"Item": item}} for item in items]})

    def _url(self, name: str) -> str:
        return f"{self._session.endpoint}/{ACCOUNT}/{name}"

    def depth(self) -> int:
        """How many messages the queues have."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        total = 0
        for queue in ("plain", "groups.fifo"):
            attributes = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)["Attributes"]
            total += sum(int(attributes[name]) for name in names)
        return total


def each(events: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(number, n) for n, (number, _) in enumerate(events)]


def make_table(session: Serein, name: str, **settings: Any) -> str:
    created = session.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **settings,
    )
    return str(created["TableDescription"].get("LatestStreamArn", ""))


def make_seen(session: Serein) -> None:
    """What the function was told: an item for each key of a batch, in order."""
    names = {"pk": "HASH", "sk": "RANGE"}
    session.client("dynamodb").create_table(
        TableName="seen",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )


def make_function(session: Serein) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    session.client("lambda").create_function(
        FunctionName="told",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT}:role/told",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=2,
    )


def seen(session: Serein) -> dict[str, list[int]]:
    told: dict[str, list[int]] = {}
    for page in session.client("dynamodb").get_paginator("scan").paginate(TableName="seen", ConsistentRead=True):
        for item in page["Items"]:
            told.setdefault(item["pk"]["S"], []).extend(json.loads(item["vs"]["S"]))
    return told


def seen_anything(session: Serein, of: str, first: int) -> bool:
    """Whether the function was told of something of a key from a value on; looks at the latest only."""
    found = session.client("dynamodb").query(
        TableName="seen",
        KeyConditionExpression="pk = :key",
        ExpressionAttributeValues={":key": {"S": of}},
        ScanIndexForward=False,
        Limit=1,
    )["Items"]
    return bool(found) and max(json.loads(found[0]["vs"]["S"])) >= first


def is_in_order(values: list[int]) -> bool:
    """Whether every value was first told after all before it; some may have been told again."""
    highest = -1
    for value in values:
        if value > highest + 1:
            return False
        highest = max(highest, value)
    return True


def until(condition: Any, what: str) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    between = threading.Event()
    while not condition():
        assert monotonic() < deadline, what
        between.wait(0.05)


async def kill_soon(server: ServerProcess, least: float, most: float) -> None:
    await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=random.uniform(least, most))
    await asyncio.to_thread(server.kill)


def test_every_event_reaches_its_function_in_order_when_the_server_is_killed(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path, settings)
    World(Serein(server.endpoint, ACCOUNT)).create()
    for round_number in range(KILLS):
        session = Serein(server.endpoint, ACCOUNT)
        World(session).write(round_number * EVENTS_A_ROUND)
        if round_number % 2:
            first = round_number * EVENTS_A_ROUND // KEYS
            until(lambda at=first, now=session: seen_anything(now, "key0", at), "nothing is told")
        asyncio.run(kill_soon(server, 0.0, 0.3))
        server = ServerProcess(tmp_path, settings)
    session = Serein(server.endpoint, ACCOUNT)
    world = World(session)
    until(lambda: world.depth() == 0, "messages are left")
    session.wait_until_idle(60)
    told = seen(session)
    server.stop()
    count = KILLS * EVENTS_A_ROUND
    assert set(told["plain"]) == set(range(count))
    for kind in ("group", "key", "item"):
        for n in range(KEYS):
            values = told[f"{kind}{n}"]
            assert set(values) == set(range(count // KEYS)), f"{kind}{n}"
            assert is_in_order(values), f"{kind}{n}: {values}"


def test_a_batch_is_tried_as_often_as_its_mapping_says_when_the_server_is_killed(tmp_path: Path) -> None:
    retries = 2
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path, settings)
    session = Serein(server.endpoint, ACCOUNT)
    make_seen(session)
    make_function(session)
    session.client("sqs").create_queue(QueueName="failed")
    session.client("kinesis").create_stream(StreamName="keys", ShardCount=1)
    session.client("kinesis").put_record(StreamName="keys", Data=json.dumps(["poison", 0]).encode(), PartitionKey="k")
    session.client("lambda").create_event_source_mapping(
        FunctionName="told",
        EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/keys",
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=retries,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"}},
    )
    kills = 2
    for kill in range(kills):
        session = Serein(server.endpoint, ACCOUNT)
        until(lambda at=kill, now=session: len(seen(now).get("poison", [])) > at, "not tried")
        asyncio.run(kill_soon(server, 0.1, 0.3))
        server = ServerProcess(tmp_path, settings)
    sqs = Serein(server.endpoint, ACCOUNT).client("sqs")
    url = f"{server.endpoint}/{ACCOUNT}/failed"
    letters: list[Any] = []
    until(lambda: letters.extend(sqs.receive_message(QueueUrl=url).get("Messages", [])) or letters, "no letter")
    attempts = len(seen(Serein(server.endpoint, ACCOUNT))["poison"])
    server.stop()
    (letter,) = letters
    assert json.loads(letter["Body"])["requestContext"]["approximateInvokeCount"] == retries + 1
    # An attempt whose end the server did not live to see doesn't count.
    assert retries + 1 <= attempts <= retries + 1 + kills


@pytest.mark.postgres
def test_two_servers_on_one_database_read_each_record_once_and_one_takes_over(tmp_path: Path) -> None:
    with postgres_server() as url:
        settings = {"clock": "system", "database": url}
        folders = [tmp_path / "a", tmp_path / "b"]
        for folder in folders:
            folder.mkdir()
        (tmp_path / "blobs").mkdir()
        for folder in folders:
            (folder / "blobs").symlink_to(tmp_path / "blobs")
        servers = [ServerProcess(folder, settings) for folder in folders]
        sessions = [Serein(server.endpoint, ACCOUNT) for server in servers]
        try:
            make_seen(sessions[0])
            make_function(sessions[0])
            sessions[0].client("kinesis").create_stream(StreamName="keys", ShardCount=4)
            sessions[0].client("lambda").create_event_source_mapping(
                FunctionName="told",
                EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/keys",
                StartingPosition="TRIM_HORIZON",
            )
            put(sessions, range(100))
            until(lambda: len(all_values(sessions[0])) >= 100, "records are missing")
            for session in sessions:
                session.wait_until_idle()
            assert sorted(all_values(sessions[1])) == list(range(100))
            servers[0].kill()
            put(sessions[1:], range(100, 200))
            until(lambda: set(all_values(sessions[1])) == set(range(200)), "nobody took over")
        finally:
            for server in servers:
                server.stop()


def put(sessions: list[Serein], values: range) -> None:
    for value in values:
        kinesis = sessions[value % len(sessions)].client("kinesis")
        kinesis.put_record(StreamName="keys", Data=json.dumps([f"v{value}", value]).encode(), PartitionKey=str(value))


def all_values(session: Serein) -> list[int]:
    return [value for values in seen(session).values() for value in values]
