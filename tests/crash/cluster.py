"""Servers that are killed and come back on the same data, and clients that outlive them."""

import asyncio
import json
import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.http_client import Connection, json_head
from crash.invariants import Story
from serein.testing import ServerProcess

PATIENCE_SECONDS = 60.0
_TARGETS = {"dynamodb": "DynamoDB_20120810", "dynamodbstreams": "DynamoDBStreams_20120810"}
_SPOILED = frozenset({"InternalFailure", "InternalServerError", "ServiceUnavailable"})


class Lost(Exception):
    """The connection died before the answer came: what was asked for may or may not have happened."""


class Node:
    """A server that is killed and comes back."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self._data = data
        self._settings = {"clock": "system", **settings}
        self.process = ServerProcess(data, self._settings)
        self.up = asyncio.Event()
        self.up.set()

    @property
    def port(self) -> int:
        return self.process.port

    async def kill(self) -> float:
        """Kill the server; returns a moment at which it was surely dead."""
        self.up.clear()
        await asyncio.to_thread(self.process.kill)
        return time.perf_counter()

    async def restart(self) -> None:
        self.process = await asyncio.to_thread(ServerProcess, self._data, self._settings)
        self.up.set()


class Client:
    """Sends one request at a time, to a node that is up."""

    def __init__(self, number: int, nodes: list[Node], account: str) -> None:
        self.number = number
        self.node = nodes[number % len(nodes)]
        self.spoiled: list[str] = []
        """Answers that no request may get."""
        self._nodes = nodes
        self._account = account
        self._heads: dict[tuple[str, str], bytes] = {}
        self._connection: Connection | None = None

    async def ready(self) -> None:
        """Have a connection. Why apart from `ask`: a request that was never sent has not happened."""
        while self._connection is None:
            await self.node.up.wait()
            try:
                self._connection = await Connection("127.0.0.1", self.node.port).open()
            except OSError:
                await asyncio.sleep(0)

    async def ask(self, operation: str, request: dict[str, Any], service: str = "dynamodb") -> tuple[str, Any]:
        """Send a request; returns the error's code, or "", and the reply. Raises Lost."""
        await self.ready()
        assert self._connection is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = await self._connection.send(self._head(service, operation), json.dumps(request).encode())
        except TimeoutError:
            raise AssertionError(f"no answer to {operation} in {PATIENCE_SECONDS:g} s: {request}") from None
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Lost from error
        reply = json.loads(body or b"{}")
        if status == 200:
            return "", reply
        code = str(reply.get("__type", "")).rpartition("#")[2]
        if status >= 500 or code in _SPOILED:
            self.spoiled.append(f"{operation} was answered with {status}: {body[:500]!r}")
            raise Lost
        return code, reply

    async def require(self, operation: str, request: dict[str, Any], service: str = "dynamodb") -> Any:
        """Send a request that has to succeed."""
        code, reply = await self.ask(operation, request, service)
        assert not code, f"{operation}: {reply}"
        return reply

    def move(self) -> None:
        """Go to another node, when there is one."""
        self.close()
        self.node = random.choice(self._nodes)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _head(self, service: str, operation: str) -> bytes:
        head = self._heads.get((service, operation))
        if head is None:
            head = json_head("127.0.0.1", "dynamodb", f"{_TARGETS[service]}.{operation}")
            head = self._heads[service, operation] = head.replace(
                b"Credential=test/", f"Credential={self._account}/".encode()
            )
        return head


async def all_items(client: Client, table: str, index: str = "") -> list[dict[str, Any]]:
    """Every item of a table (consistently), or every entry of an index."""
    items: list[dict[str, Any]] = []
    request: dict[str, Any] = {"TableName": table, **({"IndexName": index} if index else {"ConsistentRead": True})}
    while True:
        page = await client.require("Scan", request)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


async def tell(client: Client, stream_arn: str, story: Story) -> None:
    """Read a whole stream, parents before their children."""
    for shard in _by_descent(await _shards_of(client, stream_arn)):
        await _tell_shard(client, stream_arn, shard, story)


async def _shards_of(client: Client, stream_arn: str) -> list[dict[str, Any]]:
    shards: list[dict[str, Any]] = []
    request = {"StreamArn": stream_arn}
    while True:
        described = (await client.require("DescribeStream", request, "dynamodbstreams"))["StreamDescription"]
        shards += described["Shards"]
        if "LastEvaluatedShardId" not in described:
            return shards
        request["ExclusiveStartShardId"] = described["LastEvaluatedShardId"]


def _by_descent(shards: Iterable[dict[str, Any]]) -> list[str]:
    parents = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards}
    ordered: list[str] = []
    while len(ordered) < len(parents):
        ready = [
            id for id, parent in parents.items() if id not in ordered and (parent in ordered or parent not in parents)
        ]
        assert ready, f"shards that are their own ancestors: {parents}"
        ordered += sorted(ready)
    return ordered


async def _tell_shard(client: Client, stream_arn: str, shard: str, story: Story) -> None:
    wanted = {"StreamArn": stream_arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = (await client.require("GetShardIterator", wanted, "dynamodbstreams"))["ShardIterator"]
    empty = 0
    while iterator and empty < 3:
        page = await client.require("GetRecords", {"ShardIterator": iterator, "Limit": 1000}, "dynamodbstreams")
        for record in page["Records"]:
            story.read(shard, record)
        empty = 0 if page["Records"] else empty + 1
        iterator = page.get("NextShardIterator")
