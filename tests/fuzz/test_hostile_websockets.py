"""Clients that break the rules of WebSocket: each is cut off, and the server goes on."""

import base64
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from serein.testing import Serein
from websocket_api import LOOPBACK, LOOPED, STAGE, WebSocketApi

MASK = b"\0\0\0\0"


@pytest.fixture
def api(aws: Serein) -> WebSocketApi:
    api = WebSocketApi(aws)
    api.mock("$default", LOOPBACK, LOOPED)
    return api.deploy()


@contextmanager
def plain(api: WebSocketApi, **headers: str) -> Iterator[tuple[socket.socket, bytes]]:
    """A socket that has asked for a WebSocket, and the head of the answer."""
    server = urlsplit(api.aws.endpoint)
    given = {
        "Host": f"{api.id}.execute-api.localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **headers,
    }
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items() if value)
    with socket.create_connection((server.hostname or "", server.port or 0), timeout=60) as client:
        client.sendall(f"GET /{STAGE} HTTP/1.1\r\n{lines}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head and (data := client.recv(4096)):
            head += data
        yield client, head


def rest_of(client: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    found = b""
    try:
        while data := client.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


def goes_on(api: WebSocketApi) -> None:
    with api.client() as client:
        client.send("still there")
        assert client.text() == "still there"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (b"\x81\x01x", 1002),
        (b"\xc1\x81" + MASK + b"x", 1002),
        (b"\x83\x81" + MASK + b"x", 1002),
        (b"\x8b\x81" + MASK + b"x", 1002),
        (b"\x80\x81" + MASK + b"x", 1002),
        (b"\x01\x81" + MASK + b"x" + b"\x81\x81" + MASK + b"x", 1002),
        (b"\x09\x80" + MASK, 1002),
        (b"\x89\xfe\x00\x7e" + MASK + b"x" * 126, 1002),
        (b"\x88\x81" + MASK + b"x", 1002),
        (b"\x88\x82" + MASK + struct.pack(">H", 999), 1002),
        (b"\x81\x81" + MASK + b"\xff", 1007),
        (b"\x01\x81" + MASK + b"\xc3" + b"\x80\x81" + MASK + b"\x28", 1007),
        (b"\x81\xff" + struct.pack(">Q", 1 << 62) + MASK, 1009),
        (b"\x81\xff" + struct.pack(">Q", 32 * 1024 + 1) + MASK, 1009),
        (b"\x82\x81" + MASK + b"x", 1003),
    ],
    ids=[
        *("unmasked", "reserved-bit", "reserved-opcode", "reserved-control", "lone-continuation", "two-messages"),
        *(
            "fragmented-ping",
            "long-ping",
            "short-close",
            "close-code",
            "not-utf8",
            "split-utf8",
            "huge",
            "large",
            "binary",
        ),
    ],
)
def test_frames_that_break_the_rules_end_the_connection(api: WebSocketApi, frames: bytes, code: int) -> None:
    with plain(api) as (client, head):
        assert head.startswith(b"HTTP/1.1 101 ")
        client.sendall(frames)
        answer = rest_of(client)
    assert answer[:1] == b"\x88"
    assert struct.unpack(">H", answer[2:4])[0] == code
    goes_on(api)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_WebSocket_Key": ""}, 400),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Sec_WebSocket_Version": "12"}, 400),
        ({"Sec_WebSocket_Version": ""}, 400),
        ({"Host": "elsewhere.example.com"}, 403),
    ],
    ids=["no-key", "bad-key", "old-version", "no-version", "foreign-host"],
)
def test_a_handshake_that_breaks_the_rules_is_refused(api: WebSocketApi, headers: dict[str, str], status: int) -> None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with plain(api, **names) as (client, head):
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        rest_of(client)
    goes_on(api)


def test_a_client_that_reads_nothing_is_not_sent_more_and_more(api: WebSocketApi) -> None:
    from botocore.exceptions import ClientError

    api.mock("who", {"$default": '{"statusCode": 200}'}, {"$default": "$context.connectionId"})
    api.redeploy()
    management = api.management()
    with plain(api) as (client, head):
        assert head.startswith(b"HTTP/1.1 101 ")
        client.sendall(b"\x81\x90" + MASK + b'{"action":"who"}')
        frame = client.recv(100)
        connection_id = frame[2:].decode()
        with pytest.raises(ClientError) as error:
            for _ in range(2000):
                management.post_to_connection(ConnectionId=connection_id, Data=b"x" * 128 * 1024)
        assert error.value.response["Error"]["Code"] == "LimitExceededException"
    goes_on(api)


def test_a_client_that_vanishes_in_the_handshake_leaves_nothing(api: WebSocketApi) -> None:
    api.proxy(
        "$connect", "import time\ndef handler(event, context):\n    time.sleep(1)\n    return {'statusCode': 200}\n"
    )
    api.redeploy()
    server = urlsplit(api.aws.endpoint)
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection((server.hostname or "", server.port or 0), timeout=60) as client:
        client.sendall(
            f"GET /_aws/execute-api/{api.id}/{STAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
    api.aws.wait_until_idle()
    goes_on(api)
