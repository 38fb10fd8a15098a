"""What the loads have in common: figures, and calls made once."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.http_client import Connection, authorization, json_head, rest_head
from bench.peers import Running

SECONDS = 4
DYNAMODB = {"Content-Type": "application/x-amz-json-1.0"}


@dataclass(frozen=True)
class Result:
    """One figure of one server."""

    load: str
    server: str
    value: float
    unit: str
    errors: int = 0


Load = Callable[[Running], list[Result]]


def signed(service: str, target: str) -> dict[str, str]:
    return {**DYNAMODB, "X-Amz-Target": target, **named_headers(service)}


def named_headers(service: str) -> dict[str, str]:
    """The headers of a request that is signed by name only."""
    return dict(line.split(": ", 1) for line in authorization(service).splitlines())


def call(port: int, service: str, target: str, request: dict[str, Any], version: str = "1.0") -> dict[str, Any]:
    """Call a JSON operation once. Raises RuntimeError with what the server said."""

    async def once() -> tuple[int, bytes]:
        connection = await Connection("127.0.0.1", port).open()
        reply = await connection.send(json_head("127.0.0.1", service, target, version), json.dumps(request).encode())
        connection.close()
        return reply

    status, body = asyncio.run(once())
    if status >= 300:
        raise RuntimeError(f"{target}: {status} {body[:300]!r}")
    found: dict[str, Any] = json.loads(body or b"{}")
    return found


def rest(port: int, service: str, method: str, path: str, request: dict[str, Any] | None) -> Any:
    """Call a REST operation once. Raises RuntimeError with what the server said."""

    async def once() -> tuple[int, bytes]:
        connection = await Connection("127.0.0.1", port).open()
        body = b"" if request is None else json.dumps(request).encode()
        reply = await connection.send(rest_head("127.0.0.1", method, path, service), body)
        connection.close()
        return reply

    status, body = asyncio.run(once())
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {body[:300]!r}")
    return json.loads(body) if body[:1] in (b"{", b"[") else body


def make_table(port: int, name: str, sort_key: bool = False) -> None:
    """Create a table, and wait until it can be used. Raises RuntimeError."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    count = 2 if sort_key else 1
    request = {
        "TableName": name,
        "KeySchema": keys[:count],
        "AttributeDefinitions": types[:count],
        "BillingMode": "PAY_PER_REQUEST",
    }
    call(port, "dynamodb", "DynamoDB_20120810.CreateTable", request)
    for _ in range(200):
        described = call(port, "dynamodb", "DynamoDB_20120810.DescribeTable", {"TableName": name})
        if described["Table"]["TableStatus"] == "ACTIVE":
            return
    raise RuntimeError(f"{name} did not become active")
