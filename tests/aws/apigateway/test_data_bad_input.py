"""REST APIs under bad input: whatever comes, clients get a reply, and nobody else notices."""

import socket
from urllib.parse import urlsplit

import pytest

from rest_api import EVENT, RestApi
from serein.testing import Serein


@pytest.fixture(scope="module")
def api(serein_module: Serein) -> RestApi:
    api = RestApi(serein_module)
    function = api.function(EVENT)
    api.proxy("/{proxy+}", "ANY", function)
    api.proxy("/", "ANY", function)
    template = '{"statusCode": 200}'
    api.method(
        "/template",
        "POST",
        {"type": "MOCK", "requestTemplates": {"application/json": template}},
        {"200": {"responseTemplates": {"application/json": "$input.json('$.a') $input.params('x')"}}},
    )
    api.method(
        "/header",
        "GET",
        {"type": "MOCK", "requestTemplates": {"application/json": template}},
        {
            "200": {
                "responseTemplates": {
                    "application/json": "#set($context.responseOverride.header.x-a = $input.params('x'))ok"
                }
            }
        },
    )
    api.deploy()
    return api


def raw(api: RestApi, request: bytes) -> bytes:
    """What comes back for these bytes until the server is done with them."""
    address = urlsplit(api.aws.endpoint)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(request.replace(b"HOST", f"{api.id}.execute-api.localhost".encode()))
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def status(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "path",
    [
        "/%zz",
        "/%",
        "/%ff%fe",
        "/%00",
        "/../../etc/passwd",
        "/a/%2e%2e/b",
        "//",
        "///a//b",
        "/a?%zz=%ff&=&&a=%00",
        "/a?" + "&".join(f"p{i}=1" for i in range(2000)),
        "/" + "a/" * 2000,
        "/" + "a" * 20_000,
        "/\\..\\a",
        "/{id}",
        "/a;b=c?d;e",
    ],
    ids=lambda path: path[:20],
)
def test_any_path_gets_a_reply(api: RestApi, path: str) -> None:
    reply = raw(api, f"GET /prod{path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n".encode("latin-1"))
    assert status(reply) in (200, 403, 414, 431), reply[:300]


def test_a_request_with_two_lengths_is_refused(api: RestApi) -> None:
    head = b"POST /prod/a HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc"
    assert status(raw(api, head)) == 400


def test_a_request_that_hides_another_one_is_refused(api: RestApi) -> None:
    hidden = b"0\r\n\r\nGET /prod/hidden HTTP/1.1\r\nHost: HOST\r\n\r\n"
    head = b"POST /prod/a HTTP/1.1\r\nHost: HOST\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = raw(api, head % len(hidden) + hidden)
    assert reply.count(b"HTTP/1.1 ") == 1
    assert status(reply) == 400


@pytest.mark.parametrize("name", [b"x a", b"x\x00", b"\xff", b"x:", b""])
def test_a_header_that_is_none_is_refused(api: RestApi, name: bytes) -> None:
    reply = raw(api, b"GET /prod/a HTTP/1.1\r\nHost: HOST\r\n" + name + b": v\r\nConnection: close\r\n\r\n")
    assert status(reply) in (200, 400)


def test_a_giant_head_is_refused(api: RestApi) -> None:
    head = b"GET /prod/a HTTP/1.1\r\nHost: HOST\r\nX-Giant: " + b"a" * 400_000 + b"\r\n\r\n"
    try:
        assert status(raw(api, head)) == 431
    except ConnectionError:
        """The server said so before it had read all, and closed."""


def test_bytes_that_are_no_text_are_replaced_in_events(api: RestApi) -> None:
    event = api.request("POST", "/a?x=%ff", b"\xff\x00\xfe", {"Content-Type": "text/plain", "X-Bytes": "\xff"}).json()
    assert event["body"] == "�\x00�"
    assert event["queryStringParameters"] == {"x": "�"}


@pytest.mark.parametrize("body", [b"\xff", b"{", b"[" * 200_000, b"", b'{"a": "\\ud800"}', b"null", b"5"])
def test_any_body_gets_through_a_template_or_fails_in_it(api: RestApi, body: bytes) -> None:
    assert api.post("/template", body).status in (200, 500)


def test_a_mapped_header_can_not_bring_another_one_along(api: RestApi) -> None:
    answer = api.get("/header?x=1%0d%0aset-cookie:%20evil=1%0d%0a%0d%0abody")
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.header("set-cookie") is None


def test_a_body_over_ten_megabytes_is_refused(api: RestApi) -> None:
    answer = api.post("/a", bytes(10 * 1024 * 1024 + 1))
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


def test_an_event_that_a_function_can_not_take_is_an_error_of_the_client_or_ours(api: RestApi) -> None:
    assert api.post("/a", b"a" * (7 * 1024 * 1024)).status in (413, 500)


def test_a_request_to_no_api_is_forbidden(api: RestApi) -> None:
    request = b"GET /prod/a HTTP/1.1\r\nHost: nothere123.execute-api.localhost\r\nConnection: close\r\n\r\n"
    assert status(raw(api, request)) in (403, 404)
