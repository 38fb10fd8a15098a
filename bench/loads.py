"""What is measured: each load prepares its server, then drives it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

from bench import (
    apis,
    buses,
    deployments_reading,
    functions,
    queues,
    sockets,
    stacks,
    starting_up,
    tables,
    topics,
    workflows,
    wrk,
)
from bench.calls import SECONDS, Load, Result, call, make_table, rest, signed
from bench.functions import create_function
from bench.http_client import Connection, json_head, rate
from bench.peers import Running

CONSUMER = """
import json, os, boto3
table = boto3.client("dynamodb")
def handler(event, context):
    for record in event["Records"]:
        table.put_item(TableName="bench-out", Item={"pk": {"S": record["messageId"]}})
"""


def start_up(running: Running) -> list[Result]:
    """Time to the first healthy answer, and memory before any work."""
    return [
        Result("ready", running.name, running.ready_ms, "ms"),
        Result("idle memory", running.name, running.memory_mb(), "MB"),
    ]


def items(running: Running, seconds: int = SECONDS) -> list[Result]:
    """PutItem and GetItem of 300-byte items."""
    port, filler = running.port, "x" * 255
    make_table(port, "bench")
    put = f'\'{{"TableName":"bench","Item":{{"pk":{{"S":"k\'..n..\'"}},"n":{{"N":"12"}},"data":{{"S":"{filler}"}}}}}}\''
    get = '\'{"TableName":"bench","Key":{"pk":{"S":"k\'..n..\'"}}}\''
    results = []
    for name, body in (("PutItem", put), ("GetItem", get)):
        headers = signed("dynamodb", f"DynamoDB_20120810.{name}")
        many = wrk.drive(port, "POST", "/", headers, body, 32, seconds)
        one = wrk.drive(port, "POST", "/", headers, body, 1, 2)
        results += [
            Result(f"{name}, 32 connections", running.name, many.per_second, "/s", many.errors),
            Result(f"{name}, one connection, median", running.name, one.median_ms, "ms", one.errors),
        ]
    return results


def query(running: Running) -> list[Result]:
    """Query of 10 items in a partition of 200."""
    port = running.port
    make_table(port, "bench-query", sort_key=True)
    for start in range(0, 200, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": f"{n:04d}"}, "data": {"S": "x" * 250}}}}
            for n in range(start, start + 25)
        ]
        call(port, "dynamodb", "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {"bench-query": puts}})
    body = (
        '\'{"TableName":"bench-query","Limit":10,"KeyConditionExpression":"pk = :p AND sk >= :s",'
        '"ExpressionAttributeValues":{":p":{"S":"p"},":s":{"S":"\'..string.format(\'%04d\', n % 180)..\'"}}}\''
    )
    measured = wrk.drive(port, "POST", "/", signed("dynamodb", "DynamoDB_20120810.Query"), body, 32, SECONDS)
    return [Result("Query 10 of 200", running.name, measured.per_second, "/s", measured.errors)]


def messages(running: Running) -> list[Result]:
    """SendMessage, and send, receive, delete one by one."""
    port = running.port
    url = call(port, "sqs", "AmazonSQS.CreateQueue", {"QueueName": "bench"})["QueueUrl"]
    send = f'\'{{"QueueUrl":"{url}","MessageBody":"hello \'..n..\'"}}\''
    sent = wrk.drive(port, "POST", "/", signed("sqs", "AmazonSQS.SendMessage"), send, 32, SECONDS)
    url = call(port, "sqs", "AmazonSQS.CreateQueue", {"QueueName": "bench-cycle"})["QueueUrl"]
    heads = [
        json_head("127.0.0.1", "sqs", f"AmazonSQS.{name}")
        for name in ("SendMessage", "ReceiveMessage", "DeleteMessage")
    ]
    send_body = json.dumps({"QueueUrl": url, "MessageBody": "hello"}).encode()
    receive_body = json.dumps({"QueueUrl": url}).encode()
    handle = re.compile(rb'"ReceiptHandle": ?"([^"]+)"')

    async def cycle(connection: Connection, _number: int) -> int:
        await connection.send(heads[0], send_body)
        _, received = await connection.send(heads[1], receive_body)
        found = handle.search(received)
        if found is None:
            return 0
        delete = json.dumps({"QueueUrl": url, "ReceiptHandle": found[1].decode()}).encode()
        status, _ = await connection.send(heads[2], delete)
        return int(status == 200)

    cycles = asyncio.run(rate(16, SECONDS, port, cycle))
    return [
        Result("SendMessage, 32 connections", running.name, sent.per_second, "/s", sent.errors),
        Result("send, receive, delete", running.name, cycles, "messages/s"),
    ]


def pipeline(running: Running) -> list[Result]:
    """Messages from a queue through a function into a table."""
    port, count = running.port, 6000
    make_table(port, "bench-out")
    url = call(port, "sqs", "AmazonSQS.CreateQueue", {"QueueName": "bench-pipe"})["QueueUrl"]
    create_function(port, "consumer", "python3.11", "index.py", CONSUMER)
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": f"message {start + n}"} for n in range(10)]
        call(port, "sqs", "AmazonSQS.SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    mapping = {
        "FunctionName": "consumer",
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:bench-pipe",
        "BatchSize": 10,
    }
    rest(port, "lambda", "POST", "/2015-03-31/event-source-mappings", mapping)

    async def drain() -> float:
        import time

        connection = await Connection("127.0.0.1", port).open()
        begun = time.perf_counter()
        head = b"POST /_serein/idle HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        await connection.send(head, b'{"timeout_seconds": 120}')
        return count / (time.perf_counter() - begun)

    per_second = asyncio.run(drain())
    described = call(port, "dynamodb", "DynamoDB_20120810.Scan", {"TableName": "bench-out", "Select": "COUNT"})
    missing = count - int(described["Count"])
    return [Result("queue to function to table", running.name, per_second, "messages/s", missing)]


def growth(running: Running) -> list[Result]:
    """Items and messages with some data stored, and with ten times as much."""
    port, stored, results = running.port, 0, []
    make_table(port, "bench-grow")
    url = call(port, "sqs", "AmazonSQS.CreateQueue", {"QueueName": "bench-grow"})["QueueUrl"]
    key = "string.format('k%06d', n % 20000)"
    item = f'{{"pk":{{"S":"\'..{key}..\'"}},"data":{{"S":"{"x" * 255}"}}}}'
    loads = {
        "PutItem": ("dynamodb", "DynamoDB_20120810", f'\'{{"TableName":"bench-grow","Item":{item}}}\''),
        "GetItem": (
            "dynamodb",
            "DynamoDB_20120810",
            f'\'{{"TableName":"bench-grow","Key":{{"pk":{{"S":"\'..{key}..\'"}}}}}}\'',
        ),
        "SendMessage": ("sqs", "AmazonSQS", f'\'{{"QueueUrl":"{url}","MessageBody":"hello"}}\''),
    }
    for size in (20_000, 200_000):
        asyncio.run(_fill(port, url, stored, size))
        stored = size
        for name, (service, prefix, body) in loads.items():
            measured = wrk.drive(port, "POST", "/", signed(service, f"{prefix}.{name}"), body, 32, SECONDS)
            load = f"{name} with {size:,} stored"
            results.append(Result(load, running.name, measured.per_second, "/s", measured.errors))
    return results


async def _fill(port: int, url: str, start: int, end: int) -> None:
    """Store items and messages, from four connections."""
    batch_write = json_head("127.0.0.1", "dynamodb", "DynamoDB_20120810.BatchWriteItem")
    batch_send = json_head("127.0.0.1", "sqs", "AmazonSQS.SendMessageBatch")
    waiting = list(range(start, end, 25))

    async def one() -> None:
        connection = await Connection("127.0.0.1", port).open()
        while waiting:
            first = waiting.pop()
            numbers = range(first, first + 25)
            puts = [{"PutRequest": {"Item": {"pk": {"S": f"k{n:06d}"}, "data": {"S": "x" * 255}}}} for n in numbers]
            await connection.send(batch_write, json.dumps({"RequestItems": {"bench-grow": puts}}).encode())
            for part in (numbers[:10], numbers[10:20], numbers[20:]):
                entries = [{"Id": str(n), "MessageBody": f"message {n}"} for n in part]
                await connection.send(batch_send, json.dumps({"QueueUrl": url, "Entries": entries}).encode())
        connection.close()

    await asyncio.gather(*[one() for _ in range(4)])


LOADS: dict[str, tuple[str, Load]] = {
    "start-up": ("", start_up),
    "items": ("dynamodb", items),
    "query": ("dynamodb", query),
    **tables.LOADS,
    "messages": ("sqs", messages),
    **queues.LOADS,
    **topics.LOADS,
    **buses.LOADS,
    **functions.LOADS,
    **apis.LOADS,
    **sockets.LOADS,
    **deployments_reading.LOADS,
    **starting_up.LOADS,
    **stacks.LOADS,
    **workflows.LOADS,
    "pipeline": ("pipeline", pipeline),
    "growth": ("pipeline", growth),
}

Work = Callable[[Connection, int], Awaitable[int]]
