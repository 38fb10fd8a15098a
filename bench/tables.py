"""What is measured of tables: updates, batches, transactions, and a table with a million items."""

import asyncio
import json
import re
import time
from typing import Any

from bench import wrk
from bench.calls import SECONDS, Load, Result, make_table, signed
from bench.http_client import Connection, json_head
from bench.peers import Running

_PREFIX = "DynamoDB_20120810"
_FILLER = "x" * 255
_MILLION = 1_000_000
_SEGMENTS = 4
_COUNT = re.compile(rb'"Count": ?(\d+)')


def _drive(running: Running, operation: str, body_lua: str, connections: int = 32) -> wrk.Measured:
    return wrk.drive(
        running.port, "POST", "/", signed("dynamodb", f"{_PREFIX}.{operation}"), body_lua, connections, SECONDS
    )


def updates(running: Running) -> list[Result]:
    """UpdateItem of one number, on condition that there is one."""
    make_table(running.port, "bench-update")
    put = '\'{"TableName":"bench-update","Item":{"pk":{"S":"k\'..(n % 1000)..\'"},"n":{"N":"0"}}}\''
    _drive(running, "PutItem", put)
    body = (
        '\'{"TableName":"bench-update","Key":{"pk":{"S":"k\'..(n % 1000)..\'"}},"UpdateExpression":"SET n = n + :one",'
        '"ConditionExpression":"attribute_exists(n)","ExpressionAttributeValues":{":one":{"N":"1"}}}\''
    )
    measured = _drive(running, "UpdateItem", body)
    return [Result("UpdateItem with a condition", running.name, measured.per_second, "/s", measured.errors)]


def batches(running: Running) -> list[Result]:
    """BatchWriteItem of 25 items of 300 bytes."""
    make_table(running.port, "bench-batch")
    item = f'{{"PutRequest":{{"Item":{{"pk":{{"S":"k\'..n..\'-\'..i..\'"}},"data":{{"S":"{_FILLER}"}}}}}}}}'
    body = (
        f"(function() local t = {{}} for i = 1, 25 do t[i] = '{item}' end "
        "return '{\"RequestItems\":{\"bench-batch\":['..table.concat(t, ',')..']}}' end)()"
    )
    measured = _drive(running, "BatchWriteItem", body)
    return [Result("BatchWriteItem", running.name, measured.per_second * 25, "items/s", measured.errors)]


def transactions(running: Running) -> list[Result]:
    """TransactWriteItems of four items."""
    make_table(running.port, "bench-transact")
    item = '{"Put":{"TableName":"bench-transact","Item":{"pk":{"S":"k\'..n..\'-\'..i..\'"},"n":{"N":"12"}}}}'
    body = (
        f"(function() local t = {{}} for i = 1, 4 do t[i] = '{item}' end "
        "return '{\"TransactItems\":['..table.concat(t, ',')..']}' end)()"
    )
    measured = _drive(running, "TransactWriteItems", body)
    return [Result("TransactWriteItems of 4 items", running.name, measured.per_second, "/s", measured.errors)]


def million(running: Running) -> list[Result]:
    """Point reads and writes in an empty table and in one of a million items; scanning it; adding an index to it."""
    port, results = running.port, []
    make_table(port, "bench-million")
    key = '"pk":{"S":"\'..string.format(\'k%07d\', n % 20000 * 50)..\'"}'
    loads = {
        "PutItem": f'\'{{"TableName":"bench-million","Item":{{{key},"data":{{"S":"{_FILLER}"}},"g":{{"S":"g"}}}}}}\'',
        "GetItem": f'\'{{"TableName":"bench-million","Key":{{{key}}}}}\'',
    }
    for stored in ("empty", "1,000,000 items"):
        if stored != "empty":
            asyncio.run(_fill(port))
        for name, body in loads.items():
            measured = _drive(running, name, body)
            results.append(
                Result(
                    f"{name}, table of {stored}" if stored != "empty" else f"{name}, empty table",
                    running.name,
                    measured.per_second,
                    "/s",
                    measured.errors,
                )
            )
    begun = time.perf_counter()
    scanned = sum(asyncio.run(_scan(port)))
    results.append(Result("Scan", running.name, scanned / (time.perf_counter() - begun), "items/s", _MILLION - scanned))
    results.append(Result("longest write while an index is added", running.name, asyncio.run(_add_index(port)), "ms"))
    results.append(Result("memory after all this", running.name, running.memory_mb(), "MB"))
    return results


async def _fill(port: int) -> None:
    head = json_head("127.0.0.1", "dynamodb", f"{_PREFIX}.BatchWriteItem")
    waiting = list(range(0, _MILLION, 25))

    async def one() -> None:
        connection = await Connection("127.0.0.1", port).open()
        while waiting:
            first = waiting.pop()
            puts = [
                {"PutRequest": {"Item": {"pk": {"S": f"k{n:07d}"}, "data": {"S": _FILLER}, "g": {"S": f"g{n % 1000}"}}}}
                for n in range(first, first + 25)
            ]
            await connection.send(head, json.dumps({"RequestItems": {"bench-million": puts}}).encode())
        connection.close()

    await asyncio.gather(*[one() for _ in range(4)])


async def _scan(port: int) -> list[int]:
    """How many items each of some parallel segments has."""
    head = json_head("127.0.0.1", "dynamodb", f"{_PREFIX}.Scan")

    async def one(segment: int) -> int:
        connection = await Connection("127.0.0.1", port).open()
        request: dict[str, Any] = {"TableName": "bench-million", "Segment": segment, "TotalSegments": _SEGMENTS}
        found = 0
        while True:
            _, reply = await connection.send(head, json.dumps(request).encode())
            counted = _COUNT.search(reply)
            found += int(counted[1]) if counted else 0
            at = reply.rfind(b'"LastEvaluatedKey":')
            if at < 0:
                connection.close()
                return found
            request["ExclusiveStartKey"] = json.JSONDecoder().raw_decode(reply[at + 19 :].decode().lstrip())[0]

    return list(await asyncio.gather(*[one(segment) for segment in range(_SEGMENTS)]))


async def _add_index(port: int) -> float:
    """Add a global index to the big table; the longest that any of four writers waited meanwhile, in ms."""
    put = json_head("127.0.0.1", "dynamodb", f"{_PREFIX}.PutItem")
    longest, is_over = 0.0, False

    async def write(writer: int) -> None:
        nonlocal longest
        connection = await Connection("127.0.0.1", port).open()
        number = 0
        while not is_over:
            number += 1
            item = {"pk": {"S": f"w{writer}-{number % 1000}"}, "data": {"S": _FILLER}, "g": {"S": "g1"}}
            begun = time.perf_counter()
            await connection.send(put, json.dumps({"TableName": "bench-million", "Item": item}).encode())
            longest = max(longest, (time.perf_counter() - begun) * 1000)
        connection.close()

    async def add() -> None:
        nonlocal is_over
        connection = await Connection("127.0.0.1", port).open()
        request = {
            "TableName": "bench-million",
            "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [
                {
                    "Create": {
                        "IndexName": "by-g",
                        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                }
            ],
        }
        update = json_head("127.0.0.1", "dynamodb", f"{_PREFIX}.UpdateTable")
        describe = json_head("127.0.0.1", "dynamodb", f"{_PREFIX}.DescribeTable")
        await connection.send(update, json.dumps(request).encode())
        while True:
            _, reply = await connection.send(describe, b'{"TableName":"bench-million"}')
            if json.loads(reply)["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE":
                break
            await asyncio.sleep(0.2)
        is_over = True
        connection.close()

    await asyncio.gather(add(), *[write(writer) for writer in range(4)])
    return longest


LOADS: dict[str, tuple[str, Load]] = {
    "updates": ("dynamodb", updates),
    "batches": ("dynamodb", batches),
    "transactions": ("dynamodb", transactions),
    "million": ("pipeline", million),
}
