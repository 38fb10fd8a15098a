"""A name server for functions: AWS's host names are an address of this machine, all others what the system says.

Programs have no hook where a name could be turned into another address, so those that are in a sandbox are given this
as their resolver. It answers what is asked in one question, as resolvers do, and passes on what is not AWS's.
https://www.rfc-editor.org/rfc/rfc1035
"""

import asyncio
import logging
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

log = logging.getLogger("serein.http")
_PORT = 53
_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws")
_MACHINES = frozenset({"rds", "cache", "compute", "compute-1", "elb", "redshift", "docdb", "neptune"})
_BROKERS = frozenset({"mq", "kafka"})
"""AWS: `….{region}.rds.amazonaws.com` and `….mq.{region}.amazonaws.com` are machines, with protocols of their own."""
_HEADER_BYTES, _LONGEST_LABEL = 12, 63
_TYPE_A, _CLASS_IN, _ANY = 1, 1, 255
_SERVER_FAILED = 2
_TTL_SECONDS = 60
_FORWARD_SECONDS = 5.0
_MOST_FORWARDED = 256
_Address = tuple[str, int]


class BadQuery(ValueError):
    """Not a question that a resolver asks."""


def parse_question(query: bytes) -> tuple[str, int, int]:
    """The name, in small letters, the type, and where the question ends. Raises BadQuery."""
    if len(query) < _HEADER_BYTES or query[2] & 0xF8 or int.from_bytes(query[4:6]) != 1:
        raise BadQuery
    labels, at = [], _HEADER_BYTES
    while at < len(query) and (length := query[at]):
        label = query[at + 1 : at + 1 + length]
        if length > _LONGEST_LABEL or len(label) < length:
            raise BadQuery
        labels.append(label.decode("ascii", "replace").lower())
        at += 1 + length
    if at + 5 > len(query) or int.from_bytes(query[at + 3 : at + 5]) not in (_CLASS_IN, _ANY):
        raise BadQuery
    return ".".join(labels), int.from_bytes(query[at + 1 : at + 3]), at + 5


def is_aws(name: str) -> bool:
    """Whether a name is one of an AWS API, or of something that AWS serves over HTTPS."""
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), None)
    if suffix is None:
        return False
    labels = name.removesuffix(suffix).split(".")
    is_machine = len(labels) > 1 and labels[-1] in _MACHINES
    return not is_machine and not (len(labels) > 2 and labels[-2] in _BROKERS)


def answer(query: bytes, address: str) -> bytes | None:
    """The reply to a question about AWS's names; None when it is about others. Raises BadQuery."""
    name, kind, end = parse_question(query)
    if not is_aws(name):
        return None
    records = b""
    if kind in (_TYPE_A, _ANY):
        record = _TYPE_A.to_bytes(2) + _CLASS_IN.to_bytes(2) + _TTL_SECONDS.to_bytes(4)
        records = b"\xc0\x0c" + record + (4).to_bytes(2) + socket.inet_aton(address)
    return _head(query, 0, len(records) > 0) + query[_HEADER_BYTES:end] + records


def failure(query: bytes) -> bytes:
    """The reply that nobody knows. Raises BadQuery."""
    return _head(query, _SERVER_FAILED, False) + query[_HEADER_BYTES : parse_question(query)[2]]


def _head(query: bytes, code: int, has_answer: bool) -> bytes:
    """AWS's names are ours to answer, with what was wished of recursion said back."""
    return query[:2] + bytes((0x84 | query[2] & 1, 0x80 | code, 0, 1, 0, has_answer, 0, 0, 0, 0))


def system_servers(configuration: Path) -> list[str]:
    """The name servers of a resolv.conf."""
    with suppress(OSError):
        lines = [line.split() for line in configuration.read_text("utf-8", "replace").splitlines()]
        return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return []


def resolver_configuration(configuration: Path, address: str) -> str:
    """A resolv.conf that asks `address`, and is as the system's otherwise."""
    kept: list[str] = []
    with suppress(OSError):
        lines = configuration.read_text("utf-8", "replace").splitlines()
        kept = [line for line in lines if line.startswith(("search", "domain", "options"))]
    return "\n".join([f"nameserver {address}", *kept, ""])


class NameServer:
    """Answers on a port of an address, by UDP and TCP."""

    def __init__(self, address: str, others: list[str], port: int = _PORT) -> None:
        """`others` are the name servers that know the rest, on the same port."""
        self._address = address
        self._port = port
        self._others = others
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._forwarding: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError when the port can't be had."""
        loop = asyncio.get_running_loop()
        place = (self._address, self._port)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Questions(self), local_addr=place)
        try:
            self._tcp = await asyncio.start_server(self._converse, *place)
        except OSError:
            self._udp.close()
            raise

    def close(self) -> None:
        for task in self._forwarding:
            task.cancel()
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    def asked(self, query: bytes, asker: _Address) -> None:
        """A question by UDP. What is none is dropped, as is what comes while too many wait."""
        with suppress(BadQuery):
            reply = answer(query, self._address)
            if reply is None and not self._others:
                reply = failure(query)
            if reply is not None:
                self.tell(reply, asker)
            elif len(self._forwarding) < _MOST_FORWARDED:
                task = asyncio.get_running_loop().create_task(self._forward(query, asker))
                self._forwarding.add(task)
                task.add_done_callback(self._forwarding.discard)

    def tell(self, reply: bytes, asker: _Address) -> None:
        if self._udp is not None and not self._udp.is_closing():
            self._udp.sendto(reply, asker)

    async def _forward(self, query: bytes, asker: _Address) -> None:
        """Ask the others in turn; who asked tries again when none answers."""
        loop = asyncio.get_running_loop()
        for other in self._others:
            replied: asyncio.Future[bytes] = loop.create_future()
            with suppress(OSError, TimeoutError):
                question = partial(Question, query, replied)
                transport, _ = await loop.create_datagram_endpoint(question, remote_addr=(other, self._port))
                try:
                    self.tell(await asyncio.wait_for(replied, _FORWARD_SECONDS), asker)
                    return
                finally:
                    transport.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Questions by TCP, each with its length before it."""
        with suppress(OSError, EOFError, BadQuery, TimeoutError):
            while True:
                query = await _read_sized(reader)
                reply = answer(query, self._address) or await self._forward_stream(query) or failure(query)
                writer.write(len(reply).to_bytes(2) + reply)
                await writer.drain()
        writer.close()

    async def _forward_stream(self, query: bytes) -> bytes | None:
        for other in self._others:
            with suppress(OSError, EOFError, TimeoutError):
                reader, writer = await asyncio.wait_for(asyncio.open_connection(other, self._port), _FORWARD_SECONDS)
                try:
                    writer.write(len(query).to_bytes(2) + query)
                    return await asyncio.wait_for(_read_sized(reader), _FORWARD_SECONDS)
                finally:
                    writer.close()
        return None


async def _read_sized(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))


class _Questions(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: _Address) -> None:
        self._server.asked(data, addr)


class Question(asyncio.DatagramProtocol):
    """A question to a name server; `replied` gets what it says, or that it can't be reached."""

    def __init__(self, query: bytes, replied: "asyncio.Future[bytes]") -> None:
        self._replied = replied
        self._query = query

    def connection_made(self, transport: Any) -> None:
        transport.sendto(self._query)

    def datagram_received(self, data: bytes, addr: _Address) -> None:
        if data[:2] == self._query[:2] and not self._replied.done():
            self._replied.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._replied.done():
            self._replied.set_exception(exc)
