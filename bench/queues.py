"""Loads of queues: batches, message groups, receivers that wait, and a backlog."""

import asyncio
import itertools
import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench import wrk
from bench.calls import SECONDS, Load, Result, call, signed
from bench.http_client import Connection, json_head, rate
from bench.peers import Running

CONNECTIONS, RECEIVERS, GROUPS, WAITING = 32, 16, 100, 1000
BACKLOG = 1_000_000
ROUNDS = 30
_BATCH = 10
Work = Callable[[Connection, int], Awaitable[int]]
_HEADS = {
    name: json_head("127.0.0.1", "sqs", f"AmazonSQS.{name}")
    for name in (
        "SendMessage",
        "SendMessageBatch",
        "ReceiveMessage",
        "DeleteMessage",
        "DeleteMessageBatch",
        "GetQueueAttributes",
    )
}
_HANDLE = re.compile(rb'"ReceiptHandle": ?"([^"]+)"')
_ACCEPTED = re.compile(rb'"MessageId"')


def make_queue(port: int, name: str, **attributes: str) -> str:
    request = {"QueueName": name, "Attributes": attributes}
    return str(call(port, "sqs", "AmazonSQS.CreateQueue", request)["QueueUrl"])


def held_by(port: int, url: str) -> int:
    """How many messages a queue says that it holds."""
    ask = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    found = call(port, "sqs", "AmazonSQS.GetQueueAttributes", ask)
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _batch(url: str) -> str:
    entries = [{"Id": str(n), "MessageBody": f"message {n}"} for n in range(_BATCH)]
    return json.dumps({"QueueUrl": url, "Entries": entries})


def sending_batches(url: str) -> Work:
    """Send ten messages."""
    body = _batch(url).encode()

    async def send(connection: Connection, _number: int) -> int:
        _, reply = await connection.send(_HEADS["SendMessageBatch"], body)
        return len(_ACCEPTED.findall(reply))

    return send


def draining_batches(url: str, waiting_seconds: int = 0) -> Work:
    """Receive up to ten messages and delete them."""
    receive = json.dumps({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": waiting_seconds}).encode()

    async def drain(connection: Connection, _number: int) -> int:
        _, received = await connection.send(_HEADS["ReceiveMessage"], receive)
        handles = _HANDLE.findall(received)
        if not handles:
            return 0
        entries = [{"Id": str(n), "ReceiptHandle": handle.decode()} for n, handle in enumerate(handles)]
        delete = json.dumps({"QueueUrl": url, "Entries": entries}).encode()
        status, _ = await connection.send(_HEADS["DeleteMessageBatch"], delete)
        return len(handles) if status == 200 else 0

    return drain


def batches(running: Running) -> list[Result]:
    """SendMessageBatch, and ReceiveMessage with DeleteMessageBatch, ten messages at a time."""
    port, url = running.port, make_queue(running.port, "bench-batches")
    headers = signed("sqs", "AmazonSQS.SendMessageBatch")
    sent = wrk.drive(port, "POST", "/", headers, f"'{_batch(url)}'", CONNECTIONS, SECONDS)
    missing = max(0, sent.requests * _BATCH - held_by(port, url))
    drained = asyncio.run(rate(RECEIVERS, SECONDS / 2, port, draining_batches(url)))
    return [
        Result(
            f"SendMessageBatch of {_BATCH}, {CONNECTIONS} connections",
            running.name,
            sent.per_second * _BATCH,
            "messages/s",
            sent.errors + missing,
        ),
        Result(f"receive and delete 10, {RECEIVERS} connections", running.name, drained, "messages/s"),
    ]


def groups(running: Running) -> list[Result]:
    """A FIFO queue of 100 groups: SendMessage, then receive and delete."""
    attributes = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    port, url = running.port, make_queue(running.port, "bench.fifo", **attributes)
    numbers = itertools.count()

    async def send(connection: Connection, _number: int) -> int:
        n = next(numbers)
        message = {"MessageBody": "hello", "MessageGroupId": f"g{n % GROUPS}", "MessageDeduplicationId": f"d{n}"}
        status, _ = await connection.send(_HEADS["SendMessage"], json.dumps({"QueueUrl": url, **message}).encode())
        return int(status == 200)

    sent = asyncio.run(rate(CONNECTIONS, SECONDS, port, send))
    drained = asyncio.run(rate(RECEIVERS, SECONDS / 2, port, draining_batches(url)))
    return [
        Result(f"FIFO SendMessage, {GROUPS} groups", running.name, sent, "/s"),
        Result(f"FIFO receive and delete, {GROUPS} groups", running.name, drained, "messages/s"),
    ]


def long_polls(running: Running) -> list[Result]:
    """1,000 receivers wait at an empty queue: what that costs, and how long a message takes to one of them."""
    url = make_queue(running.port, "bench-waiting")
    return asyncio.run(_long_polls(running, url))


async def _long_polls(running: Running, url: str) -> list[Result]:
    port = running.port
    receive = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    arrivals: asyncio.Queue[float] = asyncio.Queue()
    connections = [await Connection("127.0.0.1", port).open() for _ in range(WAITING)]

    async def poll(connection: Connection) -> None:
        while True:
            _, reply = await connection.send(_HEADS["ReceiveMessage"], receive)
            if _HANDLE.search(reply):
                arrivals.put_nowait(time.perf_counter())

    polls = [asyncio.create_task(poll(connection)) for connection in connections]
    await asyncio.sleep(3)
    before = running.cpu_seconds()
    await asyncio.sleep(SECONDS)
    used = running.cpu_seconds() - before
    sender = await Connection("127.0.0.1", port).open()
    body = json.dumps({"QueueUrl": url, "MessageBody": "hello"}).encode()
    taken: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await sender.send(_HEADS["SendMessage"], body)
        taken.append((await arrivals.get() - begun) * 1000)
    for each in polls:
        each.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    for connection in (*connections, sender):
        connection.close()
    return [
        Result(f"{WAITING:,} receivers wait", running.name, used / SECONDS * 100, "% of a core"),
        Result(f"a message to one of {WAITING:,} receivers, median", running.name, statistics.median(taken), "ms"),
        Result(f"a message to one of {WAITING:,} receivers, longest", running.name, max(taken), "ms"),
    ]


def backlog(running: Running) -> list[Result]:
    """The same queue empty and with a million messages in it."""
    port, url = running.port, make_queue(running.port, "bench-backlog", VisibilityTimeout="43200")
    results: list[Result] = []
    for stored in (1000, BACKLOG):
        asyncio.run(_fill(port, url, stored))
        results += _with_backlog(running, url, stored)
    return results


def _with_backlog(running: Running, url: str, stored: int) -> list[Result]:
    port, note = running.port, f"with {stored:,} stored"
    sent = wrk.drive(
        port,
        "POST",
        "/",
        signed("sqs", "AmazonSQS.SendMessage"),
        f'\'{{"QueueUrl":"{url}","MessageBody":"hello"}}\'',
        CONNECTIONS,
        SECONDS,
    )
    drained = asyncio.run(rate(RECEIVERS, SECONDS / 2, port, draining_batches(url)))
    count = wrk.drive(
        port,
        "POST",
        "/",
        signed("sqs", "AmazonSQS.GetQueueAttributes"),
        f'\'{{"QueueUrl":"{url}","AttributeNames":["All"]}}\'',
        1,
        1,
    )
    return [
        Result(f"SendMessage {note}", running.name, sent.per_second, "/s", sent.errors),
        Result(f"receive and delete 10 {note}", running.name, drained, "messages/s"),
        Result(f"GetQueueAttributes {note}, median", running.name, count.median_ms, "ms", count.errors),
    ]


async def _fill(port: int, url: str, wanted: int) -> None:
    """Send messages until the queue holds as many."""
    connection = await Connection("127.0.0.1", port).open()
    ask = json.dumps({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}).encode()
    _, reply = await connection.send(_HEADS["GetQueueAttributes"], ask)
    connection.close()
    held: dict[str, Any] = json.loads(reply)
    left = (wanted - int(held["Attributes"]["ApproximateNumberOfMessages"])) // 10
    send = sending_batches(url)

    async def one() -> None:
        nonlocal left
        connection = await Connection("127.0.0.1", port).open()
        while left > 0:
            left -= 1
            await send(connection, 0)
        connection.close()

    await asyncio.gather(*[one() for _ in range(8)])


LOADS: dict[str, tuple[str, Load]] = {
    "message batches": ("sqs", batches),
    "message groups": ("sqs", groups),
    "long polls": ("sqs", long_polls),
    "backlog": ("pipeline", backlog),
}
