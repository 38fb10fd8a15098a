"""The Runtime API's HTTP: what it takes, what it refuses, byte by byte."""

import asyncio
import socket

import pytest

from serein.runtime.responses import Response
from serein.runtime.runtime_api import Body, Connection, Refused

PATH = b"/2018-06-01/runtime"


class Recorder:
    """An environment that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def next_wanted(self, connection: Connection) -> None:
        self.told.append(("next",))
        connection.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def response_started(self, request_id: str, content_type: str, streaming: bool) -> Response:
        if request_id == "unknown":
            raise Refused("400 Bad Request", "InvalidRequestID", "Invalid request ID")
        broke_off = lambda request_id: self.told.append(("broke off", request_id))
        return Response(lambda *ended: self.told.append(("response", *ended)), broke_off, request_id, None)

    def error_reported(self, request_id: str, document: bytes, error_type: str) -> None:
        self.told.append(("error", request_id, document, error_type))

    def restore_wanted(self, connection: Connection) -> None:
        raise Refused("404 Not Found", "ResourceNotFound", "No snapshots here")

    def restore_failed(self, document: bytes, error_type: str) -> None:
        self.told.append(("restore failed", document, error_type))

    def extension_asks(
        self, method: bytes, target: str, headers: dict[bytes, bytes], connection: Connection
    ) -> Body | None:
        self.told.append(("extension", method, target))
        connection.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return None


def talk(*pieces: bytes) -> tuple[list[tuple[object, ...]], bytes]:
    """Send the pieces over a connection of their own; what the environment was told, and what came back."""

    async def body() -> tuple[list[tuple[object, ...]], bytes]:
        recorder = Recorder()
        server = await asyncio.get_running_loop().create_server(lambda: Connection(recorder), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        server.close()
        return recorder.told, answer

    return asyncio.run(body())


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def test_requests_follow_one_another_however_they_are_split() -> None:
    data = (
        b"GET %s/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
        b"POST %s/invocation/r/response HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"
        b"POST %s/invocation/r/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        b"POST %s/init/error HTTP/1.1\r\nContent-Length: 2\r\nLambda-Runtime-Function-Error-Type: T\r\n\r\n{}"
        b"POST %s/invocation/r/error HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    ).replace(b"%s", PATH)
    expected = [
        ("next",),
        ("response", "r", b"12345", None),
        ("response", "r", b"abcde", None),
        ("error", "", b"{}", "T"),
        ("error", "r", b"", ""),
    ]
    assert talk(data)[0] == expected
    told, answer = talk(*byte_by_byte(data))
    assert told == expected
    assert answer.count(b"202 Accepted") == 4 and answer.count(b"200 OK") == 1


def test_an_answer_and_the_question_for_the_next_event_are_replied_to_together() -> None:
    written: list[bytes] = []

    class Transport(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            written.append(bytes(data))

        def get_extra_info(self, name: str, default: object = None) -> object:
            return socket.socket()

    connection = Connection(Recorder())
    connection.connection_made(Transport())
    answer = b"POST " + PATH + b"/invocation/r/response HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    connection.data_received(answer + b"GET " + PATH + b"/invocation/next HTTP/1.1\r\n\r\n")
    assert len(written) == 1 and written[0].index(b"202 Accepted") < written[0].index(b"200 OK")
    connection.data_received(answer + b"\r\n")
    assert len(written) == 2 and b"202 Accepted" in written[1]


def test_trailers_tell_a_late_error() -> None:
    data = (
        b"POST " + PATH + b"/invocation/r/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        b"Lambda-Runtime-Function-Error-Type: E\r\nLambda-Runtime-Function-Error-Body: e30=\r\n\r\n"
    )
    assert talk(data)[0] == [("response", "r", b"a", b"{}")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404"),
        (b"DELETE %s/invocation/next HTTP/1.1\r\n\r\n", b"404"),
        (b"GET %s/invocation/next HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST %s/invocation/r/response HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST %s/invocation/r/response HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", b"400"),
        (b"POST %s/invocation/r/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST %s/invocation/unknown/response HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"400"),
    ],
)
def test_what_is_no_request_of_the_api_is_refused(data: bytes, status: bytes) -> None:
    told, answer = talk(data.replace(b"%s", PATH))
    assert [what for what in told if what[0] != "broke off"] == []
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b'"errorType"' in answer


def test_a_refused_body_is_read_past() -> None:
    data = (
        b"POST %s/invocation/unknown/response HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        b"GET %s/invocation/next HTTP/1.1\r\n\r\n"
    ).replace(b"%s", PATH)
    told, answer = talk(data)
    assert told == [("next",)]
    assert answer.endswith(b"{}")


def test_expectations_are_met() -> None:
    data = b"POST " + PATH + b"/invocation/r/response HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n1"
    assert talk(data)[1].startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted")


def test_an_endless_head_is_not_gathered() -> None:
    with pytest.raises(ConnectionError):
        talk(*[b"A" * 100_000] * 100)


def test_a_response_that_breaks_off_is_told() -> None:
    told, _ = talk(b"POST %s/invocation/r/response HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345" % PATH)
    assert told == [("broke off", "r")]


def test_requests_of_the_other_apis_are_passed_on() -> None:
    told, _ = talk(
        b"GET /2020-01-01/extension/event/next HTTP/1.1\r\n\r\n",
        b"POST %s/restore/error HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" % PATH,
    )
    assert told == [("extension", b"GET", "/2020-01-01/extension/event/next"), ("restore failed", b"{}", "")]
