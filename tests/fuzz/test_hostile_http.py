"""What no SDK would send: broken HTTP, hostile documents, wrong signatures. The server answers, and goes on."""

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from fuzz.raw_client import Answer, RawClient, credential_of
from serein.testing import ServerProcess

ACCOUNT = "123456789012"
JSON_HEAD = [
    b"POST / HTTP/1.1",
    b"Host: localhost",
    b"Content-Type: application/x-amz-json-1.0",
    credential_of(ACCOUNT, "dynamodb"),
]
LIST_TABLES = [*JSON_HEAD, b"X-Amz-Target: DynamoDB_20120810.ListTables"]
PUT_ITEM = [*JSON_HEAD, b"X-Amz-Target: DynamoDB_20120810.PutItem"]
S3_PUT = [b"PUT /hostile-bucket/key HTTP/1.1", b"Host: localhost", credential_of(ACCOUNT, "s3")]
QUERY_HEAD = [
    b"POST / HTTP/1.1",
    b"Host: localhost",
    b"Content-Type: application/x-www-form-urlencoded",
    credential_of(ACCOUNT, "sqs"),
]
DEEP = 100_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("hostile"), {"clock": "virtual"})
    client = RawClient(server.port)
    head = [b"PUT /hostile-bucket HTTP/1.1", b"Host: localhost", credential_of(ACCOUNT, "s3")]
    assert client.send(head, method="PUT").status == 200
    client.close()
    yield server
    server.stop()


@pytest.fixture
def client(server: ServerProcess) -> Iterator[RawClient]:
    client = RawClient(server.port)
    yield client
    client.close()
    assert is_healthy(server)
    assert "ERROR serein" not in (text := (server.data / "server.log").read_text()), text[-4000:]


def is_healthy(server: ServerProcess) -> bool:
    client = RawClient(server.port)
    answer = client.send([b"GET /_serein/health HTTP/1.1", b"Host: localhost"], method="GET")
    client.close()
    return answer.status == 200


def require_refusal(answer: Answer, *statuses: int) -> None:
    assert answer.status in (statuses or (400,)), answer


# HTTP itself

BROKEN = {
    "garbage": b"\x17\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "odd version": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nbroken\r\n\r\n",
    "space before colon": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nx-a: a\x00b\r\n\r\n",
    "bare LF": b"POST / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n",
    "negative length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "overflowing length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "both": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "odd coding": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
    "chunk garbage": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "chunk overflow": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
    "chunk without end": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
    "huge header": b"GET / HTTP/1.1\r\nHost: localhost\r\nx-a: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "huge target": b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: " + b"T" * 1_000_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"x-a: b\r\n" * 100_000 + b"\r\n",
    "huge path": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute address": b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "upgrade": b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n",
    "websocket": b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "odd expectation": b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: the-unexpected\r\nContent-Length: 0\r\n\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_broken_http_is_answered_or_hung_up_on(client: RawClient, kind: str) -> None:
    answer = client.send_bytes(BROKEN[kind], method="GET")
    assert answer.status < 500 or answer.status == 501, answer


def test_a_tls_handshake_that_is_none_ends_the_connection(client: RawClient) -> None:
    connection = client.connection()
    connection.sendall(b"\x16\x03\x01\x00\x05hello" * 20)
    while connection.recv(1000):
        pass


def test_http_2_settings_that_are_none_end_the_connection(client: RawClient) -> None:
    assert client.send_bytes(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64, method="GET").status == 0


def test_http_1_0_is_answered_and_closed(client: RawClient) -> None:
    answer = client.send_bytes(b"GET /_serein/health HTTP/1.0\r\n\r\n", method="GET")
    assert answer.status == 200
    assert answer.headers.get("connection", "close") == "close"


def test_a_client_that_expects_to_continue_is_told_to(client: RawClient) -> None:
    head = b"\r\n".join([*LIST_TABLES, b"Expect: 100-continue", b"Content-Length: 2"]) + b"\r\n\r\n"
    connection = client.connection()
    connection.sendall(head)
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1000)
    assert received.startswith(b"HTTP/1.1 100 ")
    assert client.send_bytes(b"{}").status == 200


def test_pipelined_requests_are_answered_in_order(client: RawClient) -> None:
    one = b"\r\n".join([*LIST_TABLES, b"Content-Length: 2"]) + b"\r\n\r\n{}"
    assert client.send_bytes(one * 2 + b"GET /_serein/health HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200


def test_half_a_request_holds_nobody_up(server: ServerProcess, client: RawClient) -> None:
    halves = [
        b"POST / HTTP/1.1\r\nHost: localh",
        b"\r\n".join([*LIST_TABLES, b"Content-Length: 500"]) + b'\r\n\r\n{"Limit"',
        b"\r\n".join([*S3_PUT, b"Content-Length: 500000"]) + b"\r\n\r\nabc",
        b"\r\n".join([*S3_PUT, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n5\r\nab",
    ]
    waiting = []
    for half in halves * 10:
        connection = socket.create_connection(("127.0.0.1", server.port), 5)
        connection.sendall(half)
        waiting.append(connection)
    assert client.send(LIST_TABLES, b"{}").status == 200
    for connection in waiting:
        connection.close()
    assert client.send(LIST_TABLES, b"{}").status == 200


@pytest.mark.parametrize(
    "kind", ["foreign host", "rebound", "foreign origin", "null origin", "no origin", "cross-site"]
)
def test_what_a_web_page_could_send_is_refused(client: RawClient, kind: str) -> None:
    lines = {
        "foreign host": [b"Host: evil.example"],
        "rebound": [b"Host: localhost.evil.example:4566"],
        "foreign origin": [b"Host: localhost", b"Origin: https://evil.example"],
        "no origin": [b"Host: localhost", b"Origin: http://["],
        "null origin": [b"Host: localhost", b"Origin: null"],
        "cross-site": [b"Host: localhost", b"Sec-Fetch-Site: cross-site"],
    }[kind]
    for first, method in ((b"POST / HTTP/1.1", "POST"), (b"GET /_serein/state HTTP/1.1", "GET")):
        request = [first, *lines, b"X-Amz-Target: DynamoDB_20120810.ListTables", JSON_HEAD[3]]
        require_refusal(client.send(request, b"{}" if method == "POST" else b"", method=method), 403)


def test_a_body_announced_too_large_is_refused_without_being_read(client: RawClient) -> None:
    head = b"\r\n".join([*LIST_TABLES, b"Content-Length: 99999999999"]) + b"\r\n\r\n"
    require_refusal(client.send_bytes(head), 413)


def test_a_chunked_body_that_grows_too_large_is_refused(client: RawClient) -> None:
    head = b"\r\n".join([*LIST_TABLES, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n"
    chunk = b"400000\r\n" + b" " * 0x400000 + b"\r\n"
    answer = client.send_bytes(head + chunk * 20 + b"0\r\n\r\n")
    assert answer.status in (0, 413), answer


# Addresses and parameters


@pytest.mark.parametrize(
    "target",
    [
        b"",
        b".",
        b"..",
        b"DynamoDB_20120810",
        b"DynamoDB_20120810.",
        b"DynamoDB_20120810.Nothing",
        b"Nothing.ListTables",
        b"\xff\xfe.\xff",
        b"DynamoDB_20120810.__class__",
        b"Timestream_20181101.ListDatabases",
        b"A" * 60000,
    ],
)
def test_unknown_targets_are_aws_errors(client: RawClient, target: bytes) -> None:
    answer = client.send([*JSON_HEAD, b"X-Amz-Target: " + target], b"{}")
    require_refusal(answer, 400, 403, 404, 405, 501)
    if answer.headers["content-type"].startswith("application/"):
        assert answer.request_id


@pytest.mark.parametrize(
    "body", [b"", b"Action=", b"Action=Nothing", b"Action=%FF%FE", b"Action=CreateQueue&" * 5000, b"=&=&="]
)
def test_unknown_actions_are_aws_errors(client: RawClient, body: bytes) -> None:
    require_refusal(client.send(QUERY_HEAD, body), 400, 404, 405)


@pytest.mark.parametrize(
    "body",
    [
        b"Action=CreateQueue&QueueName=%FF%FE",
        b"Action=CreateQueue&QueueName=a%00b",
        b"Action=CreateQueue&QueueName=a&Attribute.99999999999999999999.Name=a&Attribute.1=b",
        b"Action=SendMessage&DelaySeconds=" + b"9" * 5000,
        b"Action=ReceiveMessage&MaxNumberOfMessages=1e9",
        b"Action=CreateQueue&" + b"Tag." * 50_000 + b"Key=a",
        b"&".join(b"Action=CreateQueue&a%d.b.c=d" % number for number in range(20_000)),
    ],
)
def test_forms_that_make_no_sense_are_refused(client: RawClient, body: bytes) -> None:
    require_refusal(client.send(QUERY_HEAD, body))


def test_paths_and_queries_may_hold_any_bytes(client: RawClient) -> None:
    for path in (
        b"/%00",
        b"/%FF%FE/a",
        b"//",
        b"/..%2f..%2fetc/passwd",
        b"/a?%",
        b"/a?%FF=%00",
        b"/?a&&&=&b=c&b",
        b"/%",
    ):
        line = b"GET " + path + b" HTTP/1.1"
        answer = client.send([line, b"Host: localhost", credential_of(ACCOUNT, "s3")], method="GET")
        assert answer.status in (200, 400, 403, 404, 405, 501), (path, answer)


# Documents


def deep_json(opening: bytes, closing: bytes) -> bytes:
    return opening * DEEP + closing * DEEP


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nul", b"\xff\xfe", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"\x00", b"[]", b'"a"', b"1", b"null",
        deep_json(b"[", b"]"), deep_json(b'{"a":', b"}"), b"[" * 1_000_000, b'{"Limit":1e400}', b'{"Limit":-1}',
        b'{"Limit":99999999999999999999999999999999}', b'{"Limit":"1"}', b'{"Limit":true}', b'{"Limit":[]}',
        b'{"Limit":' + b"9" * 100_000 + b"}", b'{"ExclusiveStartTableName":{}}', b'{"Limit":"\\u0000"}',
        b"{}" * 2, b'{"Limit":NaN}', b'{"Limit":1,"Limit":"a"}', gzip.compress(b"{}", mtime=0),
    ],
)  # fmt: skip
def test_json_that_is_none_or_of_another_type_is_refused(client: RawClient, body: bytes) -> None:
    answer = client.send(LIST_TABLES, body)
    assert answer.status in (200, 400), answer
    assert answer.request_id
    json.loads(answer.body)


def test_items_nested_deeply_are_refused(client: RawClient) -> None:
    for depth in (40, 400, 4_000, 40_000):
        value = '{"L":[' * depth + '{"S":"a"}' + "]}" * depth
        body = f'{{"TableName":"name","Item":{{"a":{{"S":"b"}},"d":{value}}}}}'
        require_refusal(client.send(PUT_ITEM, body.encode()))


@pytest.mark.parametrize(
    "number", ["1e400", "9" * 5000, "1e-99999999999999999999", "NaN", "", " 1", "0x1", "1" * 39, "١", "--1"]
)
def test_numbers_beyond_dynamodb_are_refused(client: RawClient, number: str) -> None:
    body = json.dumps({"TableName": "name", "Item": {"a": {"N": number}}})
    require_refusal(client.send(PUT_ITEM, body.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<", b"<a>", b"\xff\xfe<\x00a\x00", b"<a/>" * 2, b"<a>&undefined;</a>", b"<a>\x00</a>", b"<Tagging>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><Tagging>&b;</Tagging>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Tagging>&b;</Tagging>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x"><Tagging/>',
        b"<!DOCTYPE a [" + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
        + b"]><Tagging>&e11;</Tagging>",
        b"<a>" * DEEP + b"</a>" * DEEP, b"<Tagging><TagSet>" + b"<Tag>" * 300, b'<?xml encoding="x"?><a/>',
        b"<Tagging " + b"".join(b'a%d="" ' % n for n in range(10_000)) + b"/>", b"<" + b"a" * 1_000_000 + b"/>",
    ],
)  # fmt: skip
def test_xml_that_is_none_or_hostile_is_refused(client: RawClient, body: bytes) -> None:
    head = [b"PUT /hostile-bucket?tagging HTTP/1.1", *S3_PUT[1:]]
    answer = client.send(head, body, method="PUT")
    require_refusal(answer)
    assert answer.request_id
    assert b"root:" not in answer.body


CBOR_HEAD = [
    b"POST /service/GraniteServiceVersion20100801/operation/PutMetricData HTTP/1.1",
    b"Host: localhost",
    b"smithy-protocol: rpc-v2-cbor",
    b"Content-Type: application/cbor",
    credential_of(ACCOUNT, "monitoring"),
]


@pytest.mark.parametrize(
    "body",
    [
        b"\xff", b"\x9f", b"\xbf", b"\x81" * DEEP, b"\xa1\x61a" * DEEP, b"\x9b" + b"\xff" * 8, b"\xbb" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8, b"\x7b\x00\x00\x00\x7f" + b"\xff" * 4, b"\x5f" + b"\x41a" * 9_000, b"\xd9\xff\xff\x00",
        b"\xc2\x5a\x00\x10\x00\x00" + b"\xff" * 0x100000, b"\xc4\x82\x1b" + b"\xff" * 8 + b"\x01", b"\xf9\x7e\x00",
        b"\xa1\x61\xff\x00", b"\xa2\x61a\x00\x61a\x01", b"\xd8\x1c\x81\xd8\x1d\x00", b"\xa0\xa0", b"\x00", b"\xf6",
    ],
)  # fmt: skip
def test_cbor_that_is_none_or_hostile_is_refused(client: RawClient, body: bytes) -> None:
    require_refusal(client.send(CBOR_HEAD, body), 400, 501)


# Streamed bodies

CHUNKED = [*S3_PUT, b"Content-Encoding: aws-chunked", b"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER"]


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ([b"x-amz-decoded-content-length: 5"], b"5\r\nhello\r\n"),
        ([b"x-amz-decoded-content-length: 4"], b"5\r\nhello\r\n0\r\n\r\n"),
        ([b"x-amz-decoded-content-length: 6"], b"5\r\nhello\r\n0\r\n\r\n"),
        ([b"x-amz-decoded-content-length: -5"], b"zz\r\nhello\r\n0\r\n\r\n"),
        ([b"x-amz-decoded-content-length: 5"], b"ffffffffffffffffffff\r\nhello"),
        ([b"x-amz-decoded-content-length: 5"], b"a" * 100_000),
        ([b"x-amz-decoded-content-length: 5"], b"5\r\nhelloX\r\n0\r\n\r\n"),
        ([b"x-amz-trailer: x-amz-checksum-crc32"], b"5\r\nhello\r\n0\r\n\r\n"),
        ([b"x-amz-trailer: x-amz-checksum-crc32"], b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
        ([b"x-amz-trailer: x-amz-checksum-nothing"], b"5\r\nhello\r\n0\r\n\r\n"),
        ([b"x-amz-trailer: x-amz-checksum-crc32"], b"5\r\nhello\r\n0\r\n" + b"a:b\r\n" * 1000 + b"\r\n"),
        ([b"x-amz-trailer: x-amz-checksum-crc32"], b"5\r\nhello\r\n0\r\n" + b"a" * 100_000 + b"\r\n\r\n"),
    ],
)
def test_streamed_bodies_that_contradict_themselves_leave_no_object(
    client: RawClient, lines: list[bytes], body: bytes
) -> None:
    require_refusal(client.send([*CHUNKED, *lines], body, method="PUT"))
    head = [b"HEAD /hostile-bucket/key HTTP/1.1", *S3_PUT[1:]]
    assert client.send(head, method="HEAD").status == 404


@pytest.mark.parametrize(
    "line",
    [
        b"Content-MD5: \xff\xfe",
        b"Content-MD5: AAAA",
        b"x-amz-checksum-sha256: \xc3\xa9",
        b"x-amz-content-sha256: " + b"0" * 64,
        b"x-amz-acl: nothing",
        b"x-amz-tagging: =&=&%",
        b"x-amz-copy-source: %",
        b"x-amz-object-lock-retain-until-date: never",
        b"x-amz-storage-class: NOTHING",
        b"If-None-Match: \xff",
        b"x-amz-meta-a: " + b"a" * 3000,
    ],
)
def test_headers_that_make_no_sense_are_refused(client: RawClient, line: bytes) -> None:
    answer = client.send([*S3_PUT, line], b"content", method="PUT")
    require_refusal(answer, 400, 404, 501)


def form(policy: bytes) -> bytes:
    fields = ((b"key", b"k"), (b"policy", base64.b64encode(policy)), (b"file", b"content"))
    parts = [b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % field for field in fields]
    return b"".join(parts) + b"--b--\r\n"


EXPIRES = b'{"expiration":"2099-01-01T00:00:00Z","conditions":'


@pytest.mark.parametrize(
    "body",
    [
        *[b"", b"--b", b"--b--", b"--b\r\n\r\n\r\n--b--", b"x" * 200_000, b"--b\r\n" * 50_000],
        *[form(b"x"), form(b"[]"), form(b'{"expiration":1}'), form(b"[" * 9_000), form(EXPIRES + b"1}")],
        *[
            form(EXPIRES + b'[["content-length-range","a",{}]]}'),
            form(EXPIRES + b'[["eq"]]}'),
            form(EXPIRES + b"[[]]}"),
        ],
    ],
)
def test_browser_forms_that_make_no_sense_are_refused(client: RawClient, body: bytes) -> None:
    head = [b"POST /hostile-bucket HTTP/1.1", b"Host: localhost", b"Content-Type: multipart/form-data; boundary=b"]
    require_refusal(client.send(head, body), 400, 403)


@pytest.mark.parametrize("page", [b"clock", b"idle", b"health"])
@pytest.mark.parametrize(
    "body", [b"[", b"[]", b"[" * DEEP, b'{"advance_seconds":"a","timeout_seconds":[]}', b'{"advance_seconds":1e10}']
)
def test_admin_requests_that_make_no_sense_are_refused(client: RawClient, page: bytes, body: bytes) -> None:
    answer = client.send([b"POST /_serein/" + page + b" HTTP/1.1", b"Host: localhost"], body)
    assert answer.status in (200, 400, 405), answer


def test_gzip_that_is_none_is_refused(client: RawClient) -> None:
    for body in (b"\x1f\x8b" + b"\xff" * 100, gzip.compress(b" " * 200_000_000, 9), gzip.compress(b"{}", mtime=0)[:-6]):
        answer = client.send([*CBOR_HEAD, b"Content-Encoding: gzip"], body)
        require_refusal(answer, 400, 501)


# Signatures that are none: accepted or refused, but answered

AUTHORIZATIONS: list[Any] = [
    b"", b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA256 ", b"AWS4-HMAC-SHA256 Credential=", b"Bearer x", b"\xff\xfe",
    b"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e", b"AWS a:b", b"AWS4-X y",
    b"AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;;, Signature==", b"AWS4-HMAC-SHA256 Credential=a/b/c",
    b"AWS4-HMAC-SHA256 Credential=\xc3\xa9/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=a, Signature=\xc3",
    b"AWS4-HMAC-SHA256 " + b"Credential=a/20260101/us-east-1/dynamodb/aws4_request," * 1000,
    b"AWS4-HMAC-SHA256 Credential=a/20260101/../dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    b"AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/nothing/aws4_request, SignedHeaders=host, Signature=0",
]  # fmt: skip


@pytest.mark.parametrize("header", AUTHORIZATIONS)
def test_any_authorization_header_is_answered(client: RawClient, header: bytes) -> None:
    for head in (LIST_TABLES, QUERY_HEAD, S3_PUT):
        lines = [line for line in head if not line.startswith(b"Authorization")]
        method = "PUT" if head is S3_PUT else "POST"
        answer = client.send([*lines, b"Authorization: " + header], b"{}", method=method)
        assert answer.status < 500 or answer.status == 501, answer
    delete = [b"DELETE /hostile-bucket/key HTTP/1.1", *S3_PUT[1:]]
    assert client.send(delete, method="DELETE").status == 204


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that wants right signatures."""
    server = ServerProcess(tmp_path_factory.mktemp("strict"), {"auth": "on"})
    yield server
    server.stop()


@pytest.mark.parametrize("header", AUTHORIZATIONS)
def test_any_wrong_authorization_header_is_refused(strict: ServerProcess, header: bytes) -> None:
    client = RawClient(strict.port)
    for head in (LIST_TABLES, QUERY_HEAD, S3_PUT, CBOR_HEAD):
        for date in (b"20260101T000000Z", b"20990101T000000Z", b"never", b"99999999T999999Z"):
            lines = [line for line in head if not line.startswith(b"Authorization")]
            method = "PUT" if head is S3_PUT else "POST"
            answer = client.send([*lines, b"Authorization: " + header, b"X-Amz-Date: " + date], b"{}", method=method)
            require_refusal(answer, 400, 403, 404, 405, 501)
    client.close()
    assert is_healthy(strict)
    assert "ERROR serein" not in (text := (strict.data / "server.log").read_text()), text[-4000:]
