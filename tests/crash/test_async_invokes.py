"""Asynchronous invocations under SIGKILL: every accepted event is run, its end is told, and no process stays behind.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a tenth of it, default 2).
"""

import asyncio
import io
import json
import os
import random
import signal
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_client import Connection, rest_head
from postgres import postgres_server
from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 10, 1)
SENDERS = 8
PATIENCE_SECONDS = 30.0
EVENTS = 300 * KILLS
ACCOUNT = "000000000000"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + 15 * KILLS)]

INVOKE = rest_head("127.0.0.1", "POST", "/2015-03-31/functions/f/invocations", "lambda").replace(
    b"Content-Type: application/json\r\n", b"X-Amz-Invocation-Type: Event\r\n"
)
CODE = """
import time
def handler(event, context):
    if event.get("sleeps"):
        print("asleep")
        time.sleep(event["sleeps"])
    if event["id"] % 7 == 0:
        raise ValueError(event["id"])
    return event["id"]
"""


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Servers of a test; the last is stopped at its end."""
    servers: list[ServerProcess] = []
    yield servers
    servers[-1].stop()


def pause(seconds: float) -> None:
    """Let the server do something before it is looked at again, or struck."""
    threading.Event().wait(seconds)


def prepare(session: Serein, **settings: Any) -> None:
    """Make `f`, whose successes and failures are told to queues."""
    functions = session.client("lambda")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    functions.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT}:role/f",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    for name in ("done", "failed"):
        session.client("sqs").create_queue(QueueName=name)
    functions.put_function_event_invoke_config(
        FunctionName="f",
        DestinationConfig={
            "OnSuccess": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:done"},
            "OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"},
        },
        **settings,
    )


def documents(session: Serein, queue: str) -> list[dict[str, Any]]:
    """What a queue was told, taken from it."""
    sqs = session.client("sqs")
    url, taken = sqs.get_queue_url(QueueName=queue)["QueueUrl"], []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        taken += [json.loads(message["Body"]) for message in messages]
        sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)],
        )
    return taken


async def send(port: int, ids: Iterator[int], accepted: set[int]) -> None:
    """Have events accepted until there are no more, or the server is gone."""
    try:
        connection = await Connection("127.0.0.1", port).open()
        for id in ids:
            status, body = await connection.send(INVOKE, json.dumps({"id": id}).encode())
            assert status == 202, body
            accepted.add(id)
    except (OSError, EOFError):
        return


async def load(server: ServerProcess, ids: Iterator[int], accepted: set[int], seconds: float | None) -> None:
    senders = [asyncio.create_task(send(server.port, ids, accepted)) for _ in range(SENDERS)]
    if seconds is not None:
        await asyncio.wait(senders, timeout=seconds)
        await asyncio.to_thread(server.kill)
    await asyncio.gather(*senders)


def descendants(pid: int) -> set[int]:
    """The processes below one, by Linux's word."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    """Those of the processes that still run; as long as a busy machine needs is given to them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        left = {pid for pid in pids if _runs(pid)}
        if not left or time.monotonic() > deadline:
            return left
        pause(0.01)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_accepted_events_are_run_and_their_ends_are_told(tmp_path: Path, started: list[ServerProcess]) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path / "data", settings)
    started.append(server)
    prepare(Serein(server.endpoint, ACCOUNT), MaximumRetryAttempts=0)
    ids, accepted, left = iter(range(EVENTS)), set[int](), set[int]()
    for _ in range(KILLS):
        watched: set[int] = set()
        stop = threading.Event()

        def watch(pid: int = server.process.pid, stop: threading.Event = stop, watched: set[int] = watched) -> None:
            while not stop.wait(0.05):
                watched |= descendants(pid)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            asyncio.run(load(server, ids, accepted, random.uniform(0.2, 0.8)))
        finally:
            stop.set()
            watcher.join()
        left |= alive(watched)
        server = ServerProcess(tmp_path / "data", settings)
        started.append(server)
    asyncio.run(load(server, ids, accepted, None))
    session = Serein(server.endpoint, ACCOUNT)
    session.wait_until_idle(60)
    done = Counter(document["requestPayload"]["id"] for document in documents(session, "done"))
    failures = documents(session, "failed")
    failed = Counter(document["requestPayload"]["id"] for document in failures)
    assert left == set(), "processes of functions outlived their server"
    assert len(accepted) > EVENTS // 2
    assert accepted <= done.keys() | failed.keys(), "an end wasn't told"
    assert not {id for id in done if id % 7 == 0}
    contexts = [document["requestContext"] for document in failures]
    assert {context["condition"] for context in contexts} == {"RetriesExhausted"}
    assert {context["approximateInvokeCount"] for context in contexts} == {1}
    again = sum(done.values()) + sum(failed.values()) - len(done) - len(failed)
    assert again <= 64 * KILLS, "only what was running when the server died is run again"


def test_attempts_and_ages_outlive_the_server(tmp_path: Path, started: list[ServerProcess]) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "virtual"})
    started.append(server)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    session.client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=b'{"id": 7}')
    session.wait_until_idle(60)
    for seconds in (61.0, 200.0):
        assert documents(session, "failed") == []
        server.kill()
        server = ServerProcess(tmp_path / "data", {"clock": "virtual"})
        started.append(server)
        session = Serein(server.endpoint, ACCOUNT)
        session.clock.advance(seconds)
    (document,) = documents(session, "failed")
    assert document["requestContext"]["approximateInvokeCount"] == 3
    assert document["requestContext"]["condition"] == "RetriesExhausted"


def test_an_event_that_was_running_is_run_again(tmp_path: Path, started: list[ServerProcess]) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "virtual"})
    started.append(server)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    before = descendants(server.process.pid)
    session.client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=b'{"id": 1, "sleeps": 1}')
    while not descendants(server.process.pid) - before:
        pause(0.01)
    server.kill()
    server = ServerProcess(tmp_path / "data", {"clock": "virtual"})
    started.append(server)
    session = Serein(server.endpoint, ACCOUNT)
    session.wait_until_idle(30)
    (document,) = documents(session, "done")
    assert document["requestContext"]["approximateInvokeCount"] == 1


@pytest.mark.postgres
def test_events_of_a_server_that_is_gone_are_run_by_another(tmp_path: Path, postgres_url: str) -> None:
    # Why virtual: leases end when the test says so. The events are run in real time, like the kill.
    settings = {"clock": "virtual", "database": postgres_url}
    (tmp_path / "blobs").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "blobs").symlink_to(tmp_path / "blobs")
    server, other = ServerProcess(tmp_path / "a", settings), ServerProcess(tmp_path / "b", settings)
    try:
        prepare(Serein(server.endpoint, ACCOUNT), MaximumRetryAttempts=0)
        ids, accepted = iter(range(1, 100_000, 7)), set[int]()
        asyncio.run(load(server, ids, accepted, 0.7))
        session = Serein(other.endpoint, ACCOUNT)
        session.clock.advance(60)
        told, deadline = set[int](), time.monotonic() + 120
        while accepted - told and time.monotonic() < deadline:
            session.wait_until_idle(60)
            told |= {document["requestPayload"]["id"] for document in documents(session, "done")}
            told |= {document["requestPayload"]["id"] for document in documents(session, "failed")}
            pause(0.05)
        assert accepted
        assert not accepted - told, "leases end, and then others run what was claimed"
    finally:
        server.kill()
        other.stop()


def test_an_environment_that_is_killed_is_an_error_of_its_invocation_only(
    tmp_path: Path, started: list[ServerProcess]
) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "system"})
    started.append(server)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    functions = session.client("lambda")
    functions.create_alias(FunctionName="f", Name="warm", FunctionVersion="$LATEST")
    assert functions.invoke(FunctionName="f:warm", Payload=b'{"id": 1}')["StatusCode"] == 200
    before = descendants(server.process.pid)
    replies: list[Any] = []

    def call() -> None:
        replies.append(functions.invoke(FunctionName="f", Payload=b'{"id": 1, "sleeps": 25}'))

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    logs, deadline = session.client("logs"), time.monotonic() + PATIENCE_SECONDS
    while not logs.filter_log_events(logGroupName="/aws/lambda/f", filterPattern="asleep")["events"]:
        assert time.monotonic() < deadline, "the function doesn't say that it runs"
        pause(0.05)
    # Why not all: a sandbox that is made ahead has a process too, and is nobody's environment yet.
    for pid in descendants(server.process.pid) - before:
        if Path(f"/proc/{pid}/comm").read_text() != "init\n":
            os.kill(pid, signal.SIGKILL)
    caller.join(PATIENCE_SECONDS)
    error = json.loads(replies[0]["Payload"].read())
    assert replies[0]["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    reply = functions.invoke(FunctionName="f", Payload=b'{"id": 1}')
    assert (reply.get("FunctionError"), reply["Payload"].read()) == (None, b"1")
