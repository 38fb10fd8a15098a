from serein.kernel.http import ByteStream, HttpRequest
from serein.services.apigatewayv2.events import Arrival, event_of


def _arrival(body: bytes = b"", query: str = "", path: str = "/dev/pets/a%20b", **headers: str) -> Arrival:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    http = HttpRequest(
        "POST",
        path,
        query,
        {"host": "x", "user-agent": "curl", **sent},
        ByteStream.of(body),
        "api1.execute-api.localhost",
    )
    sent_headers = [("host", "x"), ("user-agent", "curl"), *sent.items()]
    http.raw_headers = [(name.encode(), value.encode()) for name, value in sent_headers]
    return Arrival(
        http,
        body,
        "123456789012",
        "api1",
        "dev",
        {"v": "1"},
        "POST /pets/{id}",
        path,
        {"id": "a b"},
        "r=",
        "Root=1-2",
        0.5,
    )


def test_format_2_joins_repeats_and_splits_cookies() -> None:
    event = event_of(_arrival(query="a=1&a=2&b=x%20y", cookie="k=1; l=2", x_h="1,2"), "2.0")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y"}
    assert event["rawQueryString"] == "a=1&a=2&b=x%20y"
    assert event["cookies"] == ["k=1", "l=2"]
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-h"] == "1,2"
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/dev/pets/a b"
    assert event["pathParameters"] == {"id": "a b"}
    assert event["stageVariables"] == {"v": "1"}
    assert event["requestContext"]["time"] == "01/Jan/1970:00:00:00 +0000"
    assert event["requestContext"]["timeEpoch"] == 500
    assert "body" not in event
    assert event["isBase64Encoded"] is False


def test_cookies_of_several_headers_are_all_there() -> None:
    arrival = _arrival(cookie="k=1")
    arrival.http.raw_headers.append((b"cookie", b"l=2; m=3"))
    assert event_of(arrival, "2.0")["cookies"] == ["k=1", "l=2", "m=3"]


def test_only_text_json_xml_and_javascript_bodies_are_text() -> None:
    for kind, is_encoded in [
        ("application/json; charset=utf-8", False),
        ("text/csv", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("application/octet-stream", True),
    ]:
        event = event_of(_arrival(b"hi", content_type=kind), "2.0")
        assert (event["isBase64Encoded"], event["body"]) == (is_encoded, "aGk=" if is_encoded else "hi"), kind
    assert event_of(_arrival(b"hi"), "2.0")["isBase64Encoded"] is True
    assert event_of(_arrival(b"\xff", content_type="text/plain"), "2.0")["body"] == "/w=="


def test_format_1_has_single_and_multiple_values_and_nulls() -> None:
    event = event_of(_arrival(query="a=1&a=2"), "1.0")
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/pets/{id}"
    assert event["body"] is None
    assert event["headers"]["User-Agent"] == "curl"
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["127.0.0.1"]
