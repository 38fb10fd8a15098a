"""Loads of an event bus: a thousand rules, matched alone and with a queue behind them, and the way to a function."""

import asyncio
import itertools
import json
import statistics
import time
from typing import Any

from bench.calls import SECONDS, Load, Result, call
from bench.functions import create_function
from bench.http_client import Connection, json_head, rate
from bench.peers import Running
from bench.queues import Work, make_queue

RULES, CONNECTIONS, EVENTS, ROUNDS = 1000, 16, 8000, 100
_PATIENCE_SECONDS = 60
_PUT = json_head("127.0.0.1", "events", "AWSEvents.PutEvents", "1.1")
_COUNT = json_head("127.0.0.1", "sqs", "AmazonSQS.GetQueueAttributes")
_RECEIVE = json_head("127.0.0.1", "sqs", "AmazonSQS.ReceiveMessage")
_TIMER = """
import time, boto3
sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName="bench-times")["QueueUrl"]
def handler(event, context):
    taken = time.time() - event["detail"]["sent"]
    sqs.send_message(QueueUrl=url, MessageBody=str(taken * 1000))
"""


def _events(port: int, operation: str, **request: Any) -> dict[str, Any]:
    return call(port, "events", f"AWSEvents.{operation}", request, "1.1")


def _pattern(number: int) -> str:
    """A rule of one of three forms; an event matches one of them."""
    forms: list[Any] = [[f"k{number}"], [{"prefix": f"k{number}-"}], [{"equals-ignore-case": f"K{number}"}]]
    return json.dumps({"source": ["bench"], "detail": {"kind": forms[number % 3], "price": [{"numeric": [">", 10]}]}})


def _kind(number: int) -> str:
    return f"k{number}-x" if number % 3 == 1 else f"k{number}"


def _make_rules(port: int, bus: str, target: str | None) -> None:
    _events(port, "CreateEventBus", Name=bus)
    for number in range(RULES):
        rule = {"Name": f"r{number}", "EventBusName": bus}
        _events(port, "PutRule", **rule, EventPattern=_pattern(number))
        if target:
            _events(port, "PutTargets", Rule=rule["Name"], EventBusName=bus, Targets=[{"Id": "1", "Arn": target}])


def _body(bus: str, first: int, count: int) -> bytes:
    entries = []
    for number in range(first, first + count):
        detail = json.dumps({"kind": _kind(number % RULES), "price": 12, "text": "x" * 100})
        entries.append({"EventBusName": bus, "Source": "bench", "DetailType": "t", "Detail": detail})
    return json.dumps({"Entries": entries}).encode()


def _putting(bus: str, count: int) -> Work:
    """Put so many events at once, each for another rule."""
    bodies = itertools.cycle([_body(bus, first, count) for first in range(0, RULES, count)])

    async def put(connection: Connection, _number: int) -> int:
        status, reply = await connection.send(_PUT, next(bodies))
        return count if status == 200 and b'"FailedEntryCount":0' in reply.replace(b" ", b"") else 0

    return put


def matching(running: Running) -> list[Result]:
    """PutEvents on a bus with a thousand rules without targets, ten events and one at a time."""
    port, results = running.port, []
    _make_rules(port, "bench-rules", None)
    for count in (10, 1):
        per_second = asyncio.run(rate(CONNECTIONS, SECONDS, port, _putting("bench-rules", count)))
        results.append(Result(f"PutEvents of {count}, {RULES:,} rules", running.name, per_second, "events/s"))
    return results


def delivering(running: Running) -> list[Result]:
    """Events that match one of a thousand rules, from the first put until all are in the queue of the rules."""
    port, url = running.port, make_queue(running.port, "bench-events")
    _make_rules(port, "bench-queue", "arn:aws:sqs:us-east-1:000000000000:bench-events")
    per_second, held = asyncio.run(_deliver(port, url))
    return [
        Result(f"events to a queue, {RULES:,} rules", running.name, per_second, "events/s", max(0, EVENTS - held)),
    ]


async def _deliver(port: int, url: str) -> tuple[float, int]:
    pool = [await Connection("127.0.0.1", port).open() for _ in range(CONNECTIONS)]
    waiting = [_body("bench-queue", first, 10) for first in range(0, EVENTS, 10)]
    ask = json.dumps({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}).encode()
    begun = time.perf_counter()

    async def one(connection: Connection) -> None:
        while waiting:
            await connection.send(_PUT, waiting.pop())

    await asyncio.gather(*[one(connection) for connection in pool])
    held = 0
    while held < EVENTS and time.perf_counter() < begun + _PATIENCE_SECONDS:
        _, reply = await pool[0].send(_COUNT, ask)
        held = int(json.loads(reply)["Attributes"]["ApproximateNumberOfMessages"])
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - begun
    for connection in pool:
        connection.close()
    return held / seconds, held


def to_function(running: Running) -> list[Result]:
    """How long an event takes from PutEvents until a warm function has it, one after the other."""
    port, url = running.port, make_queue(running.port, "bench-times")
    create_function(port, "bench-timer", "python3.11", "index.py", _TIMER)
    _events(port, "PutRule", Name="bench-timer", EventPattern='{"source": ["timer"]}')
    target = {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:000000000000:function:bench-timer"}
    _events(port, "PutTargets", Rule="bench-timer", Targets=[target])
    taken = asyncio.run(_round_trips(port, url))
    # Why the first are left out: they start the function.
    ordered = sorted(taken[5:])
    return [
        Result("PutEvents to a warm function, median", running.name, statistics.median(ordered), "ms"),
        Result("PutEvents to a warm function, 95th", running.name, ordered[len(ordered) * 95 // 100], "ms"),
    ]


async def _round_trips(port: int, url: str) -> list[float]:
    connection = await Connection("127.0.0.1", port).open()
    receive = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    taken: list[float] = []
    for _ in range(ROUNDS):
        entry = {"Source": "timer", "DetailType": "t", "Detail": json.dumps({"sent": time.time()})}
        await connection.send(_PUT, json.dumps({"Entries": [entry]}).encode())
        _, reply = await connection.send(_RECEIVE, receive)
        taken.append(float(json.loads(reply)["Messages"][0]["Body"]))
    connection.close()
    return taken


LOADS: dict[str, tuple[str, Load]] = {
    "rules": ("events", matching),
    "rules with a queue": ("events", delivering),
    "event to function": ("event functions", to_function),
}
