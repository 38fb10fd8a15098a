"""Replies of HTTP_PROXY integrations that are passed on as they come."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from rest_api import RestApi
from serein.testing import Serein

STREAMED = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "responseTransferMode": "STREAM"}
MEGABYTE = b"x" * 1024 * 1024


class Backend:
    """A server that sends a word, waits until it is told to go on, and then sends a lot."""

    def __init__(self) -> None:
        self.goes_on = goes_on = threading.Event()

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(202)
                self.send_header("X-Kind", "slow")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self._send(b"first")
                if self.path == "/broken":
                    self.close_connection = True
                    return
                goes_on.wait(60)
                for _ in range(12):
                    self._send(MEGABYTE)
                self._send(b"")

            def _send(self, chunk: bytes) -> None:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.goes_on.set()
    backend.server.shutdown()
    backend.server.server_close()


@pytest.fixture
def api(aws: Serein, backend: Backend) -> RestApi:
    api = RestApi(aws)
    api.method("/slow", "GET", {**STREAMED, "uri": f"{backend.url}/slow"})
    api.method("/broken", "GET", {**STREAMED, "uri": f"{backend.url}/broken"})
    api.method("/none", "GET", {**STREAMED, "uri": "http://127.0.0.1:1/"})
    api.deploy()
    return api


def begin(aws: Serein, api: RestApi, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=60)
    connection.request("GET", f"/_serein/api/{api.id}/prod{path}")
    return connection.getresponse()


def test_a_reply_is_passed_on_as_it_comes_however_long_it_is(aws: Serein, api: RestApi, backend: Backend) -> None:
    reply = begin(aws, api, "/slow")
    assert (reply.status, reply.getheader("X-Kind")) == (202, "slow")
    assert reply.read(5) == b"first"
    backend.goes_on.set()
    assert len(reply.read()) == 12 * len(MEGABYTE)


def test_a_server_that_breaks_off_ends_the_reply(aws: Serein, api: RestApi) -> None:
    assert begin(aws, api, "/broken").read() == b"first"
    place = {"restApiId": api.id, "resourceId": api.resource("/broken"), "httpMethod": "GET"}
    assert api.client.test_invoke_method(**place)["body"] == "first"


def test_a_server_that_is_not_there_is_told_as_ever(aws: Serein, api: RestApi) -> None:
    assert begin(aws, api, "/none").status == 504
