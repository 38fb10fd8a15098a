"""The name server for functions: what it answers itself, what it passes on, and what it drops."""

import asyncio
import random
import socket
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from serein.wire import name_server
from serein.wire.name_server import BadQuery, NameServer, answer, failure, is_aws, parse_question

A, AAAA = 1, 28
ADDRESS = "127.1.2.3"


def query(name: str, kind: int = A) -> bytes:
    labels = b"".join(len(label).to_bytes() + label.encode() for label in name.split("."))
    return b"\x12\x34\x01\x00\x00\x01" + bytes(6) + labels + b"\0" + kind.to_bytes(2) + b"\x00\x01"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sqs.us-east-1.amazonaws.com", True),
        ("a.execute-api.cn-north-1.amazonaws.com.cn", True),
        ("a.lambda-url.us-east-1.on.aws", True),
        ("rds.us-east-1.amazonaws.com", True),
        ("one.abc.us-east-1.rds.amazonaws.com", False),
        ("ec2-1-2-3-4.compute-1.amazonaws.com", False),
        ("kafka.us-east-1.amazonaws.com", True),
        ("b-1.own.c2.kafka.us-east-1.amazonaws.com", False),
        ("b-1.mq.us-east-1.amazonaws.com", False),
        ("amazonaws.com", False),
        ("notamazonaws.com", False),
        ("example.org", False),
    ],
)
def test_names_of_awss_apis_are_told_from_others(name: str, expected: bool) -> None:
    assert is_aws(name) is expected


def test_awss_names_are_the_address_in_any_letters() -> None:
    asked = query("SQS.us-east-1.AmazonAWS.com")
    reply = answer(asked, ADDRESS)
    assert reply is not None
    assert reply[:12] == b"\x12\x34\x85\x80\x00\x01\x00\x01" + bytes(4)
    assert reply[12 : len(asked)] == asked[12:]
    assert reply[len(asked) :] == b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(ADDRESS)


def test_they_have_no_address_of_another_kind() -> None:
    asked = query("sqs.us-east-1.amazonaws.com", AAAA)
    assert answer(asked, ADDRESS) == b"\x12\x34\x85\x80\x00\x01" + bytes(6) + asked[12:]


def test_what_a_query_carries_besides_its_question_is_not_said_back() -> None:
    asked = query("sqs.us-east-1.amazonaws.com")
    extended = asked[:11] + b"\x01" + asked[12:] + b"\0\0\x29\x10\0\0\0\0\0\0\0"
    assert answer(extended, ADDRESS) == answer(asked, ADDRESS)


def test_others_are_not_answered_here() -> None:
    asked = query("example.org")
    assert answer(asked, ADDRESS) is None
    assert failure(asked)[3] & 0x0F == 2


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x12\x34\x81\x80" + query("a.amazonaws.com")[4:],
        query("a.amazonaws.com")[:-1],
        query("a.amazonaws.com")[:20],
        query("a.amazonaws.com")[:12] + b"\xc0\x0c\x00\x01\x00\x01",
        query("a.amazonaws.com")[:5] + b"\x02" + query("a.amazonaws.com")[6:],
    ],
)
def test_what_is_no_question_is_refused(bad: bytes) -> None:
    with pytest.raises(BadQuery):
        parse_question(bad)


def test_the_systems_configuration_is_kept_but_for_its_servers(tmp_path: Path) -> None:
    system = tmp_path / "resolv.conf"
    system.write_text("# by hand\nnameserver 10.0.0.2\nsearch a.test b.test\noptions ndots:2\nnameserver ::1\n")
    assert name_server.system_servers(system) == ["10.0.0.2", "::1"]
    made = name_server.resolver_configuration(system, ADDRESS)
    assert made == f"nameserver {ADDRESS}\nsearch a.test b.test\noptions ndots:2\n"
    assert name_server.system_servers(tmp_path / "none") == []
    assert name_server.resolver_configuration(tmp_path / "none", ADDRESS) == f"nameserver {ADDRESS}\n"


class Other(asyncio.DatagramProtocol):
    """Another name server, which says back what it is asked in capitals."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data[:2] + data[2:].upper(), addr)


@pytest.fixture
def port() -> int:
    """One that anybody may have, in the place of 53: below those that systems give to whoever names none."""
    while True:
        number = random.randint(20_000, 29_999)
        with (
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagrams,
            closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as streams,
            suppress(OSError),
        ):
            datagrams.bind(("127.0.0.1", number))
            streams.bind(("127.0.0.1", number))
            return number


@pytest.mark.parametrize("others", [["127.0.0.2"], []])
def test_others_are_passed_on_and_fail_where_nobody_knows_them(port: int, others: list[str]) -> None:
    asked = query("example.org")

    async def ask() -> tuple[bytes, bytes]:
        loop = asyncio.get_running_loop()
        other, _ = await loop.create_datagram_endpoint(Other, local_addr=("127.0.0.2", port))
        server = NameServer("127.0.0.1", others, port)
        await server.start()
        with closing(other), closing(server):
            told: asyncio.Future[bytes] = loop.create_future()
            client, _ = await loop.create_datagram_endpoint(
                partial(name_server.Question, asked, told), remote_addr=("127.0.0.1", port)
            )
            with closing(client):
                by_datagram = await asyncio.wait_for(told, 20)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                own = query("s3.us-east-1.amazonaws.com")
                writer.write(len(own).to_bytes(2) + own)
                by_stream = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            return by_datagram, by_stream

    by_datagram, by_stream = asyncio.run(ask())
    assert by_datagram == (asked[:2] + asked[2:].upper() if others else failure(asked))
    assert by_stream == answer(query("s3.us-east-1.amazonaws.com"), "127.0.0.1")
