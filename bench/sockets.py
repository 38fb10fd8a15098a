"""What is measured of WebSocket APIs: idle connections, messages through a mock and a function, a broadcast."""

import asyncio
import base64
import json
import os
import resource
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bench.calls import Load, Result, rest
from bench.functions import create_function
from bench.http_client import Connection, rest_head
from bench.peers import Running

IDLE, ECHOERS, MESSAGES, CALLS, AUDIENCE = 5_000, 50, 25_000, 4_000, 1_000
_BATCH = 100
_STAGE = "bench"
_FUNCTION = "def handler(event, context):\n    return {'statusCode': 200, 'body': event['body']}\n"
_BROADCAST = """
import os, threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit
import boto3, urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

address = urlsplit(os.environ['AWS_ENDPOINT_URL'])
plain = urllib3.HTTPConnectionPool(address.hostname, address.port, maxsize=8)
clients = threading.local()
pool = ThreadPoolExecutor(4)
credentials = boto3.Session().get_credentials()

def by_sdk(path, each):
    if not hasattr(clients, 'found'):
        clients.found = boto3.client('apigatewaymanagementapi', endpoint_url=address.geturl() + path)
    clients.found.post_to_connection(ConnectionId=each, Data=b'{"news": 1}')

def by_http(path, each):
    request = AWSRequest('POST', address.geturl() + path + '/@connections/' + quote(each), data=b'{"news": 1}')
    SigV4Auth(credentials, 'execute-api', 'us-east-1').add_auth(request)
    url, headers = path + '/%40connections/' + quote(each), dict(request.headers)
    reply = plain.request('POST', url, body=request.data, headers=headers)
    assert reply.status == 200, reply.data

def handler(event, context):
    said = event['requestContext']
    path = '/_aws/execute-api/%s/%s' % (said['apiId'], said['stage'])
    send = by_sdk if said['routeKey'] == 'sdk' else by_http
    list(pool.map(lambda each: send(path, each), IDS))
    return {'statusCode': 200}
"""
_BROADCAST_NODE = """
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

let client;
export async function handler(event) {
  const { apiId, stage } = event.requestContext;
  client ??= new ApiGatewayManagementApiClient({
    endpoint: `${process.env.AWS_ENDPOINT_URL}/_aws/execute-api/${apiId}/${stage}`,
  });
  const Data = Buffer.from('{"news": 1}');
  await Promise.all(IDS.map((ConnectionId) => client.send(new PostToConnectionCommand({ ConnectionId, Data }))));
  return { statusCode: 200 };
}
"""


class SocketApi:
    """A WebSocket API of a server that is measured."""

    def __init__(self, running: Running) -> None:
        self._port = running.port
        asked = {"name": "bench", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"}
        self.id = self._call("POST", "/v2/apis", asked)["apiId"]

    def _call(self, method: str, path: str, request: dict[str, Any]) -> Any:
        return rest(self._port, "apigateway", method, path, request)

    def _route(self, key: str, integration: dict[str, Any], response: str = "") -> None:
        base = f"/v2/apis/{self.id}"
        made = self._call("POST", f"{base}/integrations", integration)["integrationId"]
        if response:
            asked = {"integrationResponseKey": "$default", "responseTemplates": {"$default": response}}
            self._call("POST", f"{base}/integrations/{made}/integrationresponses", asked)
        route = {"routeKey": key, "target": f"integrations/{made}", "routeResponseSelectionExpression": "$default"}
        made_route = self._call("POST", f"{base}/routes", route)["routeId"]
        self._call("POST", f"{base}/routes/{made_route}/routeresponses", {"routeResponseKey": "$default"})

    def mock(self, key: str, response: str) -> None:
        request = '#set($context.requestOverride.path.body = $input.body){"statusCode": 200}'
        self._route(key, {"integrationType": "MOCK", "requestTemplates": {"$default": request}}, response)

    def function(self, key: str, name: str) -> None:
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        self._route(key, {"integrationType": "AWS_PROXY", "integrationUri": uri, "integrationMethod": "POST"})

    def deploy(self) -> None:
        base = f"/v2/apis/{self.id}"
        deployment = self._call("POST", f"{base}/deployments", {})["deploymentId"]
        self._call("POST", f"{base}/stages", {"stageName": _STAGE, "deploymentId": deployment})


class Client(asyncio.Protocol):
    """A client of a WebSocket that sends a frame again and again and counts what comes back."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._key = base64.b64encode(os.urandom(16))
        self._is_open = False
        self._buffer = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received: asyncio.Future[bytes] | None = None
        self._left = 0
        self._frame = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(
            b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % (self._path.encode(), self._key)
        )

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self.opened, self.received):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error or ConnectionError("the connection ended"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head[:20]:
                self.opened.set_exception(RuntimeError(f"refused: {head[:100]!r} {self._buffer[:200]!r}"))
                return
            self._is_open = True
            self.opened.set_result(None)
        while (message := self._message()) is not None:
            self._left -= 1
            if self._left > 0:
                self.transport.write(self._frame)
            elif self.received is not None and not self.received.done():
                self.received.set_result(message)

    def _message(self) -> bytes | None:
        """The next frame's payload; the client is sent nothing of 64 KB here."""
        data = self._buffer
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4]), 4
        if len(data) < start + size:
            return None
        self._buffer = data[start + size :]
        return data[start : start + size]

    def expect(self) -> "asyncio.Future[bytes]":
        self._left = 1
        self.received = asyncio.get_running_loop().create_future()
        return self.received

    def ask(self, message: bytes, times: int = 1) -> "asyncio.Future[bytes]":
        """Send a message, and again whenever an answer comes; the last answer."""
        size = bytes([0x80 | len(message)]) if len(message) < 126 else b"\xfe" + len(message).to_bytes(2)
        self._frame = b"\x81" + size + b"\0\0\0\0" + message
        waiting = self.expect()
        self._left = times
        self.transport.write(self._frame)
        return waiting


async def _opened(running: Running, api: SocketApi, count: int) -> list[Client]:
    path = f"/_aws/execute-api/{api.id}/{_STAGE}"
    loop, clients = asyncio.get_running_loop(), list[Client]()
    for _ in range(0, count, _BATCH):
        made = [loop.create_connection(lambda: Client(path), "127.0.0.1", running.port) for _ in range(_BATCH)]
        batch = [client for _, client in await asyncio.gather(*made)]
        await asyncio.gather(*[client.opened for client in batch])
        clients += batch
    return clients[:count]


async def _per_second(clients: Sequence[Client], action: str, count: int) -> float:
    message = json.dumps({"action": action, "data": "x" * 60}).encode()
    await asyncio.gather(*[client.ask(message, 3) for client in clients])
    begun = time.perf_counter()
    await asyncio.gather(*[client.ask(message, count // len(clients)) for client in clients])
    return count / (time.perf_counter() - begun)


def _close(clients: Sequence[Client]) -> None:
    for client in clients:
        client.transport.abort()


def _allow_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def sockets(running: Running) -> list[Result]:
    """Messages through a mock and through a function, and what open connections cost."""
    _allow_files()
    create_function(running.port, "socket-echo", "python3.11", "index.py", _FUNCTION)
    api = SocketApi(running)
    api.mock("mock", "$context.requestOverride.path.body")
    api.function("function", "socket-echo")
    api.deploy()
    return asyncio.run(_messages_and_memory(running, api))


async def _messages_and_memory(running: Running, api: SocketApi) -> list[Result]:
    clients = await _opened(running, api, ECHOERS)
    mock = await _per_second(clients, "mock", MESSAGES)
    function = await _per_second(clients[:8], "function", CALLS)
    _close(clients)
    begun = time.perf_counter()
    idle = await _opened(running, api, IDLE)
    opening = IDLE / (time.perf_counter() - begun)
    memory = running.memory_mb()
    _close(idle)
    return [
        Result(f"WebSocket echo through a mock, {ECHOERS} clients", running.name, mock, "messages/s"),
        Result("WebSocket echo through a function, 8 clients", running.name, function, "messages/s"),
        Result("WebSocket connections opened", running.name, opening, "per second"),
        Result(f"memory with {IDLE} idle WebSockets", running.name, memory, "MiB"),
    ]


def broadcast(running: Running) -> list[Result]:
    """A function posts to a thousand clients: from the message that asks for it until the last one has it."""
    _allow_files()
    api = SocketApi(running)
    api.mock("who", "$context.connectionId")
    for key in ("sdk", "http"):
        api.function(key, "socket-tell")
    api.function("node", "socket-tell-node")
    api.deploy()
    return asyncio.run(_broadcast(running, api))


async def _broadcast(running: Running, api: SocketApi) -> list[Result]:
    clients = await _opened(running, api, AUDIENCE)
    ids = [(await client.ask(b'{"action": "who"}')).decode() for client in clients]
    code = f"IDS = {ids!r}\n" + _BROADCAST
    await asyncio.to_thread(create_function, running.port, "socket-tell", "python3.11", "index.py", code)
    code = f"const IDS = {json.dumps(ids)};\n" + _BROADCAST_NODE
    await asyncio.to_thread(create_function, running.port, "socket-tell-node", "nodejs20.x", "index.mjs", code)
    asking = (await _opened(running, api, _BATCH))[0]
    results = []
    for key, what in (("sdk", "by boto3"), ("node", "by the SDK for JavaScript"), ("http", "by signed requests")):
        seconds = []
        for _ in range(4):
            waiting = [client.expect() for client in clients]
            begun = time.perf_counter()
            asking.ask(json.dumps({"action": key}).encode())
            await asyncio.gather(*waiting)
            seconds.append(time.perf_counter() - begun)
            await asyncio.sleep(0.3)
        # Why from the second on: the first one makes the function's clients.
        results.append(
            Result(f"broadcast to {AUDIENCE} WebSockets, {what}", running.name, min(seconds[1:]) * 1000, "ms")
        )
    results.append(await _post(running, api, clients, ids))
    _close(clients)
    return results


async def _post(running: Running, api: SocketApi, clients: Sequence[Client], ids: Sequence[str]) -> Result:
    """The server's own share: one connection that posts to one client after the other, and does nothing else."""
    connection = await Connection("127.0.0.1", running.port).open()
    seconds = []
    for _ in range(3):
        waiting = [client.expect() for client in clients]
        begun = time.perf_counter()
        for each in ids:
            path = f"/_aws/execute-api/{api.id}/{_STAGE}/%40connections/{quote(each)}"
            await connection.send(rest_head("127.0.0.1", "POST", path, "execute-api"), b'{"news": 1}')
        await asyncio.gather(*waiting)
        seconds.append(time.perf_counter() - begun)
    connection.close()
    return Result(f"posts to {AUDIENCE} WebSockets, one after the other", running.name, min(seconds) * 1000, "ms")


LOADS: dict[str, tuple[str, Load]] = {
    "websockets": ("websockets", sockets),
    "broadcast": ("websockets", broadcast),
}
