"""The load of a topic: one publisher side, a hundred queues."""

import asyncio
import json
import time
from urllib.parse import urlencode

from bench.calls import SECONDS, Load, Result
from bench.http_client import Connection, authorization, json_head
from bench.peers import Running
from bench.queues import held_by, make_queue

QUEUES, MESSAGES, CONNECTIONS = 100, 400, 8
_VERSION = "2010-03-31"
_PATIENCE_SECONDS = 120
_HEAD = (
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n" + authorization("sns")
).encode()


def _body(action: str, **given: str) -> bytes:
    return urlencode({"Action": action, "Version": _VERSION, **given}).encode()


def fan_out(running: Running) -> list[Result]:
    """Publish to a topic with a hundred queues, and wait until all of them have everything."""
    port = running.port
    urls = [make_queue(port, f"bench-fan-{number}") for number in range(QUEUES)]
    topic = f"arn:aws:sns:us-east-1:000000000000:bench-fan-{int(time.time())}"
    published, per_second = asyncio.run(_publish(port, topic))
    missing = max(0, QUEUES * (published + 1) - sum(held_by(port, url) for url in urls))
    return [Result(f"SNS to {QUEUES} queues", running.name, per_second, "deliveries/s", missing)]


async def _publish(port: int, topic: str) -> tuple[int, float]:
    """How many were published, and deliveries a second until the last queue had its last message."""
    pool = [await Connection("127.0.0.1", port).open() for _ in range(CONNECTIONS)]
    await pool[0].send(_HEAD, _body("CreateTopic", Name=topic.rsplit(":", 1)[1]))
    for number in range(QUEUES):
        queue = f"arn:aws:sqs:us-east-1:000000000000:bench-fan-{number}"
        await pool[0].send(_HEAD, _body("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue))
    # Why one before the time runs: the key that signs is made for the first message.
    await pool[0].send(_HEAD, _body("Publish", TopicArn=topic, Message="first"))
    await _drained(pool[0], port, 1)
    published = 0
    begun = time.perf_counter()

    async def publish(connection: Connection) -> None:
        nonlocal published
        while published < MESSAGES and time.perf_counter() < begun + SECONDS:
            published += 1
            await connection.send(_HEAD, _body("Publish", TopicArn=topic, Message=f"message {published}"))

    await asyncio.gather(*[publish(connection) for connection in pool])
    await _drained(pool[0], port, published + 1)
    seconds = time.perf_counter() - begun
    for connection in pool:
        connection.close()
    return published, QUEUES * published / seconds


async def _drained(connection: Connection, port: int, count: int) -> None:
    """Wait until each queue holds so many messages, or patience is over."""
    head = json_head("127.0.0.1", "sqs", "AmazonSQS.GetQueueAttributes")
    end = time.perf_counter() + _PATIENCE_SECONDS
    for number in range(QUEUES):
        url = f"http://127.0.0.1:{port}/000000000000/bench-fan-{number}"
        ask = json.dumps({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}).encode()
        while time.perf_counter() < end:
            _, reply = await connection.send(head, ask)
            if int(json.loads(reply)["Attributes"]["ApproximateNumberOfMessages"]) >= count:
                break
            await asyncio.sleep(0.02)


LOADS: dict[str, tuple[str, Load]] = {"fan-out": ("sns", fan_out)}
