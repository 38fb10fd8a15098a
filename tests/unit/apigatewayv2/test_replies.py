import pytest

from serein.services.apigatewayv2.replies import MalformedResponse, reply_of


def test_format_2_takes_what_has_no_status_code_for_the_body() -> None:
    reply = reply_of(b'{"a": 1}', "2.0")
    assert (reply.status, reply.body, reply.headers) == (200, b'{"a": 1}', [("content-type", "application/json")])
    assert reply_of(b'"Hello"', "2.0").body == b"Hello"
    assert reply_of(b"null", "2.0").body == b"null"


def test_a_response_without_content_type_is_plain_text() -> None:
    reply = reply_of(b'{"statusCode": 201, "body": "x", "headers": {"X-A": 1, "X-B": true}}', "2.0")
    assert reply.status == 201
    assert reply.headers == [("x-a", "1"), ("x-b", "true"), ("content-type", "text/plain; charset=utf-8")]


def test_cookies_become_set_cookie_headers() -> None:
    reply = reply_of(b'{"statusCode": "200", "cookies": ["a=1", "b=2; Path=/"]}', "2.0")
    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2; Path=/"]


def test_base64_bodies_are_decoded() -> None:
    assert reply_of(b'{"statusCode": 200, "body": "AAE=", "isBase64Encoded": true}', "2.0").body == b"\x00\x01"


def test_format_1_merges_multi_value_headers_over_headers() -> None:
    reply = reply_of(
        b'{"statusCode": 200, "headers": {"A": "1", "B": "2"}, "multiValueHeaders": {"a": ["3", "4"]}}', "1.0"
    )
    assert reply.headers[:3] == [("b", "2"), ("a", "3"), ("a", "4")]


@pytest.mark.parametrize(
    ("payload", "version"),
    [
        (b'{"a": 1}', "1.0"),
        (b'"text"', "1.0"),
        (b"not json", "2.0"),
        (b'{"statusCode": "abc"}', "2.0"),
        (b'{"statusCode": 42}', "2.0"),
        (b'{"statusCode": 200, "body": {"a": 1}}', "2.0"),
        (b'{"statusCode": 200, "headers": []}', "2.0"),
        (b'{"statusCode": 200, "headers": {"a": "x\\r\\ny: z"}}', "2.0"),
        (b'{"statusCode": 200, "body": "?", "isBase64Encoded": true}', "2.0"),
        (b'{"statusCode": 200, "multiValueHeaders": {"a": "b"}}', "1.0"),
    ],
)
def test_what_is_no_response_is_malformed(payload: bytes, version: str) -> None:
    with pytest.raises(MalformedResponse):
        reply_of(payload, version)
