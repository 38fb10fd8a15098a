"""Function URLs, by path: payload 2.0, replies, CORS, streaming."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import pytest


@pytest.fixture
def url(aws: Any, functions: Any) -> Callable[..., str]:
    """Give `f` a URL, and return one that needs no name resolution."""

    def make(**settings: Any) -> str:
        config = functions.create_function_url_config(FunctionName="f", **{"AuthType": "NONE", **settings})
        url_id = config["FunctionUrl"].removeprefix("http://").split(".")[0]
        return f"{aws.endpoint}/_aws/lambda/url/{url_id}"

    return make


def fetch(
    url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def test_a_request_becomes_an_event_and_the_result_a_reply(create: Callable[..., Any], url: Callable[..., str]) -> None:
    create()
    status, headers, body = fetch(
        url() + "/a%20b?x=1&x=2&y=", "POST", {"Content-Type": "application/json", "Cookie": "k=v; l=w"}, b'{"z": 1}'
    )
    event = json.loads(body)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/a b"
    assert event["rawQueryString"] == "x=1&x=2&y="
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"z": 1}', False)
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["stage"] == "$default"


def test_a_result_with_a_status_is_the_reply_itself(create: Callable[..., Any], url: Callable[..., str]) -> None:
    create(
        "def handler(event, context):\n"
        "    return {'statusCode': 201, 'headers': {'X-A': 'b'}, 'cookies': ['c=d'], 'body': 'aGk=', "
        "'isBase64Encoded': True}\n"
    )
    status, headers, body = fetch(url())
    assert (status, headers["x-a"], headers["set-cookie"], body) == (201, "b", "c=d", b"hi")


def test_a_function_that_fails_is_a_bad_gateway(create: Callable[..., Any], url: Callable[..., str]) -> None:
    create("def handler(event, context):\n    raise ValueError('secret')\n")
    status, _, body = fetch(url())
    assert status == 502
    assert b"secret" not in body


def test_cors_is_answered_for_the_function(create: Callable[..., Any], url: Callable[..., str]) -> None:
    create()
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    address = url(Cors=cors)
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    status, headers, _ = fetch(address, "OPTIONS", asks)
    assert (status, headers["access-control-allow-origin"]) == (200, "https://a.example")
    assert (headers["access-control-allow-methods"], headers["access-control-max-age"]) == ("GET", "60")
    _, headers, _ = fetch(address, headers={"Origin": "https://b.example"})
    assert "access-control-allow-origin" not in headers


def test_names_of_headers_in_cors_rules_are_kept_in_small_letters(functions: Any, create: Callable[..., Any]) -> None:
    name = create()["FunctionName"]
    rules = {"AllowHeaders": ["X-Custom"], "ExposeHeaders": ["X-Amzn-Header"]}
    lowered = {"AllowHeaders": ["x-custom"], "ExposeHeaders": ["x-amzn-header"]}
    made = functions.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=rules)
    assert made["Cors"] == lowered
    assert functions.update_function_url_config(FunctionName=name, Cors=rules)["Cors"] == lowered
    assert functions.get_function_url_config(FunctionName=name)["Cors"] == lowered


def test_a_url_with_iam_wants_a_signature(create: Callable[..., Any], url: Callable[..., str]) -> None:
    create()
    status, _, body = fetch(url(AuthType="AWS_IAM"))
    assert status == 403
    assert json.loads(body)["Message"].startswith("Forbidden. For troubleshooting Function URL authorization issues")


def test_urls_are_listed_changed_and_deleted(
    functions: Any, create: Callable[..., Any], url: Callable[..., str]
) -> None:
    create()
    address = url()
    assert len(functions.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"]) == 1
    functions.update_function_url_config(FunctionName="f", AuthType="AWS_IAM")
    assert functions.get_function_url_config(FunctionName="f")["AuthType"] == "AWS_IAM"
    with pytest.raises(functions.exceptions.ResourceConflictException):
        url()
    functions.delete_function_url_config(FunctionName="f")
    assert fetch(address)[0] == 403
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_url_config(FunctionName="f")


def test_a_response_arrives_as_events(functions: Any, create: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return {'a': 1}\n")
    stream = functions.invoke_with_response_stream(FunctionName="f")["EventStream"]
    events = list(stream)
    assert b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event) == b'{"a": 1}'
    assert "InvokeComplete" in events[-1]
